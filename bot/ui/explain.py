"""Every error in one or two sentences: what is wrong, and what to do.

Text from outside is never shown as is: names are escaped, and Evolink's and Discord's own
messages only go to the log.
"""

import dataclasses

from bot import errors, refusals
from bot.errors import ImagineError, Rejected, UnusablePicture
from bot.refusals import (
    BadReference,
    Blocked,
    CapReached,
    ChannelNotAllowed,
    MissingPermissions,
    NoPictures,
    NotAllowed,
    QueueFull,
    QuotaReached,
    TooManyOpenTasks,
    TooManyPixels,
)
from bot.ui import explain_limits
from bot.ui.prompt import escape
from bot.ui.reasons import flaw, of_code
from bot.ui.texts import N_, Texts

#: Characters of a user's text that are quoted in a sentence.
_QUOTED = 60
#: Names in a sentence.
_NAMED = 5

#: The placeholders are the error's fields.
SENTENCES: dict[type[ImagineError], str] = {
    ImagineError: N_("That didn't work. Try again in a few minutes."),
    errors.StartError: N_("The bot isn't set up correctly. Let its owner know."),
    refusals.Refusal: N_("This can't be done."),
    refusals.InvalidRequest: N_("This can't be drawn with these settings."),
    refusals.PromptMissing: N_("The prompt is empty. Describe what to draw."),
    refusals.PromptTooLong: N_("Your prompt is {length} characters long; the limit is {limit}."),
    refusals.WordNotAllowed: N_("“{word}” isn't allowed in this server. Change the prompt."),
    refusals.CountOutOfRange: N_("You can draw 1 to {limit} images at once."),
    refusals.TooManyReferences: N_("That's {references} pictures; the limit is {limit}."),
    refusals.TooManyImages: N_(
        "Pictures ({references}) plus images to draw ({count}) can't exceed {limit}."
    ),
    refusals.LinkInPrompt: N_(
        "The bot can't open links, so it doesn't see {link}. Attach the picture instead."
    ),
    refusals.UnknownFlags: N_(
        "I don't know “{flags}”. At the end of a prompt you can use `--ar 16:9`, `--q 4k` and "
        "`--n 4`."
    ),
    refusals.SizeNotUnderstood: N_(
        "“{text}” isn't a size I know. Use a ratio like 16:9 or pixels like 2560x1440."
    ),
    refusals.SizeOutOfRange: N_(
        "{width}x{height} can't be drawn. Sizes go from 2560x1440 to 4096x4096 pixels in total, "
        "one side at most 16 times the other. Nearest: {nearest}."
    ),
    refusals.QualityNotUnderstood: N_("Quality is 2K or 4K."),
    refusals.QualityWithPixels: N_(
        "Quality doesn't apply to exact pixels. Remove it, or use a ratio."
    ),
    refusals.PrivateOff: N_(
        "Private results are off here. If you send this, everyone in the channel sees it."
    ),
    refusals.NoPictures: N_("This message has no picture that can be used."),
    refusals.MessageHidden: N_(
        "Discord doesn't show the bot that message. Open its menu → Apps → Edit with Imagine."
    ),
    refusals.WhichImage: N_(
        "There are {images} images. Say which one you mean, like “make image 2 winter”."
    ),
    refusals.MessageUnreadable: N_(
        "This message can't be read. Save the picture and attach it with /imagine."
    ),
    refusals.NotAResult: N_(
        "This message isn't a result the bot knows. Delete it like any other message."
    ),
    refusals.TrayEmpty: N_(
        "Your references are empty. Open a message's menu → Apps → Use as reference."
    ),
    refusals.TooManyOpenTasks: N_(
        "No more than {limit} of your tasks can wait or run at once. Wait for one to finish, or "
        "cancel one that's waiting in /tasks."
    ),
    refusals.TooManyPixels: N_(
        "You've sent too many large pictures in the last {minutes} minutes. Wait a little, or "
        "attach smaller ones."
    ),
    refusals.LimitNotUnderstood: N_(
        "“{text}” isn't a limit I know. Use a number from 0 to {most}, or “unlimited”."
    ),
    refusals.NumberOutOfRange: N_("{number} is out of range. Use {least} to {most}."),
    refusals.TimeNotUnderstood: N_(
        "“{text}” isn't a time I know. Use a duration like 12h, 7d or 2w, or a future date like "
        "2030-01-31."
    ),
    refusals.PlaceNotUnderstood: N_(
        "“{text}” is neither a page nor a date. Use a number like 3, or a date like 2030-01-31."
    ),
    refusals.ZoneNotUnderstood: N_(
        "“{text}” isn't a time zone I know. Use a name like Europe/Berlin or Asia/Shanghai."
    ),
    refusals.RoleNotUnderstood: N_("“{text}” isn't a role. Choose one, or type its id."),
    refusals.CommandChanged: N_("This command has changed. Restart Discord and try again."),
    refusals.MemberAndRole: N_("Choose a member or a role, not both."),
    refusals.TooManyWords: N_(
        "A server can have up to {most} words that aren't allowed, each of up to {longest} "
        "characters."
    ),
    refusals.ChangedSince: N_("This has been changed since, so it can't be undone."),
    refusals.Blocked: N_("An admin has blocked you from drawing here."),
    refusals.ServerNotAllowed: N_("This bot isn't enabled for this server. Ask the bot's owner."),
    refusals.SubmissionsPaused: N_("The bot's owner has paused drawing. Try again later."),
    refusals.ExportTooLarge: N_("That's too much for one file. Ask for fewer days."),
    refusals.ServerUnknown: N_("The bot isn't in that server."),
    refusals.ServerPaused: N_("An admin has paused drawing in this server. Try again later."),
    refusals.ChannelNotAllowed: N_("Drawing isn't allowed in this channel. Try {channels}."),
    refusals.QueueFull: N_("The queue is full. Try again in a few minutes."),
    refusals.NotFound: N_("That task isn't yours or no longer exists."),
    refusals.BotLeft: N_(
        "The bot isn't in that server any more, so it can't post there. Get the images with /tasks."
    ),
    refusals.TooLate: N_("This task has already ended."),
    refusals.ImagesGone: N_("These images are no longer available."),
    refusals.DraftExpired: N_("This request has expired (kept for a day). Use /imagine again."),
    errors.EvolinkError: N_("The image service couldn't do that. Try again in a few minutes."),
    errors.NotTaken: N_("The image service can't be reached. Try again in a few minutes."),
    errors.OutcomeUnknown: N_(
        "The connection dropped while sending. To avoid paying twice it isn't resent automatically."
    ),
    errors.Withheld: N_(
        "The image service isn't accepting requests from the bot. Its owner knows."
    ),
    errors.KeyRefused: N_("The bot can't sign in to the image service. Its owner knows."),
    errors.OutOfCredits: N_("The bot is out of credits (not your quota). Its owner knows."),
    errors.AccessDenied: N_(
        "The image service doesn't let the bot use this model. Its owner knows."
    ),
    errors.RateLimited: N_("The image service is busy. Try again in a minute."),
    errors.ServerFailed: N_("The image service failed. Try again in a few minutes."),
    errors.FetchFailed: N_("A picture couldn't be downloaded. Try again in a few minutes."),
    errors.ChatError: N_("Discord couldn't do that. Try again in a few minutes."),
    errors.ChatUnavailable: N_("Discord is having problems. Try again in a minute."),
    errors.ChatRefused: N_("Discord doesn't let the bot do this here. Ask an admin."),
    errors.TooLarge: N_("The images are over Discord's upload limit here."),
    errors.Moderated: N_("This server's moderation blocked the message. Change the prompt."),
    errors.PostUnknown: N_(
        "The connection to Discord dropped, so the message may have been posted. Check before you "
        "try again."
    ),
    errors.HistoryUnreadable: N_(
        "The bot can't see what it has posted in this channel. Ask an admin to allow “Read "
        "Message History”."
    ),
    errors.AnsweredElsewhere: N_("Another copy of the bot has answered."),
    errors.PartlyDeleted: N_(
        "Deleted {deleted} of {total} messages; the rest couldn't be deleted. Try again, or ask a "
        "moderator to delete them."
    ),
    errors.StoreUnavailable: N_(
        "The bot can't save anything right now. Try again in a few minutes."
    ),
    errors.FilesUnavailable: N_(
        "The bot can't reach its stored images right now. Try again in a few minutes."
    ),
    errors.Stale: N_("This task just changed. Look at it again in /tasks."),
    errors.UnreadableRow: N_("The bot can't read this task any more. Its owner knows."),
}

