"""``/tasks``: the list of a user's own tasks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.domain.ids import ChannelId, MessageId, ServerId, TaskId
from bot.domain.state import OPEN, State
from bot.domain.task import Task
from bot.domain.task_query import LISTED, SEARCH_LIMIT, TaskFilter, TaskQuery
from bot.ui import buttons, colours, ids, wording
from bot.ui.prompt import alt, escape
from bot.ui.reasons import NOTHING_HELPS, worth_again
from bot.ui.texts import N_, Texts
from bot.ui.view import static_view, with_thumbnail

#: Characters of a prompt in the list, and in the grid.
IN_A_LIST, IN_A_GRID = 120, 40
#: Discord's limit for the buttons in a row.
_BUTTONS = 5

_SHOWN = {
    TaskFilter.ALL: N_("All tasks"),
    TaskFilter.OPEN: N_("In progress"),
    TaskFilter.FAILED: N_("Failed"),
    TaskFilter.PRIVATE: N_("Private"),
    TaskFilter.EVERYWHERE: N_("In all servers"),
}


def history_page(  # noqa: PLR0913 - all of it is shown
    tasks: Sequence[Task],
    posts: Mapping[TaskId, tuple[ChannelId, MessageId]],
    thumbnails: Mapping[TaskId, str],
    t: Texts,
    *,
    kept: Collection[TaskId],
    query: TaskQuery,
    newer: TaskQuery | None,
    older: TaskQuery | None,
    server: ServerId | None,
    sheet: str | None = None,
    totals: tuple[int, int] | None = None,
) -> discord.ui.LayoutView:
    """List at most nine tasks, with buttons for the other pages.

    Up to four have buttons of their own; more are shown as a grid to choose from, whose picture is
    the attachment ``sheet``. By the task's id, ``posts`` has the channel and message of its
    results, and ``thumbnails`` the name of an attachment. ``kept``: tasks of which an image is
    still kept and can be fetched again. ``newer`` and ``older`` are the neighbouring pages, if
    any. ``server`` is where the list is shown. ``totals``: the user's tasks and images of all time.
    """
    box = discord.ui.Container[Any](
        discord.ui.TextDisplay(_title(query, totals, t)), accent_colour=colours.PANEL
    )
    if len(tasks) > LISTED:
        _add_grid(box, tasks, sheet, t)
    else:
        for task in tasks:
            box.add_item(discord.ui.Separator())
            shown = posts.get(task.id), thumbnails.get(task.id)
            for item in _entry(task, *shown, server, t, is_kept=task.id in kept):
                box.add_item(item)
    if not tasks:
        box.add_item(discord.ui.TextDisplay(_nothing(query, t)))
    if tasks or query != TaskQuery():
        box.add_item(discord.ui.ActionRow(_filters(query, t)))
        turning = _pager(query, newer, older, t)
        for first in range(0, len(turning), _BUTTONS):
            box.add_item(discord.ui.ActionRow(*turning[first : first + _BUTTONS]))
    return static_view(box)


def task_entry(  # noqa: PLR0913 - all of it is shown
    task: Task,
    post: tuple[ChannelId, MessageId] | None,
    thumbnail: str | None,
    t: Texts,
    *,
    is_kept: bool,
    server: ServerId | None,
) -> discord.ui.LayoutView:
    """Show one task of the grid as in a list; the arguments are those of ``history_page``."""
    box = discord.ui.Container[Any](accent_colour=colours.colour_of(task.state))
    for item in _entry(task, post, thumbnail, server, t, is_kept=is_kept):
        box.add_item(item)
    return static_view(box)


def _add_grid(
    box: "discord.ui.Container[Any]", tasks: Sequence[Task], sheet: str | None, t: Texts
) -> None:
    numbered = list(enumerate(tasks, start=1))
    if sheet is not None:
        prompts = " · ".join(f"{n} {task.request.prompt}" for n, task in numbered)
        item = discord.MediaGalleryItem(f"attachment://{sheet}", description=alt(prompts))
        box.add_item(discord.ui.MediaGallery(item))
    lines = [f"**{n}** {_in_brief(task, t)}" for n, task in numbered]
    box.add_item(discord.ui.TextDisplay("\n".join(lines)))
    choices = [
        buttons.fetch(task, t, n) if _is_to_collect(task) else buttons.entry(task, n)
        for n, task in numbered
    ]
    for first in range(0, len(choices), _BUTTONS):
        box.add_item(discord.ui.ActionRow(*choices[first : first + _BUTTONS]))


def _in_brief(task: Task, t: Texts) -> str:
    parts = [escape(task.request.prompt, IN_A_GRID) or "…"]
    if task.state is not State.DELIVERED or task.images_gone:
        parts.append(wording.state(task, t))
    return " · ".join((*parts, wording.since(task.created_at)))


def _is_to_collect(task: Task) -> bool:
    return task.state is State.KEPT and not task.images_gone and task.collected_at is None


def _title(query: TaskQuery, totals: tuple[int, int] | None, t: Texts) -> str:
    parts = [f"**{t('Your tasks')}**"]
    if query.search:
        parts.append(t("with “{words}”", words=escape(query.search, SEARCH_LIMIT * 2)))
    if query.page > 1:
        parts.append(t("page {page}", page=query.page))
    title = " · ".join(parts)
    if totals is None:
        return title
    tasks, images = t.plural("{n} task", "{n} tasks", totals[0]), wording.images(totals[1], t)
    return f"{title}\n-# {t('{tasks} so far, {images}', tasks=tasks, images=images)}"


def _nothing(query: TaskQuery, t: Texts) -> str:
    if query.search or query.filter is not TaskFilter.ALL:
        return t("No matching tasks.")
    return t("None yet. Draw something with /imagine.")


def _entry(  # noqa: PLR0913 - all of it is shown
    task: Task,
    post: tuple[ChannelId, MessageId] | None,
    thumbnail: str | None,
    server: ServerId | None,
    t: Texts,
    *,
    is_kept: bool,
) -> Iterator["discord.ui.Item[Any]"]:
    small = (
        wording.state(task, t),
        wording.images(task.request.count, t),
        *([t("private")] if task.private else []),
        wording.since(task.created_at),
    )
    yield with_thumbnail(
        f"{escape(task.request.prompt, IN_A_LIST) or '…'}\n-# {' · '.join(small)}",
        thumbnail,
        alt(task.request.prompt),
        spoiler=task.request.spoiler,
    )
    offered = _buttons(task, post, server, t, is_kept=is_kept)
    if thumbnail is not None and _is_awaited(task):
        offered = [buttons.fetch(task, t), buttons.details(task, t)]
    yield discord.ui.ActionRow(*offered)


def _buttons(
    task: Task,
    post: tuple[ChannelId, MessageId] | None,
    server: ServerId | None,
    t: Texts,
    *,
    is_kept: bool,
) -> list[buttons.Button]:
    """Return two buttons at most: the likeliest action, and *More…* or *Details*."""
    if task.state in OPEN:
        return [buttons.stop(task, t), buttons.details(task, t)]
    gone = task.images_gone
    if task.state not in {State.DELIVERED, State.KEPT} or gone:
        return [*_next_try(task, t), buttons.details(task, t)]
    # The user may have left another server, and then couldn't open the link.
    is_here = task.requester.server == server
    if task.state is State.DELIVERED and post is not None and is_here:
        return [buttons.link(wording.link(server, post), t), buttons.more(task, t)]
    likeliest = buttons.fetch(task, t) if is_kept else buttons.again(task, t)
    return [likeliest, buttons.more(task, t)]


def _next_try(task: Task, t: Texts) -> list[buttons.Button]:
    """Return what a task's card offers if it ended without images."""
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
) -> list[buttons.Button]:
    row = list[buttons.Button]()
    if query.page > 2:  # noqa: PLR2004 - from the second, the first is the neighbour
        row.append(buttons.page_link(t("Newest"), _first(query)))
    if newer or older:
        row += [buttons.page_link(t("Newer"), newer), buttons.page_link(t("Older"), older)]
        row.append(buttons.jump(query, t))
    row.append(buttons.search(query, t))
    if query.search:
        row.append(buttons.page_link(t("Clear search"), TaskQuery(filter=query.filter)))
    return row
