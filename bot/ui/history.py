"""``/tasks``: the list of one's own tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.domain.state import OPEN, State
from bot.domain.task import Task
from bot.domain.task_query import SEARCH_LIMIT, TaskFilter, TaskQuery
from bot.ui import buttons, colours, ids, wording
from bot.ui.prompt import alt, escape
from bot.ui.reasons import NOTHING_HELPS, worth_again
from bot.ui.texts import N_, Texts
from bot.ui.view import static_view, with_thumbnail

#: Characters of a prompt in the list.
IN_A_LIST = 120

_SHOWN = {
    TaskFilter.ALL: N_("All tasks"),
    TaskFilter.OPEN: N_("In progress"),
    TaskFilter.FAILED: N_("Failed"),
    TaskFilter.PRIVATE: N_("Private"),
}


def history_page(  # noqa: PLR0913 - all of it is shown
    tasks: Sequence[Task],
    posts: Mapping[int, tuple[int, int]],
    thumbnails: Mapping[int, str],
    t: Texts,
    *,
    query: TaskQuery,
    newer: TaskQuery | None,
    older: TaskQuery | None,
    server: int | None,
) -> discord.ui.LayoutView:
    """List at most four tasks, with buttons for each and for the other pages.

    By the task's id, ``posts`` has the channel and message of its results, and ``thumbnails`` the
    name of an attachment. ``newer`` and ``older`` are the neighbours, if any. ``server`` is where
    it is shown.
    """
    box = discord.ui.Container[Any](
        discord.ui.TextDisplay(_title(query, t)), accent_colour=colours.PANEL
    )
    for task in tasks:
        box.add_item(discord.ui.Separator())
        box.add_item(_entry(task, thumbnails.get(task.id), t))
        some_are_here = task.id in thumbnails
        offered = (
            [buttons.fetch(task, t), buttons.details(task, t)]
            if some_are_here and _is_awaited(task)
            else _buttons(task, posts.get(task.id), server, t)
        )
        box.add_item(discord.ui.ActionRow(*offered))
    if not tasks:
        box.add_item(discord.ui.TextDisplay(_nothing(query, t)))
    if tasks or query != TaskQuery():
        box.add_item(discord.ui.Separator())
        box.add_item(discord.ui.ActionRow(_filters(query, t)))
        box.add_item(_pager(query, newer, older, t))
    return static_view(box)


def _title(query: TaskQuery, t: Texts) -> str:
    parts = [f"**{t('Your tasks')}**"]
    if query.search:
        parts.append(t("with “{words}”", words=escape(query.search, SEARCH_LIMIT * 2)))
    if query.page > 1:
        parts.append(t("page {page}", page=query.page))
    return " · ".join(parts)


def _nothing(query: TaskQuery, t: Texts) -> str:
    if query.search or query.filter is not TaskFilter.ALL:
        return t("No matching tasks.")
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
    return with_thumbnail(text, thumbnail, alt(task.request.prompt), spoiler=task.request.spoiler)


def _buttons(
    task: Task, post: tuple[int, int] | None, server: int | None, t: Texts
) -> list[buttons.Button]:
    """Return two buttons at most: the likeliest action, and *More…* or *Details*."""
    if task.state in OPEN:
        return [buttons.stop(task, t), buttons.details(task, t)]
    gone = task.images_gone
    if task.state not in {State.DELIVERED, State.KEPT} or gone:
        return [*_next_try(task, t), buttons.details(task, t)]
    if task.state is State.KEPT:
        return [buttons.fetch(task, t), buttons.more(task, t)]
    # The user may have left a server that the bot has left, and could not open the link.
    is_here = task.requester.server == server
    if post is not None and is_here:
        return [buttons.link(wording.link(server, post), t), buttons.more(task, t)]
    return [buttons.fetch(task, t), buttons.more(task, t)]


def _next_try(task: Task, t: Texts) -> list[buttons.Button]:
    """Return what the card of a task without images offers, if it has ended."""
    if not task.has_ended or task.reason in NOTHING_HELPS:
        return []
    if task.state not in {State.FAILED, State.UNKNOWN}:
        return [buttons.again(task, t)]
    if worth_again(task):
        return [buttons.try_again(task, t)]
    return [buttons.change(task, t, alone=True)]


def _is_awaited(task: Task) -> bool:
    """Tell whether the task will be kept once its last image is downloaded."""
    return task.state is State.READY and task.cancel_requested


def _filters(query: TaskQuery, t: Texts) -> "discord.ui.Select[Any]":
    return discord.ui.Select(
        custom_id=ids.FILTER.write(search=query.search),
        options=[
            discord.SelectOption(label=t(name), value=show.value, default=show is query.filter)
            for show, name in _SHOWN.items()
        ],
    )


def _first(query: TaskQuery) -> TaskQuery:
    return replace(query, page=1, before=None, after=None)


def _pager(
    query: TaskQuery, newer: TaskQuery | None, older: TaskQuery | None, t: Texts
) -> "discord.ui.ActionRow[Any]":
    row = discord.ui.ActionRow[Any]()
    if query.page > 2:  # noqa: PLR2004 - from the second, the first is the neighbour
        row.add_item(buttons.page_link(t("Newest"), _first(query)))
    if newer or older:
        row.add_item(buttons.page_link(t("Newer"), newer)).add_item(
            buttons.page_link(t("Older"), older)
        )
    row.add_item(buttons.search(query, t))
    if query.search:
        row.add_item(buttons.page_link(t("Clear search"), TaskQuery(filter=query.filter)))
    return row
