"""Every error in one or two sentences: what is wrong, and what to do.

Text from outside is never shown as it is: names are escaped, and Evolink's and Discord's own
messages only go to the log.
"""

import dataclasses

from bot import errors
from bot.errors import (
    BadReference,
    CapReached,
    ImagineError,
    MissingPermissions,
    NotAllowed,
    QuotaReached,
    Rejected,
    Scope,
    UnusablePicture,
)
from bot.ui import wording
from bot.ui.prompt import escape
from bot.ui.reasons import flaw, of_code
from bot.ui.texts import N_, Texts

#: Characters of a user's text that are quoted in a sentence.
_QUOTED = 60

#: The placeholders are the error's fields.
SENTENCES: dict[type[ImagineError], str] = {
    ImagineError: N_("That did not work. Try again later."),
    errors.StartError: N_("The bot is not set up correctly; tell its operator."),
    errors.Refusal: N_("This cannot be done. Nothing was charged."),
    errors.InvalidRequest: N_("This cannot be drawn as it stands. Nothing was charged."),
    errors.PromptMissing: N_("The prompt is empty. Describe what to draw."),
    errors.PromptTooLong: N_(
        "The prompt has {length} characters, and {limit} are the most here. Shorten it."
    ),
    errors.CountOutOfRange: N_("{count} images cannot be drawn at once: ask for 1 to {limit}."),
    errors.TooManyReferences: N_("{references} references are too many: {limit} are the most."),
    errors.TooManyImages: N_(
        "References ({references}) and images to draw ({count}) may be {limit} together. "
        "Take fewer of either."
    ),
    errors.SizeNotUnderstood: N_(
        "The size “{text}” is not understood. Take a ratio from the list, or pixels like 2560x1440."
    ),
    errors.SizeOutOfRange: N_(
        "{width}x{height} cannot be drawn: it must have as many pixels as 2560x1440 to 4096x4096, "
        "and one side at most 16 times the other."
    ),
    errors.QualityNotUnderstood: N_("The quality “{text}” is not known. Take 2K or 4K."),
    errors.QualityWithPixels: N_(
        "Exact pixels have no quality beside them. Leave the quality out, or take a ratio as size."
    ),
    errors.PrivateOff: N_(
        "This server's admins have switched private results off. What you send from here is seen "
        "by everybody in the channel. Nothing was charged."
    ),
    errors.NoPictures: N_("There is no picture in this message that can be used."),
    errors.MessageUnreadable: N_(
        "This message can't be read. Save the picture and attach it with /imagine."
    ),
    errors.TrayEmpty: N_(
        "There is no picture to draw with any more. Choose “Use as reference” in the menu (Apps) "
        "of a message."
    ),
    errors.TooManyOpenTasks: N_(
        "You have {limit} unfinished tasks, and more are not allowed at once. Wait for one, or "
        "stop one in /tasks. Nothing was charged."
    ),
    errors.TooManyPixels: N_(
        "You've sent too many large pictures in the last {minutes} minutes. Wait a little, or "
        "attach smaller ones. Not charged."
    ),
    errors.LimitNotUnderstood: N_(
        "“{text}” isn't a limit I know. Use a number from 0 to {most}, or “unlimited”."
    ),
    errors.Blocked: N_("You may draw nothing in this server. Ask its admins about it."),
    errors.ServerNotAllowed: N_(
        "The bot's operator has not opened it to this server. Nothing was charged."
    ),
    errors.SubmissionsPaused: N_(
        "The operator has paused the bot. Try again later; nothing was charged."
    ),
    errors.QueueFull: N_(
        "{limit} tasks are waiting already, which is all the bot takes. Try again in a few "
        "minutes; nothing was charged."
    ),
    errors.NotFound: N_("There is no such task of yours in this server. See /tasks."),
    errors.BotLeft: N_(
        "The bot isn't in that server any more, so it can't post there. Get the images with /tasks."
    ),
    errors.TooLate: N_("This task has ended already; there is nothing left to stop."),
    errors.ImagesGone: N_("The images of this task are no longer kept."),
    errors.DraftExpired: N_(
        "This was kept for a day and is forgotten by now. Ask for it with /imagine again."
    ),
    errors.EvolinkError: N_("Evolink did not do what it was asked. Try again later."),
    errors.NotTaken: N_("Evolink cannot be reached at the moment. Try again later."),
    errors.OutcomeUnknown: N_(
        "Evolink's answer was lost, so nobody knows whether it has taken the task. It is not sent "
        "again by itself."
    ),
    errors.Withheld: N_("Evolink takes nothing from the bot just now. The operator is told."),
    errors.KeyRefused: N_("Evolink refuses the bot's key. The operator is told."),
    errors.OutOfCredits: N_(
        "The bot's credits at Evolink are used up, not your quota. The operator is told."
    ),
    errors.AccessDenied: N_("Evolink refuses the bot this model. The operator is told."),
    errors.RateLimited: N_("Evolink is taking no more for a moment. Try again in a minute."),
    errors.ServerFailed: N_("Evolink failed. Try again later."),
    errors.FetchFailed: N_("A picture could not be downloaded. Try again later."),
    errors.ChatError: N_("Discord did not do what it was asked. Try again later."),
    errors.ChatUnavailable: N_("Discord is not well at the moment. Try again in a minute."),
    errors.ChatRefused: N_("Discord does not let the bot do this here. An admin may know why."),
    errors.TooLarge: N_("Discord finds the pictures too large to post here."),
    errors.Moderated: N_(
        "This server's moderation blocked the message. Change the prompt. Not charged."
    ),
    errors.PostUnknown: N_(
        "Discord's answer was lost: the message may have been posted. Look before you ask again."
    ),
    errors.HistoryUnreadable: N_(
        "The bot may not read this channel's history, so it cannot see what it has posted. "
        "Ask an admin to allow “Read Message History”."
    ),
    errors.AnsweredElsewhere: N_("Another copy of the bot has answered. Nothing was charged."),
    errors.PartlyDeleted: N_(
        "Deleted {deleted} of {total} messages; the rest couldn't be deleted. Try again, or ask a "
        "moderator to delete them."
    ),
    errors.StoreUnavailable: N_(
        "The bot can't save anything right now. Try again in a few minutes."
    ),
    errors.Stale: N_("Something else has just changed this task. Look at it again in /tasks."),
    errors.UnreadableRow: N_("The bot can't read this task any more. Its operator is told."),
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
    "requester": N_("Only the person who asked for it may do this."),
    "manage_guild": N_("Only those who may manage this server can do this."),
    "others": N_(
        "This server's admins have switched off drawing from other people's pictures this way."
    ),
    "operator": N_("Only the bot's operator can do this."),
    "delete": N_(
        "Only the person who asked for it, and those who may manage messages here, can do this."
    ),
    "server": N_("Pictures are drawn in servers only. Ask for it there; nothing was charged."),
    "write": N_("You can't write in the channel where this would be posted. Not charged."),
    "commands": N_("You may not use commands in this channel. Nothing was charged."),
}


