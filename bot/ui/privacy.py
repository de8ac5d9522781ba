"""What is stored about somebody, in plain words, and the question before it is deleted."""

import math
from typing import Any

import discord

from bot.domain.durations import Durations
from bot.domain.erasure import Erased, Stored
from bot.domain.moderation import Moderation
from bot.domain.window import DAY
from bot.ui import buttons, colours, wording
from bot.ui.texts import Texts
from bot.ui.view import static_view


def privacy_card(
    stored: Stored, durations: Durations, here: Moderation, t: Texts
) -> discord.ui.LayoutView:
    """Show how much is stored and for how long, and what this server logs."""
    lines = [f"**{t('What the bot stores about you')}**"]
    counted = _lines(stored, t)
    if counted:
        lines += [t("In all servers together:"), *(f"- {line}" for line in counted)]
    else:
        lines.append(t("Nothing."))
    if here.log is not None:
        said = t("This server's admins log each task with its user, prompt and link.")
        if here.log_private:
            said = t(
                "This server's admins log each task with its user and prompt, private ones too."
            )
        lines.append(said)
    lines.append(f"-# {t('Kept: {what}.', what=' · '.join(_kept(durations, t)))}")
    lines.append(f"-# {t('Messages in Discord are stored by Discord.')}")
    box = discord.ui.Container[Any](
        discord.ui.TextDisplay("\n".join(lines)),
        discord.ui.ActionRow(*buttons.privacy(t)),
        accent_colour=colours.PANEL,
    )
    return static_view(box)


def _kept(durations: Durations, t: Texts) -> list[str]:
    tasks = t("until you delete them")
    if durations.keep_prompts:
        tasks = _days(durations.keep_prompts, t)
    return [
        t("images {time}", time=_days(durations.keep, t)),
        t("pictures you attached {time}", time=_days(durations.keep_references, t)),
        t("refused requests and references {time}", time=_days(DAY, t)),
        t("tasks and prompts {time}", time=tasks),
    ]


def _days(milliseconds: int, t: Texts) -> str:
    return wording.days(math.ceil(milliseconds / DAY), t)


def _lines(stored: Stored, t: Texts) -> list[str]:
    counted = (
        (
            stored.tasks,
            t.plural("{n} task with its prompt", "{n} tasks with prompts", stored.tasks),
        ),
        (
            stored.references,
            t.plural("{n} picture you attached", "{n} pictures you attached", stored.references),
        ),
        (
            stored.results,
            t.plural("{n} image drawn for you", "{n} images drawn for you", stored.results),
        ),
        (stored.drafts, t.plural("{n} refused request", "{n} refused requests", stored.drafts)),
        (
            stored.tray,
            t.plural(
                "{n} picture in your references", "{n} pictures in your references", stored.tray
            ),
        ),
        (stored.defaults, t("your defaults")),
        (
            stored.settings,
            t.plural(
                "{n} limit, block, strike or extra set by admins",
                "{n} limits, blocks, strikes or extras set by admins",
                stored.settings,
            ),
        ),
        (
            stored.changes,
            t.plural(
                "{n} entry about you in an admin log",
                "{n} entries about you in admin logs",
                stored.changes,
            ),
        ),
        (
            stored.events,
            t.plural(
                "{n} step of your tasks, with its time",
                "{n} steps of your tasks, with their times",
                stored.events,
            ),
        ),
        (
            stored.numbers,
            t.plural(
                "{n} deleted task, of which only numbers are left",
                "{n} deleted tasks, of which only numbers are left",
                stored.numbers,
            ),
        ),
    )
    return [line for count, line in counted if count]


def delete_question(stored: Stored, t: Texts) -> discord.ui.LayoutView:
    """Ask whether to delete it; say what goes, what stays, and what can't go yet."""
    lines = [
        f"**{t('Delete your data?')}**",
        t(
            "**Gone for good**: prompts, pictures you attached, images the bot keeps for you (also "
            "those you haven't collected), references, refused requests, defaults, and what admins "
            "wrote about you in past log entries."
        ),
        t(
            "**Stays**: how many images you've used, as a number, so that limits stay right, and "
            "the limits, blocks, strikes and extras that admins have set. Your quota isn't "
            "refunded."
        ),
        t(
            "**Posts**: what the bot posted for you in Discord stays there unless you delete that, "
            "too; its buttons stop working. Admins' task logs keep their entries."
        ),
    ]
    if stored.unfinished:
        lines.append(_unfinished(stored.unfinished, t))
    box = discord.ui.Container[Any](
        discord.ui.TextDisplay("\n".join(lines)), accent_colour=colours.FAILED
    )
    box.add_item(discord.ui.ActionRow(*buttons.confirm_forget(t)))
    return static_view(box)


def deleted_notice(erased: Erased, t: Texts, *, posts: bool) -> discord.ui.LayoutView:
    """Say what was deleted, and what was not."""
    lines = [t("Deleted. Your quota isn't refunded.")]
    if erased.tasks:
        follows = t("Files are removed within the next few minutes.")
        if posts:
            follows = t("Files and posts are removed within the next few minutes.")
        lines.append(f"-# {follows}")
    if erased.unfinished:
        lines.append(_unfinished(erased.unfinished, t))
    return static_view(discord.ui.TextDisplay("\n".join(lines)))


def _unfinished(count: int, t: Texts) -> str:
    return t.plural(
        "{n} task isn't finished, so it stays. Delete again once it's done.",
        "{n} tasks aren't finished, so they stay. Delete again once they're done.",
        count,
    )
