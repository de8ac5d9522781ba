"""What is shown for each error, and why tasks end, in both languages, as people read it.

After a change that is meant: ``pytest tests/unit/test_ui_refusals.py --inline-snapshot=fix``.
"""
# ruff: noqa: E501, RUF001 - snapshots are as long as what they show; Chinese has its own signs

from inline_snapshot import snapshot

from bot.domain.ids import InteractionId
from bot.domain.state import Reason
from bot.ui.reasons import of_code
from bot.ui.replies import refusal
from bot.ui.texts import Texts, texts
from tests.unit.test_ui_explain import example, leaves
from tests.unit.ui_kit import shown

EN, ZH = texts("en"), texts("zh-CN")


def refusals(t: Texts) -> dict[str, list[str]]:
    """Every error of the tree, as the answer to a prompt that was kept."""
    every = sorted(leaves(), key=lambda kind: kind.__name__)
    return {
        kind.__name__: shown(refusal(example(kind), t, "A cat", InteractionId(99)))
        for kind in every
    }


def reasons(t: Texts) -> dict[str, str]:
    """Every reason for which a task may have ended, or waits."""
    return {str(reason): of_code(reason, t) for reason in Reason}


def test_every_refusal_in_english():
    """What is wrong, that it cost nothing, and the one button that helps."""
    assert refusals(EN) == snapshot(
        {
            "AccessDenied": [
                "> A cat",
                "The image service doesn't let the bot use this model. Its owner knows.",
                "[Edit and resend]",
            ],
            "AnsweredElsewhere": [
                "> A cat",
                "Another copy of the bot has answered.",
                "-# Not charged",
                "[Send again (uses 1)]",
            ],
            "BadReference": [
                "> A cat",
                "Picture 3 (cat.png) is too large (limit 50 MB).",
                "-# Not charged",
                "[Edit and resend]",
            ],
            "Blocked": [
                "An admin has blocked you from drawing here.",
                "Reason: spam.",
                "-# Your prompt, to copy:",
                "```",
                "A cat",
                "```",
            ],
            "BotLeft": [
                "> A cat",
                "The bot isn't in that server any more, so it can't post there. Get the images with /tasks.",
                "[Edit and resend]",
            ],
            "CapReached": [
                "> A cat",
                "This server's daily limit is used up. It resets <t:0:R>.",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3",
                "-# Not charged",
                "[Send again (uses 1)]",
            ],
            "ChangedSince": [
                "> A cat",
                "This has been changed since, so it can't be undone.",
                "[Edit and resend]",
            ],
            "ChannelNotAllowed": [
                "Drawing isn't allowed in this channel. Try <#5>, <#6>.",
                "-# Not charged",
                "-# Your prompt, to copy:",
                "```",
                "A cat",
                "```",
            ],
            "ChatUnavailable": [
                "> A cat",
                "Discord is having problems. Try again in a minute.",
                "[Send again (uses 1)]",
            ],
            "CommandChanged": [
                "> A cat",
                "This command has changed. Restart Discord and try again.",
                "[Edit and resend]",
            ],
            "CountOutOfRange": [
                "> A cat",
                "You can draw 1 to 3 images at once.",
                "[Edit and resend]",
            ],
            "DraftExpired": [
                "> A cat",
                "This request has expired (kept for a day). Use /imagine again.",
                "[Edit and resend]",
            ],
            "ExportTooLarge": [
                "> A cat",
                "That's too much for one file. Ask for fewer days.",
                "[Edit and resend]",
            ],
            "FilesUnavailable": [
                "> A cat",
                "The bot can't reach its stored images right now. Try again in a few minutes.",
                "[Edit and resend]",
            ],
            "HistoryUnreadable": [
                "> A cat",
                "The bot can't see what it has posted in this channel. Ask an admin to allow “Read Message History”.",
                "[Send again (uses 1)]",
            ],
            "ImagesGone": ["> A cat", "These images are no longer available.", "[Edit and resend]"],
            "KeyRefused": [
                "> A cat",
                "The bot can't sign in to the image service. Its owner knows.",
                "[Edit and resend]",
            ],
            "LimitNotUnderstood": [
                "> A cat",
                "“huge” isn't a limit I know. Use a number from 0 to 3, or “unlimited”.",
                "[Edit and resend]",
            ],
            "LinkInPrompt": [
                "> A cat",
                "The bot can't open links, so it doesn't see 3. Attach the picture instead.",
                "[Edit and resend]",
            ],
            "MemberAndRole": [
                "> A cat",
                "Choose a member or a role, not both.",
                "[Edit and resend]",
            ],
            "MessageHidden": [
                "> A cat",
                "Discord doesn't show the bot that message. Open its menu → Apps → Edit with Imagine.",
                "[Edit and resend]",
            ],
            "MessageUnreadable": [
                "> A cat",
                "This message can't be read. Save the picture and attach it with /imagine.",
                "[Edit and resend]",
            ],
            "MissingPermissions": [
                "> A cat",
                "The bot can't post images in this channel. Ask an admin to allow: **Attach Files**, **use\\_soundboard**.",
                "-# Not charged",
                "[Send again (uses 1)]",
            ],
            "ModelUnavailable": [
                "> A cat",
                "The image service can't be reached. Try again in a few minutes.",
                "[Edit and resend]",
            ],
            "Moderated": [
                "> A cat",
                "This server's moderation blocked the message. Change the prompt.",
                "-# Not charged",
                "[Edit and resend]",
            ],
            "NoPictures": [
                "> A cat",
                "No picture here that can be used: film.mp4.",
                "[Edit and resend]",
            ],
            "NotAResult": [
                "> A cat",
                "This message isn't a result the bot knows. Delete it like any other message.",
                "[Edit and resend]",
            ],
            "NotAllowed": [
                "Only the bot's owner can do this.",
                "-# Your prompt, to copy:",
                "```",
                "A cat",
                "```",
            ],
            "NotFound": [
                "> A cat",
                "That task isn't yours or no longer exists.",
                "[Edit and resend]",
            ],
            "NumberOutOfRange": ["> A cat", "3 is out of range. Use 3 to 3.", "[Edit and resend]"],
            "OutOfCredits": [
                "> A cat",
                "The bot is out of credits (not your quota). Its owner knows.",
                "[Edit and resend]",
            ],
            "OutcomeUnknown": [
                "> A cat",
                "The connection dropped while sending. To avoid paying twice it isn't resent automatically.",
                "[Edit and resend]",
            ],
            "PartlyDeleted": [
                "> A cat",
                "Deleted 3 of 3 messages; the rest couldn't be deleted. Try again, or ask a moderator to delete them.",
                "[Edit and resend]",
            ],
            "PlaceNotUnderstood": [
                "> A cat",
                "“huge” is neither a page nor a date. Use a number like 3, or a date like 2030-01-31.",
                "[Edit and resend]",
            ],
            "PostUnknown": [
                "> A cat",
                "The connection to Discord dropped, so the message may have been posted. Check before you try again.",
                "[Send again (uses 1)]",
            ],
            "PrivateOff": [
                "> A cat",
                "Private results are off here. If you send this, everyone in the channel sees it.",
                "-# Not charged",
                "[Send publicly (uses 1)]",
                "[Edit and resend]",
            ],
            "PromptMissing": [
                "> A cat",
                "The prompt is empty. Describe what to draw.",
                "[Edit and resend]",
            ],
            "PromptTooLong": [
                "> A cat",
                "Your prompt is 3 characters long; the limit is 3.",
                "[Edit and resend]",
            ],
            "QualityNotUnderstood": ["> A cat", "Quality is 2K or 4K.", "[Edit and resend]"],
            "QualityWithPixels": [
                "> A cat",
                "Quality doesn't apply to exact pixels. Remove it, or use a ratio.",
                "[Edit and resend]",
            ],
            "QueueFull": [
                "> A cat",
                "The queue is full. Try again in a few minutes.",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3",
                "-# Not charged",
                "[Send again (uses 1)]",
            ],
            "QuotaReached": [
                "> A cat",
                "You asked for 3 images; 3 left this week.",
                "Ask for 3 or fewer, or wait until it resets <t:0:R>.",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3 · 3 extra images",
                "-# Not charged · Server limit: 3 images a week · 3 being drawn · each image counts as 3",
                "[Edit and resend]",
            ],
            "RateLimited": [
                "> A cat",
                "The image service is busy. Try again in a minute.",
                "[Edit and resend]",
            ],
            "Rejected": [
                "> A cat",
                "The image service had a problem. Try again in a few minutes.",
                "[Edit and resend]",
            ],
            "RoleNotUnderstood": [
                "> A cat",
                "“huge” isn't a role. Choose one, or type its id.",
                "[Edit and resend]",
            ],
            "ServerFailed": [
                "> A cat",
                "The image service failed. Try again in a few minutes.",
                "[Edit and resend]",
            ],
            "ServerNotAllowed": [
                "This bot isn't enabled for this server. Ask the bot's owner.",
                "-# Not charged",
                "-# Your prompt, to copy:",
                "```",
                "A cat",
                "```",
            ],
            "ServerPaused": [
                "> A cat",
                "An admin has paused drawing in this server. Try again later.",
                "-# Not charged",
                "[Send again (uses 1)]",
            ],
            "ServerUnknown": ["> A cat", "The bot isn't in that server.", "[Edit and resend]"],
            "SizeNotUnderstood": [
                "> A cat",
                "“huge” isn't a size I know. Use a ratio like 16:9 or pixels like 2560x1440.",
                "[Edit and resend]",
            ],
            "SizeOutOfRange": [
                "> A cat",
                "3x3 can't be drawn. Sizes go from 2560x1440 to 4096x4096 pixels in total, one side at most 16 times the other. Nearest: 3.",
                "[Use 3 (uses 1)]",
                "[Edit and resend]",
            ],
            "Stale": [
                "> A cat",
                "This task just changed. Look at it again in /tasks.",
                "[Edit and resend]",
            ],
            "StartError": [
                "> A cat",
                "The bot isn't set up correctly. Let its owner know.",
                "[Edit and resend]",
            ],
            "StoreUnavailable": [
                "> A cat",
                "The bot can't save anything right now. Try again in a few minutes.",
                "[Edit and resend]",
            ],
            "SubmissionsPaused": [
                "> A cat",
                "The bot's owner has paused drawing. Try again later.",
                "-# Not charged",
                "[Send again (uses 1)]",
            ],
            "TimeNotUnderstood": [
                "> A cat",
                "“huge” isn't a time I know. Use a duration like 12h, 7d or 2w, or a future date like 2030-01-31.",
                "[Edit and resend]",
            ],
            "TooLarge": [
                "> A cat",
                "The images are over Discord's upload limit here.",
                "[Send again (uses 1)]",
            ],
            "TooLate": ["> A cat", "This task has already ended.", "[Edit and resend]"],
            "TooManyImages": [
                "> A cat",
                "Pictures (3) plus images to draw (3) can't exceed 3.",
                "[Edit and resend]",
            ],
            "TooManyOpenTasks": [
                "> A cat",
                "No more than 3 of your tasks can wait or run at once. Wait for one to finish, or cancel one that's waiting in /tasks.",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3",
                "-# Not charged",
                "[Send again (uses 1)]",
            ],
            "TooManyPixels": [
                "> A cat",
                "You've sent too many large pictures in the last 3 minutes. Wait a little, or attach smaller ones.",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3 MP",
                "-# Not charged",
                "[Edit and resend]",
            ],
            "TooManyReferences": [
                "> A cat",
                "That's 3 pictures; the limit is 3.",
                "[Edit and resend]",
            ],
            "TooManyWords": [
                "> A cat",
                "A server can have up to 3 words that aren't allowed, each of up to 3 characters.",
                "[Edit and resend]",
            ],
            "TrayEmpty": [
                "> A cat",
                "Your references are empty. Open a message's menu → Apps → Use as reference.",
                "[Edit and resend]",
            ],
            "UnknownFlags": [
                "> A cat",
                "I don't know “3”. At the end of a prompt you can use `--ar 16:9`, `--q 4k` and `--n 4`.",
                "[Send without it (uses 1)]",
                "[Edit and resend]",
            ],
            "UnreadableRow": [
                "> A cat",
                "The bot can't read this task any more. Its owner knows.",
                "[Edit and resend]",
            ],
            "UnusablePicture": [
                "> A cat",
                "A picture can't be used or is no longer available. Attach it again, or another one.",
                "[Edit and resend]",
            ],
            "WhichImage": [
                "> A cat",
                "There are 3 images. Say which one you mean, like “make image 2 winter”.",
                "[Edit and resend]",
            ],
            "WordNotAllowed": [
                "> A cat",
                "“3” isn't allowed in this server. Change the prompt.",
                "-# Not charged",
                "[Edit and resend]",
            ],
            "ZoneNotUnderstood": [
                "> A cat",
                "“huge” isn't a time zone I know. Use a name like Europe/Berlin or Asia/Shanghai.",
                "[Edit and resend]",
            ],
        }
    )


