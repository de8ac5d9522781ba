"""``/tasks``: one's own tasks, shown to oneself alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.domain.browsing import SEARCH_LIMIT, Browsing, Show
from bot.domain.task import OPEN, State, Task
from bot.ui import buttons, colours, wording
from bot.ui.prompt import alt, escape
from bot.ui.texts import N_, Texts
from bot.ui.view import beside, drawn

#: Of a prompt in a list.
IN_A_LIST = 120

_SHOWN = {
    Show.ALL: N_("All tasks"),
    Show.OPEN: N_("Unfinished ones"),
    Show.FAILED: N_("Failed ones"),
    Show.PRIVATE: N_("Private ones"),
}


def history_page(  # noqa: PLR0913 - all of it is shown
    tasks: Sequence[Task],
    posts: Mapping[int, tuple[int, int]],
    thumbnails: Mapping[int, str],
    t: Texts,
    *,
    browsing: Browsing,
    pages: int,
    guild_id: int,
) -> discord.ui.LayoutView:
    """List at most four tasks, newest first, and how to get to the others.

    ``posts`` has the channel and the message of a task's results, ``thumbnails`` the names of the
    message's files; ``guild_id`` is 0 in a direct message.
    """
    box = discord.ui.Container[Any](
        discord.ui.TextDisplay(_title(browsing, pages, t)), accent_colour=colours.PANEL
    )
    for task in tasks:
        box.add_item(discord.ui.Separator())
        box.add_item(_entry(task, thumbnails.get(task.id), t))
        some_are_here = task.id in thumbnails
        offered = (
            [buttons.fetch(task, t), buttons.details(task, t)]
            if some_are_here and _is_awaited(task)
            else _buttons(task, posts.get(task.id), guild_id, t)
        )
        box.add_item(discord.ui.ActionRow(*offered))
    if not tasks:
        box.add_item(discord.ui.TextDisplay(_nothing(browsing, t)))
    if tasks or browsing != Browsing():
        box.add_item(discord.ui.Separator())
        box.add_item(discord.ui.ActionRow(_filters(browsing, t)))
        box.add_item(_pager(browsing, pages, t))
    return drawn(box)


def _title(browsing: Browsing, pages: int, t: Texts) -> str:
    parts = [f"**{t('Your tasks')}**"]
    if browsing.search:
        parts.append(t("with “{words}”", words=escape(browsing.search, SEARCH_LIMIT * 2)))
    if pages > 1:
        parts.append(t("page {page}/{of}", page=browsing.page, of=pages))
    return " · ".join(parts)


def _nothing(browsing: Browsing, t: Texts) -> str:
    if browsing.search or browsing.show is not Show.ALL:
        return t("None of your tasks is like that.")
    return t("None yet. Draw something with /imagine.")


def _entry(task: Task, thumbnail: str | None, t: Texts) -> "discord.ui.Item[Any]":
    prompt = escape(task.request.prompt, IN_A_LIST)
    small = (
        wording.state(task, t),
        wording.images(task.request.count, t),
        *([t("private")] if task.private else []),
        wording.since(task.created_at),
    )
    text = f"{prompt or '…'}\n-# {' · '.join(small)}"
    return beside(text, thumbnail, alt(task.request.prompt), spoiler=task.request.spoiler)


def _buttons(
    task: Task, post: tuple[int, int] | None, guild_id: int, t: Texts
) -> list[buttons.Button]:
    """Return at most two: what can be done now, and everything else."""
    if task.state in OPEN:
        return [buttons.stop(task, t), buttons.details(task, t)]
    gone = task.images_gone
    if task.state not in {State.DELIVERED, State.KEPT} or gone:
        offered = [buttons.again(task, t)] if task.has_ended else []
        return [*offered, buttons.details(task, t)]
    if task.state is State.KEPT:
        return [buttons.fetch(task, t), buttons.more(task, t)]
    # Where the bot is not any more, whoever asks may not be either.
    is_here = task.guild_id == guild_id
    if post is not None and is_here:
        return [buttons.link(wording.link(guild_id, post), t), buttons.more(task, t)]
    return [buttons.fetch(task, t), buttons.more(task, t)]


def _is_awaited(task: Task) -> bool:
    """Tell whether it is kept as soon as the last of its images is here."""
    return task.state is State.READY and task.cancel_requested


def _filters(browsing: Browsing, t: Texts) -> "discord.ui.Select[Any]":
    return discord.ui.Select(
        custom_id=buttons.filter_id(browsing),
        options=[
            discord.SelectOption(label=t(name), value=show.value, default=show is browsing.show)
            for show, name in _SHOWN.items()
        ],
    )


def _pager(browsing: Browsing, pages: int, t: Texts) -> "discord.ui.ActionRow[Any]":
    row = discord.ui.ActionRow[Any]()
    if pages > 1:
        newer = buttons.turn(t("Newer"), replace(browsing, page=browsing.page - 1))
        newer.disabled = browsing.page <= 1
        older = buttons.turn(t("Older"), replace(browsing, page=browsing.page + 1))
        older.disabled = browsing.page >= pages
        row.add_item(newer).add_item(older)
    row.add_item(buttons.search(browsing, t))
    if browsing.search:
        row.add_item(buttons.turn(t("Without the search"), replace(browsing, search="", page=1)))
    return row