def explain(error: ImagineError, t: Texts) -> str:  # noqa: PLR0911 - one for each kind
    """Return what the user is told about an error."""
    match error:
        case BadReference():
            sentence = flaw(error.flaw, error.position, t, escape(error.name, _QUOTED))
            return f"{sentence}\n{t('Nothing was charged.')}"
        case QuotaReached():
            return _quota(error, t)
        case CapReached():
            return _cap(error, t)
        case MissingPermissions():
            return _permissions(error, t)
        case NotAllowed():
            return t(WHO.get(error.who, WHO["requester"]))
        case Rejected():
            return of_code(error.code, t)
        case UnusablePicture():
            return t("A picture cannot be used or is gone. Attach it again, or another one.")
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


def _quota(error: QuotaReached, t: Texts) -> str:
    rule = wording.rule(error.scope, error.images, t)
    if not error.images:
        # Waiting for a reset would not help.
        return f"{t(SENTENCES[errors.Blocked])} {t('Nothing was charged.')}\n-# {rule}"
    asked = wording.images(error.asked, t)
    facts = [
        rule,
        *([t("{n} being drawn", n=error.drawing)] if error.drawing else []),
        t("resets {when}", when=wording.since(error.resets_at)),
    ]
    advice = (
        t("Ask for {left} at most, or wait for the reset. Nothing was charged.", left=error.left)
        if error.left
        else t("Wait for the reset. Nothing was charged.")
    )
    return "\n".join(
        (
            t("You asked for {asked}; {left} left today.", asked=asked, left=error.left),
            advice,
            f"-# {' · '.join(facts)}",
        )
    )


def _cap(error: CapReached, t: Texts) -> str:
    when = wording.since(error.resets_at)
    if error.scope is Scope.SERVER:
        return t(
            "This server has used up what the operator allows it a day. It resets {when}. "
            "Nothing was charged.",
            when=when,
        )
    if error.scope is Scope.AWAY:
        return t(
            "What the operator allows outside of the bot's servers is used up for today. It resets "
            "{when}. Nothing was charged.",
            when=when,
        )
    return t(
        "The bot has used up what the operator allows a day. It resets {when}. "
        "Nothing was charged.",
        when=when,
    )


def _permissions(error: MissingPermissions, t: Texts) -> str:
    names = [
        f"**{t(PERMISSIONS[name]) if name in PERMISSIONS else escape(name, _QUOTED)}**"
        for name in error.missing
    ]
    return t(
        "The bot may not post pictures here: it lacks {permissions}. Ask an admin to allow it in "
        "this channel. Nothing was charged.",
        permissions=t(", ").join(names),
    )