def test_every_refusal_in_chinese():
    """The same in Chinese."""
    assert refusals(ZH) == snapshot(
        {
            "AccessDenied": [
                "> A cat",
                "图片服务不允许机器人使用这个模型，机器人所有者已知悉。",
                "[修改后重发]",
            ],
            "AnsweredElsewhere": [
                "> A cat",
                "本机器人的另一个实例已经响应。",
                "-# 未扣额度",
                "[重新发送（用 1 张）]",
            ],
            "BadReference": [
                "> A cat",
                "图片 3（cat.png）：太大（上限 50 MB）。",
                "-# 未扣额度",
                "[修改后重发]",
            ],
            "Blocked": [
                "管理员已禁止你在这里生成图片。",
                "原因：spam.",
                "-# 你的提示词，可复制：",
                "```",
                "A cat",
                "```",
            ],
            "BotLeft": [
                "> A cat",
                "机器人已不在那个服务器，无法发到那里。可在 /任务 里领取图片。",
                "[修改后重发]",
            ],
            "CapReached": [
                "> A cat",
                "本服务器的每日上限已用完。<t:0:R>重置。",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3",
                "-# 未扣额度",
                "[重新发送（用 1 张）]",
            ],
            "ChangedSince": ["> A cat", "之后又有更改，无法撤销。", "[修改后重发]"],
            "ChannelNotAllowed": [
                "这个频道不允许生成图片。请到 <#5>、<#6> 使用。",
                "-# 未扣额度",
                "-# 你的提示词，可复制：",
                "```",
                "A cat",
                "```",
            ],
            "ChatUnavailable": [
                "> A cat",
                "Discord 目前不稳定，请过一分钟再试。",
                "[重新发送（用 1 张）]",
            ],
            "CommandChanged": [
                "> A cat",
                "这个命令已更新。请重启 Discord 后再试。",
                "[修改后重发]",
            ],
            "CountOutOfRange": ["> A cat", "一次可生成 1 到 3 张图片。", "[修改后重发]"],
            "DraftExpired": [
                "> A cat",
                "这个请求已过期（保留一天）。请重新使用 /画图。",
                "[修改后重发]",
            ],
            "ExportTooLarge": ["> A cat", "一个文件放不下，请减少天数。", "[修改后重发]"],
            "FilesUnavailable": [
                "> A cat",
                "机器人目前无法读取已保存的图片，请过几分钟再试。",
                "[修改后重发]",
            ],
            "HistoryUnreadable": [
                "> A cat",
                "机器人看不到自己在本频道发过什么。请让管理员允许“阅读消息历史记录”。",
                "[重新发送（用 1 张）]",
            ],
            "ImagesGone": ["> A cat", "这些图片已不再保留。", "[修改后重发]"],
            "KeyRefused": [
                "> A cat",
                "机器人无法登录图片服务，机器人所有者已知悉。",
                "[修改后重发]",
            ],
            "LimitNotUnderstood": [
                "> A cat",
                "无法识别上限“huge”。请填 0 到 3 的数字，或“不限”。",
                "[修改后重发]",
            ],
            "LinkInPrompt": [
                "> A cat",
                "机器人无法打开链接，看不到 3。请改为添加图片附件。",
                "[修改后重发]",
            ],
            "MemberAndRole": ["> A cat", "成员和身份组只能选一个。", "[修改后重发]"],
            "MessageHidden": [
                "> A cat",
                "Discord 不让机器人看到那条消息。请打开它的菜单 → 应用 → 用 Imagine 编辑。",
                "[修改后重发]",
            ],
            "MessageUnreadable": [
                "> A cat",
                "无法读取这条消息。请保存图片，再用 /画图 附上。",
                "[修改后重发]",
            ],
            "MissingPermissions": [
                "> A cat",
                "机器人无法在本频道发送图片。请让管理员允许：**附加文件**、**use\\_soundboard**。",
                "-# 未扣额度",
                "[重新发送（用 1 张）]",
            ],
            "ModelUnavailable": ["> A cat", "暂时连不上图片服务，请过几分钟再试。", "[修改后重发]"],
            "Moderated": [
                "> A cat",
                "本服务器的自动审核拦截了这条消息。请修改提示词。",
                "-# 未扣额度",
                "[修改后重发]",
            ],
            "NoPictures": ["> A cat", "没有能用的图片：film.mp4。", "[修改后重发]"],
            "NotAResult": [
                "> A cat",
                "机器人没有这条消息的生成记录，请像普通消息一样直接删除。",
                "[修改后重发]",
            ],
            "NotAllowed": [
                "只有机器人所有者可以执行此操作。",
                "-# 你的提示词，可复制：",
                "```",
                "A cat",
                "```",
            ],
            "NotFound": ["> A cat", "这个任务不属于你，或已不存在。", "[修改后重发]"],
            "NumberOutOfRange": ["> A cat", "3 超出范围，请用 3 到 3。", "[修改后重发]"],
            "OutOfCredits": [
                "> A cat",
                "用完的是机器人的余额，不是你的额度。机器人所有者已知悉。",
                "[修改后重发]",
            ],
            "OutcomeUnknown": [
                "> A cat",
                "发送时连接中断。为避免重复付费，不会自动重发。",
                "[修改后重发]",
            ],
            "PartlyDeleted": [
                "> A cat",
                "已删除 3 条消息中的 3 条，其余无法删除。请重试，或请管理员删除。",
                "[修改后重发]",
            ],
            "PlaceNotUnderstood": [
                "> A cat",
                "“huge”既不是页码也不是日期。请填写数字（如 3）或日期（如 2030-01-31）。",
                "[修改后重发]",
            ],
            "PostUnknown": [
                "> A cat",
                "与 Discord 的连接中断，消息可能已经发出。再次操作前请先看一看。",
                "[重新发送（用 1 张）]",
            ],
            "PrivateOff": [
                "> A cat",
                "这里已关闭私密结果。如果发送，频道里所有人都能看到。",
                "-# 未扣额度",
                "[公开发送（用 1 张）]",
                "[修改后重发]",
            ],
            "PromptMissing": ["> A cat", "提示词是空的，请描述要生成什么。", "[修改后重发]"],
            "PromptTooLong": ["> A cat", "提示词有 3 个字符，上限为 3 个。", "[修改后重发]"],
            "QualityNotUnderstood": ["> A cat", "清晰度只能是 2K 或 4K。", "[修改后重发]"],
            "QualityWithPixels": [
                "> A cat",
                "写明像素时不能再选清晰度。请去掉清晰度，或改用比例。",
                "[修改后重发]",
            ],
            "QueueFull": [
                "> A cat",
                "队列已满，请过几分钟再试。",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3",
                "-# 未扣额度",
                "[重新发送（用 1 张）]",
            ],
            "QuotaReached": [
                "> A cat",
                "你要生成 3 张图片，本周还剩 3 张。",
                "最多还能生成 3 张，或等到<t:0:R>重置。",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3 · 额外额度 3 张",
                "-# 未扣额度 · 服务器上限：每周 3 张 · 3 张正在生成 · 每张计为 3 张",
                "[修改后重发]",
            ],
            "RateLimited": ["> A cat", "图片服务繁忙，请过一分钟再试。", "[修改后重发]"],
            "Rejected": ["> A cat", "图片服务出了点问题，请过几分钟再试。", "[修改后重发]"],
            "RoleNotUnderstood": [
                "> A cat",
                "“huge”不是身份组。请选择一个，或填写它的 ID。",
                "[修改后重发]",
            ],
            "ServerFailed": ["> A cat", "图片服务出错了，请过几分钟再试。", "[修改后重发]"],
            "ServerNotAllowed": [
                "本机器人尚未对本服务器开放使用，请联系机器人所有者。",
                "-# 未扣额度",
                "-# 你的提示词，可复制：",
                "```",
                "A cat",
                "```",
            ],
            "ServerPaused": [
                "> A cat",
                "管理员已在本服务器暂停生成。请稍后再试。",
                "-# 未扣额度",
                "[重新发送（用 1 张）]",
            ],
            "ServerUnknown": ["> A cat", "机器人不在那个服务器。", "[修改后重发]"],
            "SizeNotUnderstood": [
                "> A cat",
                "无法识别尺寸“huge”。请用比例，如 16:9；或像素，如 2560x1440。",
                "[修改后重发]",
            ],
            "SizeOutOfRange": [
                "> A cat",
                "无法生成 3x3：总像素须在 2560x1440 到 4096x4096 之间，长边最多为短边的 16 倍。最接近的尺寸：3。",
                "[改用 3（用 1 张）]",
                "[修改后重发]",
            ],
            "Stale": ["> A cat", "这个任务刚刚有了变化，请在 /任务 中重新查看。", "[修改后重发]"],
            "StartError": ["> A cat", "机器人的设置有误，请告知机器人所有者。", "[修改后重发]"],
            "StoreUnavailable": [
                "> A cat",
                "机器人目前无法保存任何内容，请过几分钟再试。",
                "[修改后重发]",
            ],
            "SubmissionsPaused": [
                "> A cat",
                "机器人所有者已暂停生成，请稍后再试。",
                "-# 未扣额度",
                "[重新发送（用 1 张）]",
            ],
            "TimeNotUnderstood": [
                "> A cat",
                "无法识别时间“huge”。请用 12h、7d、2w 这样的时长，或将来的日期，例如 2030-01-31。",
                "[修改后重发]",
            ],
            "TooLarge": ["> A cat", "图片超出 Discord 此处的上传限制。", "[重新发送（用 1 张）]"],
            "TooLate": ["> A cat", "这个任务已经结束。", "[修改后重发]"],
            "TooManyImages": [
                "> A cat",
                "附上的图片（3）与要生成的图片（3）合计不能超过 3 张。",
                "[修改后重发]",
            ],
            "TooManyOpenTasks": [
                "> A cat",
                "你最多可以同时有 3 个任务在排队或生成。请等一个完成，或在 /任务 中取消一个还在排队的。",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3",
                "-# 未扣额度",
                "[重新发送（用 1 张）]",
            ],
            "TooManyPixels": [
                "> A cat",
                "你在过去 3 分钟内发送的大图过多。请稍等片刻，或换用较小的图片。",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3 MP",
                "-# 未扣额度",
                "[修改后重发]",
            ],
            "TooManyReferences": ["> A cat", "你附上了 3 张图片，上限为 3 张。", "[修改后重发]"],
            "TooManyWords": [
                "> A cat",
                "每个服务器最多可设置 3 个禁用词，每个最长 3 个字符。",
                "[修改后重发]",
            ],
            "TrayEmpty": [
                "> A cat",
                "还没有参考图。打开一条消息的菜单 → 应用 → 用作参考图。",
                "[修改后重发]",
            ],
            "UnknownFlags": [
                "> A cat",
                "这里不支持“3”。提示词末尾可用：`--ar 16:9`、`--q 4k`、`--n 4`。",
                "[去掉后发送（用 1 张）]",
                "[修改后重发]",
            ],
            "UnreadableRow": [
                "> A cat",
                "机器人读不了这个任务了，机器人所有者已知悉。",
                "[修改后重发]",
            ],
            "UnusablePicture": [
                "> A cat",
                "有一张图片无法使用或已不存在。请重新附上，或换一张。",
                "[修改后重发]",
            ],
            "WhichImage": [
                "> A cat",
                "共有 3 张图片。请说明是哪一张，例如“把图2改成冬天”。",
                "[修改后重发]",
            ],
            "WordNotAllowed": [
                "> A cat",
                "本服务器不允许使用“3”。请修改提示词。",
                "-# 未扣额度",
                "[修改后重发]",
            ],
            "ZoneNotUnderstood": [
                "> A cat",
                "无法识别时区“huge”。请用 Europe/Berlin 或 Asia/Shanghai 这样的名称。",
                "[修改后重发]",
            ],
        }
    )