#: Named as in Discord's own settings.
PERMISSIONS = {
    "view_channel": N_("View Channel"),
    "read_messages": N_("View Channel"),
    "send_messages": N_("Send Messages"),
    "send_messages_in_threads": N_("Send Messages in Threads"),
    "attach_files": N_("Attach Files"),
    "embed_links": N_("Embed Links"),
    "read_message_history": N_("Read Message History"),
    "connect": N_("Connect"),
}

WHO = {
    "requester": N_("Only the person who asked for this can do that."),
    "manage_guild": N_("You need the Manage Server permission."),
    "moderate": N_("You need the Manage Messages permission here, or Manage Server."),
    "others": N_("Using other people's pictures this way is off in this server."),
    "operator": N_("Only the bot's owner can do this."),
    "delete": N_(
        "Only the person who asked for this, or someone with Manage Messages, can do that."
    ),
    "server": N_("You can draw in servers only, not in direct messages."),
    "write": N_("You can't write in the channel where this would be posted."),
    "commands": N_("You can't use commands in this channel."),
}

#: Refusals after which people may wonder whether they paid; refusals by quota say so themselves.
_NOT_CHARGED = (
    errors.AnsweredElsewhere,
    refusals.BadReference,
    refusals.CapReached,
    refusals.ChannelNotAllowed,
    refusals.MissingPermissions,
    errors.Moderated,
    refusals.PrivateOff,
    refusals.QueueFull,
    refusals.ServerNotAllowed,
    refusals.ServerPaused,
    refusals.SubmissionsPaused,
    refusals.TooManyOpenTasks,
    refusals.TooManyPixels,
    refusals.WordNotAllowed,
)
_NOT_CHARGED_WHO = frozenset({"commands", "server", "write"})


