"""A user's own tasks, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.result import Way
from bot.domain.task import Task
from bot.store.store import Store

#: Tasks on one page of ``/tasks``; Discord takes 40 components a message.
TASKS_A_PAGE = 5


@dataclass(frozen=True, slots=True)
class Page:
    """A page of somebody's tasks, newest first."""

    tasks: Sequence[Task]
    #: Where the results of a task were posted: channel and message.
    posts: Mapping[int, tuple[int, int]]
    #: Counted from 1.
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class History:
    """Only one's own tasks in one server."""

    store: Store

    async def page(self, guild_id: int, user_id: int, page: int) -> Page:
        """Return a page; one past the end is the last."""
        count = await self.store.tasks.count(guild_id, user_id)
        last = max(1, -(-count // TASKS_A_PAGE))
        page = min(max(page, 1), last)
        tasks = await self.store.tasks.history(
            guild_id, user_id, limit=TASKS_A_PAGE, offset=(page - 1) * TASKS_A_PAGE
        )
        posts = dict[int, tuple[int, int]]()
        for task in tasks:
            for post in (await self.store.tasks.posts(task.id))[:1]:
                # A direct message has no link that Discord would open from a server.
                seen_here = post.way in {Way.CHANNEL, Way.CARD}
                if seen_here and post.channel_id is not None and post.message_id is not None:
                    posts[task.id] = (post.channel_id, post.message_id)
        return Page(tasks, posts, page, last)