def test_every_reason_in_english():
    """What happened, and what to do."""
    assert reasons(EN) == snapshot(
        {
            "never_shown": "Discord didn't show the card, so nothing was drawn.",
            "answered_elsewhere": "Another copy of the bot answered, so this one drew nothing.",
            "stopped": "Your images are ready.",
            "no_way_to_post": "Your images are ready, but the bot couldn't post them here.",
            "expired": "These images weren't collected in time and were removed.",
            "gave_up": "Not finished after a day, so we gave up.",
            "no_images": "It finished without an image. Try again, maybe with different wording.",
            "results_gone": "The images were drawn but couldn't be downloaded. Try again.",
            "results_awaited": "Couldn't get all of your images yet. Trying again.",
            "reference_gone": "One of your pictures couldn't be fetched from Discord. Attach it again.",
            "reference_awaited": "Couldn't prepare your pictures yet. Trying again.",
            "server_failed": "The image service failed while accepting this. Try again in a few minutes.",
            "refused_alone": "The image service takes other requests, but not this one. Change the prompt, the size or the pictures.",
            "unexpected": "Something went wrong in the bot. Its owner knows; try again in a few minutes.",
            "unknown_outcome": "The connection dropped while sending. To avoid paying twice it isn't resent automatically; you can try again.",
            "resource_not_found": "The image service lost this task. Try again.",
            "checking": "The connection dropped while sending. Checking whether it went through, so nothing is paid twice.",
            "deleted": "The images were deleted.",
            "blocked": "An admin has blocked you from drawing here.",
            "server_not_allowed": "This bot isn't enabled for this server any more.",
        }
    )


