"""The card in every state, in both languages."""
# ruff: noqa: E501, RUF001 - snapshots are as long as what they show; Chinese has its own commas

from dataclasses import replace

import discord
import pytest
from inline_snapshot import snapshot

from bot.domain.queue_status import Pause, QueueStatus, is_late
from bot.domain.request import Request
from bot.domain.state import Reason, State
from bot.ui import colours
from bot.ui.card import bar, card
from tests.unit.ui_kit import NOW, request, shown, task

RUNNING = task(state=State.RUNNING, submitted_at=NOW, estimate=21_000, remote_id="r")
SUBMITTING = task(state=State.SUBMITTING, attempt=1, intent_at=NOW)
READY = task(state=State.READY, progress=100, remote_id="r")
CARDS = {
    "queued": (task(estimate=21_000), QueueStatus(position=3)),
    "queued, turn": (task(estimate=21_000), QueueStatus(position=3, starts_in=130_000)),
    "queued, next": (task(), QueueStatus(position=1)),
    "queued, operator's pause": (task(), QueueStatus(position=2, pause=Pause.OPERATOR)),
    "queued, key": (task(), QueueStatus(pause=Pause.KEY_REFUSED)),
    "queued, credits": (task(), QueueStatus(pause=Pause.OUT_OF_CREDITS)),
    "queued, access": (task(), QueueStatus(pause=Pause.ACCESS_DENIED)),
    "queued, disk": (task(), QueueStatus(pause=Pause.STORAGE)),
    "queued, rate": (task(), QueueStatus(pause=Pause.RATE_LIMITED)),
    "queued, no answer": (task(), QueueStatus(pause=Pause.NO_ANSWER)),
    "queued, not taken": (task(failures=2), QueueStatus(position=1)),
    "queued, cancelling": (task(cancel_requested=True), QueueStatus(position=4)),
    "preparing": (task(state=State.PREPARING, estimate=200_000), QueueStatus()),
    "preparing, failing": (task(state=State.PREPARING, failures=1), QueueStatus()),
    "submitting": (replace(SUBMITTING, estimate=20_000), QueueStatus()),
    "submitting, checking": (replace(SUBMITTING, reason=Reason.CHECKING), QueueStatus()),
    "submitting, stopping": (replace(SUBMITTING, cancel_requested=True), QueueStatus()),
    "running": (RUNNING, QueueStatus()),
    "running, 42%": (replace(RUNNING, progress=42), QueueStatus()),
    "running, late": (replace(RUNNING, submitted_at=NOW - 90_000), QueueStatus(is_late=True)),
    "running, silent": (replace(RUNNING, failures=3), QueueStatus()),
    "running, without links": (
        replace(RUNNING, failures=1, reason=Reason.RESULTS_AWAITED),
        QueueStatus(),
    ),
    "running, stopping": (replace(RUNNING, cancel_requested=True), QueueStatus()),
    "ready": (READY, QueueStatus()),
    "ready, failing": (replace(READY, failures=1), QueueStatus()),
    "delivered": (READY.delivered(NOW, 2), QueueStatus()),
    "delivered, fewer": (READY.delivered(NOW, 1), QueueStatus()),
    "kept, stopped": (READY.kept(NOW, Reason.STOPPED, 2), QueueStatus()),
    "kept, no way": (READY.kept(NOW, Reason.NO_WAY_TO_POST, 2), QueueStatus()),
    "kept, expired": (
        READY.kept(NOW, Reason.NO_WAY_TO_POST, 2).expired(),
        QueueStatus(),
    ),
    "deleted": (READY.delivered(NOW, 2).deleted(NOW), QueueStatus()),
    "failed, policy": (task().failed(NOW, "content_policy_violation"), QueueStatus()),
    "failed, gave up": (task().failed(NOW, Reason.GAVE_UP), QueueStatus()),
    "failed, reference": (task().failed(NOW, "reference_too_small:1"), QueueStatus()),
    "failed, new code": (task().failed(NOW, "moon_phase_wrong"), QueueStatus()),
    "cancelled": (task().cancelled(NOW), QueueStatus()),
    "unknown": (SUBMITTING.unknown(NOW), QueueStatus()),
}


