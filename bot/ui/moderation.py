"""Moderation as admins and members read it: what is set, and what was removed."""

from collections.abc import Iterator
from typing import Any

import discord

from bot.domain.ids import MessageId, UserId
from bot.domain.moderation import LONGEST_WORD, Moderation, Struck
from bot.domain.quota_change import REASON as LONGEST_REASON
from bot.domain.task import Task
from bot.ui import colours, ids, wording
from bot.ui.forms import modal
from bot.ui.prompt import escape, option, quote, width
from bot.ui.texts import Texts
from bot.ui.view import static_view

#: The fields of the form of *Remove image*, and the values of one.
REASON, STRIKE, YES, NO = "reason", "strike", "yes", "no"
#: Characters of all words on the settings' card, and in a log entry, of which a page has several.
ALL, FEW = 3_000, 200


def moderation_card(set_: Moderation, t: Texts) -> discord.ui.LayoutView:
    """Show what is set."""
    found = named(set_, t, room=ALL)
    lines = [t("{setting}: {value}", setting=name, value=value) for name, value in found]
    text = "\n".join((f"**{t('Moderation in this server')}**", *lines))
    box = discord.ui.Container[Any](discord.ui.TextDisplay(text), accent_colour=colours.PANEL)
    return static_view(box)


def named(set_: Moderation, t: Texts, *, room: int = FEW) -> Iterator[tuple[str, str]]:
    """Yield the settings' names and values, with as many words as there is room for."""
    yield t("Words that aren't allowed"), _words(set_.words, room, t)
    yield t("Strikes that block a member"), _rule(set_, t)
    logged = t("off") if set_.log is None else f"<#{set_.log}>"
    if set_.log is not None and set_.log_private:
        logged = t("{channel}, private tasks too", channel=logged)
    yield t("Task log"), logged


def _rule(set_: Moderation, t: Texts) -> str:
    if set_.strikes is None:
        return t("off")
    return t(
        "{n} within {days}, for {block}",
        n=set_.strikes,
        days=wording.days(set_.strike_days, t),
        block=wording.days(set_.block_days, t),
    )


def remove_form(task: Task, message_id: MessageId, rule: Moderation, t: Texts) -> discord.ui.Modal:
    """Build the form that asks a moderator for a reason, and whether it is a strike."""
    reason = discord.ui.TextInput[Any](
        custom_id=REASON, style=discord.TextStyle.long, required=False, max_length=LONGEST_REASON
    )
    name, value = t("Strikes that block a member"), _rule(rule, t)
    said = "" if rule.strikes is None else t("{setting}: {value}", setting=name, value=value)
    strike = discord.ui.Select[Any](
        custom_id=STRIKE,
        options=[
            discord.SelectOption(label=t("No strike"), value=NO, default=True),
            discord.SelectOption(label=t("Strike"), value=YES),
        ],
    )
    labels = (
        discord.ui.Label[Any](
            text=t("Reason"),
            description=t("Shown to the member and the server's admins"),
            component=reason,
        ),
        discord.ui.Label[Any](text=t("Strike"), description=option(said) or None, component=strike),
    )
    custom_id = ids.REMOVE_POST.write(id=task.interaction_id, message=message_id)
    return modal(custom_id, t("Remove image"), labels)


def removed_notice(
    task: Task, reason: str, struck: Struck | None, t: Texts, *, is_removed: bool | None
) -> str:
    """Return the direct message to the requester.

    ``is_removed``: whether the bot could remove the images; ``None``: it is still trying.
    """
    channel = f"<#{task.channel_id}>"
    said = t("A moderator gave you a strike for your images in {channel}.", channel=channel)
    if is_removed:
        said = t("A moderator removed your images from {channel}.", channel=channel)
    elif is_removed is None:
        said = t("A moderator is removing your images from {channel}.", channel=channel)
    lines = [said] if task.erasure is not None else [said, quote(task.request.prompt)]
    if reason:
        lines.append(t("Reason: {reason}", reason=escape(reason)))
    if struck is not None:
        lines.append(_struck(struck, t))
        if struck.block is not None:
            lines.append(t("You can't draw there until {when}.", when=wording.at(struck.block)))
    if is_removed is not False:
        kept = t("Your quota isn't refunded.")
        lines.append(f"-# {kept}")
    return "\n".join(lines)


def removed_card(
    user: UserId, struck: Struck | None, t: Texts, *, is_told: bool, note: str
) -> discord.ui.LayoutView:
    """Tell the moderator the outcome; ``note`` says how the deletion went."""
    lines = [note]
    if struck is not None:
        about = [f"<@{user}>", _struck(struck, t)]
        if struck.block is not None:
            about.append(t("blocked until {when}", when=wording.at(struck.block)))
        lines.append(" · ".join(about))
    told = t("They got a direct message about it.")
    untold = t("The bot couldn't send them a direct message.")
    lines.append(f"-# {told if is_told else untold}")
    return static_view(discord.ui.TextDisplay("\n".join(lines)))


def _struck(struck: Struck, t: Texts) -> str:
    if struck.of is None:
        return t("Strikes: {n}", n=struck.strikes)
    return t("Strikes: {n} of {most}", n=struck.strikes, most=struck.of)


def _words(words: tuple[str, ...], room: int, t: Texts) -> str:
    if not words:
        return t("none")
    shown = list[str]()
    for word in words:
        said = escape(word, LONGEST_WORD)
        room -= width(said) + 2
        if room < 0:
            break
        shown.append(said)
    more = len(words) - len(shown)
    return t(", ").join((*shown, f"+{more}") if more else shown)