def test_every_reason_in_chinese():
    """The same."""
    assert reasons(ZH) == snapshot(
        {
            "never_shown": "Discord 没有显示任务卡片，所以没有生成图片。",
            "answered_elsewhere": "本机器人的另一个实例已经响应，因此这里没有生成图片。",
            "stopped": "图片已生成，等你领取。",
            "no_way_to_post": "图片已生成，但机器人无法发到这里。",
            "expired": "图片未及时领取，已被移除。",
            "gave_up": "一天内没有完成，已放弃。",
            "no_images": "任务已完成，却没有图片。请再试一次，也可以换个说法。",
            "results_gone": "图片已生成，但无法下载。请再试一次。",
            "results_awaited": "还没能取得全部图片，正在重试。",
            "reference_gone": "有一张图片无法从 Discord 取得。请重新附上。",
            "reference_awaited": "暂时没能准备好你的图片，正在重试。",
            "server_failed": "图片服务在接受任务时出错，请过几分钟再试。",
            "refused_alone": "图片服务接受其他请求，但不接受这一个。请修改提示词、尺寸或图片。",
            "unexpected": "机器人出了点问题，机器人所有者已知悉，请过几分钟再试。",
            "unknown_outcome": "发送时连接中断。为避免重复付费，不会自动重发；你可以再试一次。",
            "resource_not_found": "图片服务丢失了这个任务。请再试一次。",
            "checking": "发送时连接中断，正在查询是否已提交，以免重复付费。",
            "deleted": "图片已被删除。",
            "blocked": "管理员已禁止你在这里生成图片。",
            "server_not_allowed": "本机器人已不再对本服务器开放使用。",
        }
    )


