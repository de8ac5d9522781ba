"""``/tasks``: a user's own tasks, page by page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain.ids import ChannelId, MessageId, ServerId, TaskId
from bot.domain.requester import Requester
from bot.domain.result import Result, Way
from bot.domain.task import Task
from bot.domain.task_query import LISTED, Jump, TaskFilter, TaskQuery
from bot.files import FileStorage
from bot.images.sheet import sheet
from bot.services.shared.thumbnails import small
from bot.store.store import Store

#: Tasks on a page.
TASKS_A_PAGE = 9
#: How many of a list's newest tasks can be jumped to.
REACHED = 90_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of a user's tasks, newest first."""

    query: TaskQuery
    #: The neighbouring pages; ``None``: there is none.
    newer: TaskQuery | None
    older: TaskQuery | None
    tasks: Sequence[Task]
    #: By task id: channel and message of the results.
    posts: Mapping[TaskId, tuple[ChannelId, MessageId]]
    #: By task id, if its originals are kept.
    thumbnails: Mapping[TaskId, Path]
    #: The tasks that still have an original.
    kept: Collection[TaskId]
    #: The grid's picture, as a WebP; ``None``: it is a list, or none has a thumbnail.
    sheet: bytes | None = None
    #: How many tasks and images the user has ever had; only in the list of all servers.
    totals: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Lists a user's tasks in one server, and those from servers that the bot has left.

    Those servers no longer have ``/tasks``. Only the user sees the list, so it may show tasks from
    all servers.
    """

    store: Store
    storage: FileStorage

    async def page(
        self,
        requester: Requester,
        query: TaskQuery,
        *,
        servers: Collection[ServerId] | None = None,
    ) -> Page:
        """Return a page.

        ``servers``: those that the bot is in; ``None``: not all are known yet.
        """
        found = await self.store.history.page(requester, query, limit=TASKS_A_PAGE, servers=servers)
        first = replace(query, page=1, before=None, after=None)
        page = 1 if found.newer is None else max(query.page, 2)
        totals = None
        if query.filter is TaskFilter.EVERYWHERE:
            # This reads all of them, so the other lists do without.
            totals = await self.store.history.totals(requester.user)
        return replace(
            await self.page_of(found.tasks),
            query=replace(query, page=page),
            newer=replace(first, page=page - 1, after=found.newer) if found.newer else None,
            older=replace(first, page=page + 1, before=found.older) if found.older else None,
            totals=totals,
        )

    async def page_of(self, tasks: Sequence[Task]) -> Page:
        """Return a page with just these tasks."""
        posts, thumbnails = dict[TaskId, tuple[ChannelId, MessageId]](), dict[TaskId, Path]()
        kept = set[TaskId]()
        for task in tasks:
            post = await self._post(task)
            if post is not None:
                posts[task.id] = post
            result = await self._first_kept(task)
            if result is None:
                continue
            kept.add(task.id)
            thumbnail = await small(self.storage, result)
            if thumbnail is not None:
                thumbnails[task.id] = thumbnail
        in_grid = [
            None if each.request.spoiler else thumbnails.get(each.id)
            for each in tasks
            if len(tasks) > LISTED
        ]
        return Page(
            query=TaskQuery(),
            newer=None,
            older=None,
            tasks=tasks,
            posts=posts,
            thumbnails=thumbnails,
            kept=kept,
            sheet=await sheet(in_grid) if any(in_grid) else None,
        )

    async def jump(
        self,
        requester: Requester,
        query: TaskQuery,
        to: Jump,
        *,
        servers: Collection[ServerId] | None = None,
    ) -> TaskQuery:
        """Return the query for a page, or for the last one if there are fewer."""
        ids = self.store.history.ids
        first, page = replace(query, page=1, before=None, after=None), to.page
        if to.until is not None:
            since = replace(first, after=to.until)
            page = (
                len(await ids(requester, since, most=REACHED, servers=servers)) // TASKS_A_PAGE + 1
            )
        # One more, as the page must not be empty.
        most = min((page - 1) * TASKS_A_PAGE + 1, REACHED)
        there = await ids(requester, first, most=most, servers=servers)
        page = max(0, len(there) - 1) // TASKS_A_PAGE + 1
        if page == 1:
            return first
        return replace(first, page=page, before=there[(page - 1) * TASKS_A_PAGE - 1])

    async def _post(self, task: Task) -> tuple[ChannelId, MessageId] | None:
        # A link can't open a direct message from within a server, nor an ephemeral card at all.
        linkable = {Way.CHANNEL} if task.private else {Way.CHANNEL, Way.CARD}
        for post in await self.store.posts.of_task(task.id):
            if post.way in linkable and post.channel_id and post.message_id:
                return post.channel_id, post.message_id
        return None

    async def _first_kept(self, task: Task) -> Result | None:
        if task.images_gone:
            return None
        for result in await self.store.results.of_task(task.id):
            if result.file is not None and result.position != task.removing:
                return result
        return None