def explain(error: ImagineError, t: Texts) -> str:
    """Say what went wrong, and that nothing was charged where people may wonder."""
    said = _explained(error, t)
    is_free = isinstance(error, _NOT_CHARGED) or (
        isinstance(error, NotAllowed) and error.who in _NOT_CHARGED_WHO
    )
    return f"{said}\n-# {t('Not charged')}" if is_free else said


def _explained(error: ImagineError, t: Texts) -> str:  # noqa: C901, PLR0911 - one for each kind
    match error:
        case BadReference():
            return flaw(error.flaw, error.position, t, escape(error.name, _QUOTED))
        case Blocked():
            return explain_limits.blocked(error, t)
        case QuotaReached():
            return explain_limits.quota_reached(error, t)
        case CapReached():
            return explain_limits.cap_reached(error, t)
        case TooManyOpenTasks() | TooManyPixels() | QueueFull():
            said = t(_sentence(type(error)), **_fields(error))
            unit = " MP" if isinstance(error, TooManyPixels) else ""
            return said + explain_limits.bar_line(error.used, error.limit, unit)
        case ChannelNotAllowed():
            named = t(", ").join(f"<#{each}>" for each in error.channels[:_NAMED])
            return t(_sentence(type(error)), channels=named)
        case MissingPermissions():
            return _permissions(error, t)
        case NoPictures() if error.names:
            named = t(", ").join(escape(name, _QUOTED) for name in error.names[:_NAMED])
            return t("No picture here that can be used: {names}.", names=named)
        case NotAllowed():
            return t(WHO.get(error.who, WHO["requester"]))
        case Rejected():
            return of_code(error.code, t)
        case UnusablePicture():
            return t(
                "A picture can't be used or is no longer available. Attach it again, or another "
                "one."
            )
        case _:
            return t(_sentence(type(error)), **_fields(error))


def _sentence(kind: type[ImagineError]) -> str:
    return next(SENTENCES[base] for base in kind.__mro__ if base in SENTENCES)


def _fields(error: ImagineError) -> dict[str, object]:
    if not dataclasses.is_dataclass(error):
        return {}
    values = {field.name: getattr(error, field.name) for field in dataclasses.fields(error)}
    return {
        name: escape(value, _QUOTED) if isinstance(value, str) else value
        for name, value in values.items()
    }


def _permissions(error: MissingPermissions, t: Texts) -> str:
    names = [
        f"**{t(PERMISSIONS[name]) if name in PERMISSIONS else escape(name, _QUOTED)}**"
        for name in error.missing
    ]
    return t(
        "The bot can't post images in this channel. Ask an admin to allow: {permissions}.",
        permissions=t(", ").join(names),
    )