def test_every_refusal_in_traditional_chinese():
    """As it is written in Taiwan and Hong Kong."""
    assert refusals(texts("zh-TW")) == snapshot(
        {
            "AccessDenied": [
                "> A cat",
                "圖片服務不允許機器人使用這個模型，機器人擁有者已知悉。",
                "[修改後重發]",
            ],
            "AnsweredElsewhere": [
                "> A cat",
                "本機器人的另一個執行個體已經回應。",
                "-# 未扣額度",
                "[重新傳送（用 1 張）]",
            ],
            "BadReference": [
                "> A cat",
                "圖片 3（cat.png）：太大（上限 50 MB）。",
                "-# 未扣額度",
                "[修改後重發]",
            ],
            "Blocked": [
                "管理員已禁止你在這裡生成圖片。",
                "原因：spam.",
                "-# 你的提示詞，可複製：",
                "```",
                "A cat",
                "```",
            ],
            "BotLeft": [
                "> A cat",
                "機器人已不在那個伺服器，無法發布到那裡。可在 /任務 裡領取圖片。",
                "[修改後重發]",
            ],
            "CapReached": [
                "> A cat",
                "本伺服器的每日上限已用完。<t:0:R>重設。",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3",
                "-# 未扣額度",
                "[重新傳送（用 1 張）]",
            ],
            "ChangedSince": ["> A cat", "之後又有變更，無法復原。", "[修改後重發]"],
            "ChannelNotAllowed": [
                "這個頻道不允許生成圖片。請到 <#5>、<#6> 使用。",
                "-# 未扣額度",
                "-# 你的提示詞，可複製：",
                "```",
                "A cat",
                "```",
            ],
            "ChatUnavailable": [
                "> A cat",
                "Discord 目前不穩定，請過一分鐘再試。",
                "[重新傳送（用 1 張）]",
            ],
            "CommandChanged": [
                "> A cat",
                "這個指令已更新。請重新啟動 Discord 後再試。",
                "[修改後重發]",
            ],
            "CountOutOfRange": ["> A cat", "一次可生成 1 到 3 張圖片。", "[修改後重發]"],
            "DraftExpired": [
                "> A cat",
                "這個請求已過期（保留一天）。請重新使用 /畫圖。",
                "[修改後重發]",
            ],
            "ExportTooLarge": ["> A cat", "一個檔案放不下，請減少天數。", "[修改後重發]"],
            "FilesUnavailable": [
                "> A cat",
                "機器人目前無法讀取已儲存的圖片，請過幾分鐘再試。",
                "[修改後重發]",
            ],
            "HistoryUnreadable": [
                "> A cat",
                "機器人看不到自己在本頻道發過什麼。請讓管理員允許「讀取訊息歷史」。",
                "[重新傳送（用 1 張）]",
            ],
            "ImagesGone": ["> A cat", "這些圖片已不再保留。", "[修改後重發]"],
            "KeyRefused": [
                "> A cat",
                "機器人無法登入圖片服務，機器人擁有者已知悉。",
                "[修改後重發]",
            ],
            "LimitNotUnderstood": [
                "> A cat",
                "無法辨識上限「huge」。請填 0 到 3 的數字，或「不限」。",
                "[修改後重發]",
            ],
            "LinkInPrompt": [
                "> A cat",
                "機器人無法開啟連結，看不到 3。請改為附加圖片。",
                "[修改後重發]",
            ],
            "MemberAndRole": ["> A cat", "成員和身分組只能選一個。", "[修改後重發]"],
            "MessageHidden": [
                "> A cat",
                "Discord 不讓機器人看到那則訊息。請開啟它的選單 → 應用程式 → 用 Imagine 編輯。",
                "[修改後重發]",
            ],
            "MessageUnreadable": [
                "> A cat",
                "無法讀取這則訊息。請儲存圖片，再用 /畫圖 附上。",
                "[修改後重發]",
            ],
            "MissingPermissions": [
                "> A cat",
                "機器人無法在本頻道傳送圖片。請讓管理員允許：**附加檔案**、**use\\_soundboard**。",
                "-# 未扣額度",
                "[重新傳送（用 1 張）]",
            ],
            "ModelUnavailable": ["> A cat", "暫時連不上圖片服務，請過幾分鐘再試。", "[修改後重發]"],
            "Moderated": [
                "> A cat",
                "本伺服器的自動審核攔截了這則訊息。請修改提示詞。",
                "-# 未扣額度",
                "[修改後重發]",
            ],
            "NoPictures": ["> A cat", "沒有能用的圖片：film.mp4。", "[修改後重發]"],
            "NotAResult": [
                "> A cat",
                "機器人沒有這則訊息的生成紀錄，請像一般訊息一樣直接刪除。",
                "[修改後重發]",
            ],
            "NotAllowed": [
                "只有機器人擁有者可以執行此操作。",
                "-# 你的提示詞，可複製：",
                "```",
                "A cat",
                "```",
            ],
            "NotFound": ["> A cat", "這個任務不屬於你，或已不存在。", "[修改後重發]"],
            "NumberOutOfRange": ["> A cat", "3 超出範圍，請用 3 到 3。", "[修改後重發]"],
            "OutOfCredits": [
                "> A cat",
                "用完的是機器人的餘額，不是你的額度。機器人擁有者已知悉。",
                "[修改後重發]",
            ],
            "OutcomeUnknown": [
                "> A cat",
                "傳送時連線中斷。為避免重複付費，不會自動重發。",
                "[修改後重發]",
            ],
            "PartlyDeleted": [
                "> A cat",
                "已刪除 3 則訊息中的 3 則，其餘無法刪除。請重試，或請管理員刪除。",
                "[修改後重發]",
            ],
            "PlaceNotUnderstood": [
                "> A cat",
                "「huge」既不是頁碼也不是日期。請填寫數字（如 3）或日期（如 2030-01-31）。",
                "[修改後重發]",
            ],
            "PostUnknown": [
                "> A cat",
                "與 Discord 的連線中斷，訊息可能已經發布。再次操作前請先看一看。",
                "[重新傳送（用 1 張）]",
            ],
            "PrivateOff": [
                "> A cat",
                "這裡已關閉私密結果。如果傳送，頻道裡所有人都能看到。",
                "-# 未扣額度",
                "[公開傳送（用 1 張）]",
                "[修改後重發]",
            ],
            "PromptMissing": ["> A cat", "提示詞是空的，請描述要生成什麼。", "[修改後重發]"],
            "PromptTooLong": ["> A cat", "提示詞有 3 個字元，上限為 3 個。", "[修改後重發]"],
            "QualityNotUnderstood": ["> A cat", "解析度只能是 2K 或 4K。", "[修改後重發]"],
            "QualityWithPixels": [
                "> A cat",
                "寫明像素時不能再選解析度。請去掉解析度，或改用比例。",
                "[修改後重發]",
            ],
            "QueueFull": [
                "> A cat",
                "佇列已滿，請過幾分鐘再試。",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3",
                "-# 未扣額度",
                "[重新傳送（用 1 張）]",
            ],
            "QuotaReached": [
                "> A cat",
                "你要生成 3 張圖片，本週還剩 3 張。",
                "最多還能生成 3 張，或等到<t:0:R>重設。",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3 · 額外額度 3 張",
                "-# 未扣額度 · 伺服器上限：每週 3 張 · 3 張正在生成 · 每張計為 3 張",
                "[修改後重發]",
            ],
            "RateLimited": ["> A cat", "圖片服務忙碌中，請過一分鐘再試。", "[修改後重發]"],
            "Rejected": ["> A cat", "圖片服務發生問題，請過幾分鐘再試。", "[修改後重發]"],
            "RoleNotUnderstood": [
                "> A cat",
                "「huge」不是身分組。請選擇一個，或填寫它的 ID。",
                "[修改後重發]",
            ],
            "ServerFailed": ["> A cat", "圖片服務出錯了，請過幾分鐘再試。", "[修改後重發]"],
            "ServerNotAllowed": [
                "本機器人尚未對本伺服器開放使用，請聯絡機器人擁有者。",
                "-# 未扣額度",
                "-# 你的提示詞，可複製：",
                "```",
                "A cat",
                "```",
            ],
            "ServerPaused": [
                "> A cat",
                "管理員已在本伺服器暫停生成。請稍後再試。",
                "-# 未扣額度",
                "[重新傳送（用 1 張）]",
            ],
            "ServerUnknown": ["> A cat", "機器人不在那個伺服器。", "[修改後重發]"],
            "SizeNotUnderstood": [
                "> A cat",
                "無法辨識尺寸「huge」。請用比例，如 16:9；或像素，如 2560x1440。",
                "[修改後重發]",
            ],
            "SizeOutOfRange": [
                "> A cat",
                "無法生成 3x3：總像素須在 2560x1440 到 4096x4096 之間，長邊最多為短邊的 16 倍。最接近的尺寸：3。",
                "[改用 3（用 1 張）]",
                "[修改後重發]",
            ],
            "Stale": ["> A cat", "這個任務剛剛有了變化，請在 /任務 中重新查看。", "[修改後重發]"],
            "StartError": ["> A cat", "機器人的設定有誤，請告知機器人擁有者。", "[修改後重發]"],
            "StoreUnavailable": [
                "> A cat",
                "機器人目前無法儲存任何內容，請過幾分鐘再試。",
                "[修改後重發]",
            ],
            "SubmissionsPaused": [
                "> A cat",
                "機器人擁有者已暫停生成，請稍後再試。",
                "-# 未扣額度",
                "[重新傳送（用 1 張）]",
            ],
            "TimeNotUnderstood": [
                "> A cat",
                "無法辨識時間「huge」。請用 12h、7d、2w 這樣的時間長度，或將來的日期，例如 2030-01-31。",
                "[修改後重發]",
            ],
            "TooLarge": ["> A cat", "圖片超出 Discord 此處的上傳限制。", "[重新傳送（用 1 張）]"],
            "TooLate": ["> A cat", "這個任務已經結束。", "[修改後重發]"],
            "TooManyImages": [
                "> A cat",
                "附上的圖片（3）與要生成的圖片（3）合計不能超過 3 張。",
                "[修改後重發]",
            ],
            "TooManyOpenTasks": [
                "> A cat",
                "你最多可以同時有 3 個任務在排隊或生成。請等一個完成，或在 /任務 中取消一個還在排隊的。",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3",
                "-# 未扣額度",
                "[重新傳送（用 1 張）]",
            ],
            "TooManyPixels": [
                "> A cat",
                "你在過去 3 分鐘內傳送的大圖過多。請稍等片刻，或換用較小的圖片。",
                "-# ▰▰▰▰▰▰▰▰▰▰ 3/3 MP",
                "-# 未扣額度",
                "[修改後重發]",
            ],
            "TooManyReferences": ["> A cat", "你附上了 3 張圖片，上限為 3 張。", "[修改後重發]"],
            "TooManyWords": [
                "> A cat",
                "每個伺服器最多可設定 3 個禁用詞，每個最長 3 個字元。",
                "[修改後重發]",
            ],
            "TrayEmpty": [
                "> A cat",
                "還沒有參考圖。開啟一則訊息的選單 → 應用程式 → 用作參考圖。",
                "[修改後重發]",
            ],
            "UnknownFlags": [
                "> A cat",
                "這裡不支援「3」。提示詞末尾可用：`--ar 16:9`、`--q 4k`、`--n 4`。",
                "[去掉後傳送（用 1 張）]",
                "[修改後重發]",
            ],
            "UnreadableRow": [
                "> A cat",
                "機器人讀不了這個任務了，機器人擁有者已知悉。",
                "[修改後重發]",
            ],
            "UnusablePicture": [
                "> A cat",
                "有一張圖片無法使用或已不存在。請重新附上，或換一張。",
                "[修改後重發]",
            ],
            "WhichImage": [
                "> A cat",
                "共有 3 張圖片。請說明是哪一張，例如「把圖2改成冬天」。",
                "[修改後重發]",
            ],
            "WordNotAllowed": [
                "> A cat",
                "本伺服器不允許使用「3」。請修改提示詞。",
                "-# 未扣額度",
                "[修改後重發]",
            ],
            "ZoneNotUnderstood": [
                "> A cat",
                "無法辨識時區「huge」。請用 Europe/Berlin 或 Asia/Taipei 這樣的名稱。",
                "[修改後重發]",
            ],
        }
    )


