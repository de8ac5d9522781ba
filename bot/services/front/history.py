"""A user's own tasks, a page at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain.result import Way
from bot.domain.task import Task
from bot.domain.task_query import TaskQuery
from bot.files import FileStorage
from bot.services.shared.thumbnails import small
from bot.store.store import Store

#: Tasks on one page of ``/tasks``: with buttons and thumbnails, Discord's 40 components hold four.
TASKS_A_PAGE = 4


@dataclass(frozen=True, slots=True)
class Page:
    """A page of somebody's tasks, newest first."""

    #: What it is, its page within the bounds.
    query: TaskQuery
    pages: int
    tasks: Sequence[Task]
    #: Where the results of a task were posted: channel and message.
    posts: Mapping[int, tuple[int, int]]
    #: Small pictures of tasks whose originals are kept.
    thumbnails: Mapping[int, Path]


@dataclass(frozen=True, slots=True)
class History:
    """Only one's own tasks in one server, and what is kept from servers that the bot has left.

    Nobody can ask for it there any more.
    """

    store: Store
    storage: FileStorage

    async def page(
        self,
        guild_id: int,
        user_id: int,
        wanted: TaskQuery,
        *,
        servers: Collection[int] | None = None,
    ) -> Page:
        """Return a page; one past the end is the last.

        ``servers``: those that the bot is in; ``None``: not all are known yet.
        """
        search, show = wanted.search, wanted.filter
        count = await self.store.history.count(
            guild_id, user_id, show=show, search=search, servers=servers
        )
        last = max(1, -(-count // TASKS_A_PAGE))
        page = min(max(wanted.page, 1), last)
        skipped = (page - 1) * TASKS_A_PAGE
        found = await self.store.history.page(
            guild_id,
            user_id,
            limit=TASKS_A_PAGE,
            offset=skipped,
            show=show,
            search=search,
            servers=servers,
        )
        posts, thumbnails = dict[int, tuple[int, int]](), dict[int, Path]()
        for task in found:
            post = await self._post(task)
            if post is not None:
                posts[task.id] = post
            picture = await self._thumbnail(task)
            if picture is not None:
                thumbnails[task.id] = picture
        return Page(replace(wanted, page=page), last, found, posts, thumbnails)

    async def _post(self, task: Task) -> tuple[int, int] | None:
        # Discord opens no direct message from a server, and an ephemeral card from nowhere.
        lasting = {Way.CHANNEL} if task.private else {Way.CHANNEL, Way.CARD}
        for post in await self.store.posts.of_task(task.id):
            if post.way in lasting and post.channel_id and post.message_id:
                return post.channel_id, post.message_id
        return None

    async def _thumbnail(self, task: Task) -> Path | None:
        """Return the small picture of its first result that is kept."""
        for result in await self.store.results.of_task(task.id):
            if result.file is not None:
                return await small(self.storage, result)
        return None