def lines(locale: str) -> dict[str, list[str]]:
    """Return what follows the prompt and the parameters on each card."""
    return {
        name: shown(card(replace(of, locale=locale), queue_status))[2:]
        for name, (of, queue_status) in CARDS.items()
    }


def test_no_state_is_missing():
    """Nor any pause."""
    assert {of.state for of, _ in CARDS.values()} == set(State)
    assert {status.pause for _, status in CARDS.values()} == {None, *Pause}


def test_every_state_in_english():
    """State, explanation, quota, button: always in the same order."""
    assert lines("en-US") == snapshot(
        {
            "queued": [
                "**Waiting · number 3 in line**",
                "Usually takes about 20 s.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "queued, turn": [
                "**Waiting · number 3 in line**",
                "Starts in about 2 min · takes 20 s",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "queued, next": [
                "**Waiting · next in line**",
                "Starting soon.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "queued, operator's pause": [
                "**Waiting · number 2 in line**",
                "Paused by the bot's owner. Your place in line is kept.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "queued, key": [
                "**Waiting**",
                (
                    "The bot can't sign in to the image service. Its owner knows; your place in line "
                    "is kept."
                ),
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "queued, credits": [
                "**Waiting**",
                (
                    "The bot is out of credits (not your quota). Its owner knows; it continues once "
                    "that's fixed."
                ),
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "queued, access": [
                "**Waiting**",
                (
                    "The image service doesn't let the bot use this model. Its owner knows; your "
                    "place in line is kept."
                ),
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "queued, disk": [
                "**Waiting**",
                "The bot's storage has a problem. Its owner knows; your place in line is kept.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "queued, rate": [
                "**Waiting**",
                "The image service is busy. Your turn comes automatically.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "queued, no answer": [
                "**Waiting**",
                "The image service isn't answering. Your place in line is kept.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "queued, not taken": [
                "**Waiting · next in line**",
                "Not accepted yet. Trying again.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "queued, cancelling": [
                "**Cancelling**",
                "You won't be charged.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel] off",
            ],
            "preparing": [
                "**Preparing**",
                "Usually takes about 3 min.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "preparing, failing": [
                "**Preparing**",
                "Couldn't prepare your pictures yet. Trying again.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Cancel]",
            ],
            "submitting": [
                "**Sending**",
                "Usually takes about 20 s.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Stop waiting]",
            ],
            "submitting, checking": [
                "**Sending**",
                (
                    "The connection dropped while sending. Checking whether it went through, so "
                    "nothing is paid twice."
                ),
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Stop waiting]",
            ],
            "submitting, stopping": [
                "**Stopped waiting**",
                "If it still goes through, you'll find the images in /tasks.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Stop waiting] off",
            ],
            "running": [
                "**Drawing**",
                "Usually takes about 20 s.",
                "-# 2 reserved · started <t:1800000000:R>",
                "[Stop waiting]",
            ],
            "running, 42%": [
                "**Drawing**",
                "▰▰▰▰▰▱▱▱▱▱▱▱ 42%",
                "-# 2 reserved · started <t:1800000000:R>",
                "[Stop waiting]",
            ],
            "running, late": [
                "**Drawing**",
                "Taking longer than usual. Still working on it.",
                "-# 2 reserved · started <t:1799999910:R>",
                "[Stop waiting]",
            ],
            "running, silent": [
                "**Drawing**",
                "The image service isn't responding. Checking again.",
                "-# 2 reserved · started <t:1800000000:R>",
                "[Stop waiting]",
            ],
            "running, without links": [
                "**Drawing**",
                "Couldn't get all of your images yet. Trying again.",
                "-# 2 reserved · started <t:1800000000:R>",
                "[Stop waiting]",
            ],
            "running, stopping": [
                "**Stopped waiting**",
                "You'll find the images in /tasks when they're ready.",
                "-# 2 reserved · started <t:1800000000:R>",
                "[Stop waiting] off",
            ],
            "ready": [
                "**Posting**",
                "Done. Uploading your images…",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Stop waiting] off",
            ],
            "ready, failing": [
                "**Posting**",
                "Couldn't post yet. Trying again.",
                "-# 2 reserved · asked <t:1800000000:R>",
                "[Stop waiting] off",
            ],
            "delivered": ["**Done**", "Your images are posted.", "-# 2 images charged"],
            "delivered, fewer": [
                "**Done**",
                "Your images are posted.",
                "-# 1 image charged · 1 refunded",
            ],
            "kept, stopped": [
                "**Ready to collect**",
                "Your images are ready.",
                "-# 2 images charged",
                "[Get images]",
            ],
            "kept, no way": [
                "**Ready to collect**",
                "Your images are ready, but the bot couldn't post them here.",
                "-# 2 images charged",
                "[Get images]",
            ],
            "kept, expired": [
                "**Expired**",
                "These images weren't collected in time and were removed.",
                "-# 2 images charged",
                "[Again (uses 2)]",
            ],
            "deleted": ["**Deleted**", "The images were deleted.", "-# 2 images charged"],
            "failed, policy": [
                "**Couldn't draw this**",
                "Blocked by the image service's content rules. Change the prompt or the pictures.",
                "-# Not charged",
                "[Edit and resend]",
            ],
            "failed, gave up": [
                "**Couldn't draw this**",
                "Not finished after a day, so we gave up.",
                "-# Not charged",
                "[Send again (uses 2)]",
                "[Edit and resend]",
            ],
            "failed, reference": [
                "**Couldn't draw this**",
                "Picture 2 is too small: each side needs at least 15 pixels.",
                "-# Not charged",
                "[Edit and resend]",
            ],
            "failed, new code": [
                "**Couldn't draw this**",
                "The image service reported an error (`moon_phase_wrong`).",
                "-# Not charged",
                "[Send again (uses 2)]",
                "[Edit and resend]",
            ],
            "cancelled": [
                "**Cancelled**",
                "Nothing was drawn.",
                "-# Not charged",
                "[Again (uses 2)]",
                "[Edit and resend]",
            ],
            "unknown": [
                "**Not sure it went through**",
                (
                    "The connection dropped while sending. To avoid paying twice it isn't resent "
                    "automatically; you can try again."
                ),
                "-# Not charged",
                "[Send again (uses 2)]",
                "[Edit and resend]",
            ],
        }
    )


def test_every_state_in_chinese():
    """The same in the requester's language."""
    assert lines("zh-CN") == snapshot(
        {
            "queued": [
                "**排队中 · 排在第 3 位**",
                "预计需要 20 秒。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "queued, turn": [
                "**排队中 · 排在第 3 位**",
                "约 2 分钟后开始 · 需要 20 秒",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "queued, next": [
                "**排队中 · 下一个就是你**",
                "即将开始，无需操作。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "queued, operator's pause": [
                "**排队中 · 排在第 2 位**",
                "机器人所有者已暂停生成，你的排队位置会保留。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "queued, key": [
                "**排队中**",
                "机器人无法登录图片服务。机器人所有者已知悉，你的排队位置会保留。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "queued, credits": [
                "**排队中**",
                "用完的是机器人的余额，不是你的额度。机器人所有者已知悉，恢复后会继续。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "queued, access": [
                "**排队中**",
                "图片服务不允许机器人使用这个模型。机器人所有者已知悉，你的排队位置会保留。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "queued, disk": [
                "**排队中**",
                "机器人的存储出了问题。机器人所有者已知悉，你的排队位置会保留。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "queued, rate": [
                "**排队中**",
                "图片服务繁忙，轮到你时会自动开始。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "queued, no answer": [
                "**排队中**",
                "图片服务没有响应，你的排队位置会保留。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "queued, not taken": [
                "**排队中 · 下一个就是你**",
                "图片服务尚未接受，正在重试。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "queued, cancelling": [
                "**正在取消**",
                "不会扣额度。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消] off",
            ],
            "preparing": [
                "**准备中**",
                "预计需要 3 分钟。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "preparing, failing": [
                "**准备中**",
                "暂时没能准备好你的图片，正在重试。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[取消]",
            ],
            "submitting": [
                "**提交中**",
                "预计需要 20 秒。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[停止等待]",
            ],
            "submitting, checking": [
                "**提交中**",
                "发送时连接中断，正在查询是否已提交，以免重复付费。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[停止等待]",
            ],
            "submitting, stopping": [
                "**已停止等待**",
                "如果请求仍然成功，图片生成后可在 /任务 中领取。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[停止等待] off",
            ],
            "running": [
                "**生成中**",
                "预计需要 20 秒。",
                "-# 预留 2 张额度 · <t:1800000000:R>开始",
                "[停止等待]",
            ],
            "running, 42%": [
                "**生成中**",
                "▰▰▰▰▰▱▱▱▱▱▱▱ 42%",
                "-# 预留 2 张额度 · <t:1800000000:R>开始",
                "[停止等待]",
            ],
            "running, late": [
                "**生成中**",
                "比平时久一些，仍在处理。",
                "-# 预留 2 张额度 · <t:1799999910:R>开始",
                "[停止等待]",
            ],
            "running, silent": [
                "**生成中**",
                "图片服务没有响应，正在重新查询。",
                "-# 预留 2 张额度 · <t:1800000000:R>开始",
                "[停止等待]",
            ],
            "running, without links": [
                "**生成中**",
                "还没能取得全部图片，正在重试。",
                "-# 预留 2 张额度 · <t:1800000000:R>开始",
                "[停止等待]",
            ],
            "running, stopping": [
                "**已停止等待**",
                "图片生成后可在 /任务 中领取。",
                "-# 预留 2 张额度 · <t:1800000000:R>开始",
                "[停止等待] off",
            ],
            "ready": [
                "**发送中**",
                "已完成，正在上传图片…",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[停止等待] off",
            ],
            "ready, failing": [
                "**发送中**",
                "暂时没能发出，正在重试。",
                "-# 预留 2 张额度 · <t:1800000000:R>提交",
                "[停止等待] off",
            ],
            "delivered": ["**已完成**", "图片已发出。", "-# 已扣 2 张额度"],
            "delivered, fewer": ["**已完成**", "图片已发出。", "-# 已扣 1 张额度 · 退还 1 张"],
            "kept, stopped": [
                "**待领取**",
                "图片已生成，等你领取。",
                "-# 已扣 2 张额度",
                "[领取图片]",
            ],
            "kept, no way": [
                "**待领取**",
                "图片已生成，但机器人无法发到这里。",
                "-# 已扣 2 张额度",
                "[领取图片]",
            ],
            "kept, expired": [
                "**已过期**",
                "图片未及时领取，已被移除。",
                "-# 已扣 2 张额度",
                "[再来一次（用 2 张）]",
            ],
            "deleted": ["**已删除**", "图片已被删除。", "-# 已扣 2 张额度"],
            "failed, policy": [
                "**未能生成**",
                "被图片服务的内容规则拦截。请修改提示词或图片。",
                "-# 未扣额度",
                "[修改后重发]",
            ],
            "failed, gave up": [
                "**未能生成**",
                "一天内没有完成，已放弃。",
                "-# 未扣额度",
                "[重新发送（用 2 张）]",
                "[修改后重发]",
            ],
            "failed, reference": [
                "**未能生成**",
                "图片 2：太小，每边至少 15 像素。",
                "-# 未扣额度",
                "[修改后重发]",
            ],
            "failed, new code": [
                "**未能生成**",
                "图片服务返回错误（`moon_phase_wrong`）。",
                "-# 未扣额度",
                "[重新发送（用 2 张）]",
                "[修改后重发]",
            ],
            "cancelled": [
                "**已取消**",
                "没有生成图片。",
                "-# 未扣额度",
                "[再来一次（用 2 张）]",
                "[修改后重发]",
            ],
            "unknown": [
                "**不确定是否已提交**",
                "发送时连接中断。为避免重复付费，不会自动重发；你可以再试一次。",
                "-# 未扣额度",
                "[重新发送（用 2 张）]",
                "[修改后重发]",
            ],
        }
    )


def test_the_payload():
    """A container with an accent, the prompt quoted above the parameters, one button."""
    draft = Request.parse("A *cat*\n# and a dog", size="2560x1440", count=1)
    view = card(task(request=draft, reserved=1, estimate=21_000), QueueStatus(position=1))

    assert view.to_components() == snapshot(
        [
            {
                "type": 17,
                "accent_color": 8422542,
                "spoiler": False,
                "components": [
                    {
                        "type": 10,
                        "content": """\
> A \\*cat\\* \\# and a dog
-# 2560×1440 · 1 image\
""",
                    },
                    {"type": 14, "divider": True, "spacing": 1},
                    {
                        "type": 10,
                        "content": """\
**Waiting · next in line**
Usually takes about 20 s.
-# 1 reserved · asked <t:1800000000:R>\
""",
                    },
                    {
                        "type": 1,
                        "components": [
                            {
                                "type": 2,
                                "style": 2,
                                "disabled": False,
                                "label": "Cancel",
                                "custom_id": "task:14:stop",
                            }
                        ],
                    },
                ],
            }
        ]
    )


@pytest.mark.parametrize("name", CARDS)
def test_nothing_jumps(name: str):
    """Prompt, parameters, rule, headline, one line and the quota: three lines below the rule."""
    of, queue_status = CARDS[name]
    said = [line for line in shown(card(of, queue_status)) if not line.startswith("[")]

    assert len(said) == 5


def test_the_button_says_what_it_can_do():
    """*Cancel* before anything is paid, then *Stop waiting*; in the end, the likely next step."""
    labels = {
        name: [line for line in shown(card(of, queue_status)) if line.startswith("[")]
        for name, (of, queue_status) in CARDS.items()
    }

    assert labels["queued"] == labels["preparing"] == ["[Cancel]"]
    assert labels["submitting"] == labels["running"] == ["[Stop waiting]"]
    assert labels["queued, cancelling"] == ["[Cancel] off"]
    assert labels["running, stopping"] == labels["ready"] == ["[Stop waiting] off"]
    both = ["[Send again (uses 2)]", "[Edit and resend]"]
    assert labels["unknown"] == labels["failed, gave up"] == both
    assert labels["failed, policy"] == labels["failed, reference"] == ["[Edit and resend]"]
    assert labels["cancelled"] == ["[Again (uses 2)]", "[Edit and resend]"]
    assert labels["kept, stopped"] == labels["kept, no way"] == ["[Get images]"]
    assert labels["kept, expired"] == ["[Again (uses 2)]"]
    assert not labels["delivered"]


def test_what_to_do_next_stands_out():
    """At most one button is blue, the first; none if nothing has to be done."""
    blue = {
        name: [
            item.label
            for item in card(of, queue_status).walk_children()
            if isinstance(item, discord.ui.Button) and item.style is discord.ButtonStyle.primary
        ]
        for name, (of, queue_status) in CARDS.items()
    }

    assert {name for name, labels in blue.items() if labels} == {
        "kept, stopped",
        "kept, no way",
        "failed, policy",
        "failed, gave up",
        "failed, reference",
        "failed, new code",
        "unknown",
    }
    assert blue["failed, policy"] == ["Edit and resend"]
    assert blue["failed, gave up"] == ["Send again (uses 2)"]


def test_the_token_is_never_shown():
    """A card carries no secret of its task."""
    for of, queue_status in CARDS.values():
        assert "secret-token" not in str(card(of, queue_status).to_components())


@pytest.mark.parametrize(
    ("percent", "drawn"),
    [(1, "▱▱▱▱▱▱▱▱▱▱▱▱ 1%"), (50, "▰▰▰▰▰▰▱▱▱▱▱▱ 50%"), (250, "▰▰▰▰▰▰▰▰▰▰▰▰ 100%")],
)
def test_the_bar(percent: int, drawn: str):
    """It is always equally long, and full only at 100."""
    assert bar(percent) == drawn


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("auto", "-# automatic size · 2K · 2 images"),
        ("1:1", "-# 1:1 · 2K · 2048x2048 · 2 images"),
        ("9:16", "-# 9:16 · 2K · 1600x2848 · 2 images"),
        ("4:5", "-# 4:5 · 2K · 2 images"),
        ("2560x1440", "-# 2560x1440 · 2 images"),
    ],
)
def test_the_size_has_its_pixels_where_they_are_known(size: str, expected: str):
    """ByteDance's table is silent on 4:5, and auto depends on the references."""
    said = shown(card(task(request=request(size=size)), QueueStatus()))[1]

    assert said.replace("\N{MULTIPLICATION SIGN}", "x") == expected


def luminance(colour: int) -> float:
    """Relative luminance, by WCAG 2.2."""
    parts = [((colour >> shift) & 255) / 255 for shift in (16, 8, 0)]
    red, green, blue = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ground", [0x313338, 0x1A1A1E, 0xFFFFFF])
def test_accents_are_seen_on_dark_and_light(ground: int):
    """A contrast of 3:1, which WCAG 2.2 requires of what isn't text."""
    accents = {value for value in vars(colours).values() if isinstance(value, int)}
    assert len(accents) == 5

    for accent in accents:
        light, dark = sorted((luminance(accent), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3


@pytest.mark.parametrize(
    ("submitted", "estimate", "late"),
    [
        (NOW, 20_000, False),
        (NOW - 60_000, 20_000, False),
        (NOW - 60_001, 20_000, True),
        (None, 20_000, False),
        (NOW - 900_000, None, False),
        (NOW - 900_000, 0, False),
    ],
)
def test_what_is_late(submitted, estimate, late):
    """More than three times as long as usual; no card is edited only for that."""
    assert is_late(task(submitted_at=submitted, estimate=estimate), NOW) is late
    assert QueueStatus(is_late=True) == QueueStatus()


def test_every_state_in_traditional_chinese():
    """As it is written in Taiwan and Hong Kong."""
    assert lines("zh-TW") == snapshot(
        {
            "queued": [
                "**排隊中 · 排在第 3 位**",
                "預計需要 20 秒。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "queued, turn": [
                "**排隊中 · 排在第 3 位**",
                "約 2 分鐘後開始 · 需要 20 秒",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "queued, next": [
                "**排隊中 · 下一個就是你**",
                "即將開始，無需操作。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "queued, operator's pause": [
                "**排隊中 · 排在第 2 位**",
                "機器人擁有者已暫停生成，你的排隊位置會保留。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "queued, key": [
                "**排隊中**",
                "機器人無法登入圖片服務。機器人擁有者已知悉，你的排隊位置會保留。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "queued, credits": [
                "**排隊中**",
                "用完的是機器人的餘額，不是你的額度。機器人擁有者已知悉，恢復後會繼續。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "queued, access": [
                "**排隊中**",
                "圖片服務不允許機器人使用這個模型。機器人擁有者已知悉，你的排隊位置會保留。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "queued, disk": [
                "**排隊中**",
                "機器人的儲存出了問題。機器人擁有者已知悉，你的排隊位置會保留。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "queued, rate": [
                "**排隊中**",
                "圖片服務忙碌中，輪到你時會自動開始。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "queued, no answer": [
                "**排隊中**",
                "圖片服務沒有回應，你的排隊位置會保留。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "queued, not taken": [
                "**排隊中 · 下一個就是你**",
                "圖片服務尚未接受，正在重試。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "queued, cancelling": [
                "**正在取消**",
                "不會扣額度。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消] off",
            ],
            "preparing": [
                "**準備中**",
                "預計需要 3 分鐘。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "preparing, failing": [
                "**準備中**",
                "暫時沒能準備好你的圖片，正在重試。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[取消]",
            ],
            "submitting": [
                "**送出中**",
                "預計需要 20 秒。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[停止等待]",
            ],
            "submitting, checking": [
                "**送出中**",
                "傳送時連線中斷，正在查詢是否已送出，以免重複付費。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[停止等待]",
            ],
            "submitting, stopping": [
                "**已停止等待**",
                "如果請求仍然成功，圖片生成後可在 /任務 中領取。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[停止等待] off",
            ],
            "running": [
                "**生成中**",
                "預計需要 20 秒。",
                "-# 預留 2 張額度 · <t:1800000000:R>開始",
                "[停止等待]",
            ],
            "running, 42%": [
                "**生成中**",
                "▰▰▰▰▰▱▱▱▱▱▱▱ 42%",
                "-# 預留 2 張額度 · <t:1800000000:R>開始",
                "[停止等待]",
            ],
            "running, late": [
                "**生成中**",
                "比平時久一些，仍在處理。",
                "-# 預留 2 張額度 · <t:1799999910:R>開始",
                "[停止等待]",
            ],
            "running, silent": [
                "**生成中**",
                "圖片服務沒有回應，正在重新查詢。",
                "-# 預留 2 張額度 · <t:1800000000:R>開始",
                "[停止等待]",
            ],
            "running, without links": [
                "**生成中**",
                "還沒能取得全部圖片，正在重試。",
                "-# 預留 2 張額度 · <t:1800000000:R>開始",
                "[停止等待]",
            ],
            "running, stopping": [
                "**已停止等待**",
                "圖片生成後可在 /任務 中領取。",
                "-# 預留 2 張額度 · <t:1800000000:R>開始",
                "[停止等待] off",
            ],
            "ready": [
                "**發布中**",
                "已完成，正在上傳圖片…",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[停止等待] off",
            ],
            "ready, failing": [
                "**發布中**",
                "暫時無法發布，正在重試。",
                "-# 預留 2 張額度 · <t:1800000000:R>送出",
                "[停止等待] off",
            ],
            "delivered": ["**已完成**", "圖片已發布。", "-# 已扣 2 張額度"],
            "delivered, fewer": ["**已完成**", "圖片已發布。", "-# 已扣 1 張額度 · 退還 1 張"],
            "kept, stopped": [
                "**待領取**",
                "圖片已生成，等你領取。",
                "-# 已扣 2 張額度",
                "[領取圖片]",
            ],
            "kept, no way": [
                "**待領取**",
                "圖片已生成，但機器人無法發布到這裡。",
                "-# 已扣 2 張額度",
                "[領取圖片]",
            ],
            "kept, expired": [
                "**已過期**",
                "圖片未及時領取，已被移除。",
                "-# 已扣 2 張額度",
                "[再來一次（用 2 張）]",
            ],
            "deleted": ["**已刪除**", "圖片已被刪除。", "-# 已扣 2 張額度"],
            "failed, policy": [
                "**未能生成**",
                "被圖片服務的內容規則攔截。請修改提示詞或圖片。",
                "-# 未扣額度",
                "[修改後重發]",
            ],
            "failed, gave up": [
                "**未能生成**",
                "一天內沒有完成，已放棄。",
                "-# 未扣額度",
                "[重新傳送（用 2 張）]",
                "[修改後重發]",
            ],
            "failed, reference": [
                "**未能生成**",
                "圖片 2：太小，每邊至少 15 像素。",
                "-# 未扣額度",
                "[修改後重發]",
            ],
            "failed, new code": [
                "**未能生成**",
                "圖片服務傳回錯誤（`moon_phase_wrong`）。",
                "-# 未扣額度",
                "[重新傳送（用 2 張）]",
                "[修改後重發]",
            ],
            "cancelled": [
                "**已取消**",
                "沒有生成圖片。",
                "-# 未扣額度",
                "[再來一次（用 2 張）]",
                "[修改後重發]",
            ],
            "unknown": [
                "**不確定是否已送出**",
                "傳送時連線中斷。為避免重複付費，不會自動重發；你可以再試一次。",
                "-# 未扣額度",
                "[重新傳送（用 2 張）]",
                "[修改後重發]",
            ],
        }
    )