def test_every_reason_in_traditional_chinese():
    """Likewise."""
    assert reasons(texts("zh-TW")) == snapshot(
        {
            "never_shown": "Discord 沒有顯示任務卡片，所以沒有生成圖片。",
            "answered_elsewhere": "本機器人的另一個執行個體已經回應，因此這裡沒有生成圖片。",
            "stopped": "圖片已生成，等你領取。",
            "no_way_to_post": "圖片已生成，但機器人無法發布到這裡。",
            "expired": "圖片未及時領取，已被移除。",
            "gave_up": "一天內沒有完成，已放棄。",
            "no_images": "任務已完成，卻沒有圖片。請再試一次，也可以換個說法。",
            "results_gone": "圖片已生成，但無法下載。請再試一次。",
            "results_awaited": "還沒能取得全部圖片，正在重試。",
            "reference_gone": "有一張圖片無法從 Discord 取得。請重新附上。",
            "reference_awaited": "暫時沒能準備好你的圖片，正在重試。",
            "server_failed": "圖片服務在接受任務時出錯，請過幾分鐘再試。",
            "refused_alone": "圖片服務接受其他請求，但不接受這一個。請修改提示詞、尺寸或圖片。",
            "unexpected": "機器人發生問題，機器人擁有者已知悉，請過幾分鐘再試。",
            "unknown_outcome": "傳送時連線中斷。為避免重複付費，不會自動重發；你可以再試一次。",
            "resource_not_found": "圖片服務遺失了這個任務。請再試一次。",
            "checking": "傳送時連線中斷，正在查詢是否已送出，以免重複付費。",
            "deleted": "圖片已被刪除。",
            "blocked": "管理員已禁止你在這裡生成圖片。",
            "server_not_allowed": "本機器人已不再對本伺服器開放使用。",
        }
    )
