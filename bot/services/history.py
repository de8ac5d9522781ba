"""A user's own tasks: to look at, and to fetch the images of a kept one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot.domain.result import Way, pages
from bot.domain.task import Reason, State, Task
from bot.errors import ImagesGone, NotFound, PictureGone, Stale
from bot.images.fit import fit
from bot.services.ports import Picture
from bot.services.shelf import Shelf
from bot.store.store import Store

log = structlog.get_logger()

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
    shelf: Shelf
    clock: Callable[[], int]

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

    async def task(self, task_id: int, guild_id: int, user_id: int) -> Task:
        """Return a task of this server that the user may look at.

        Raises:
            NotFound: there is none of this id here, or it is somebody else's private one.
        """
        task = await self.store.tasks.get(task_id)
        if task is None or task.guild_id != guild_id:
            raise NotFound
        if task.private and task.user_id != user_id:
            raise NotFound
        return task

    async def kept(
        self, task_id: int, guild_id: int, user_id: int, *, most: int
    ) -> list[list[Picture]]:
        """Return the images of a kept task, at most ``most`` bytes each, a list a message.

        Raises:
            NotFound: the user has no such task in this server.
            ImagesGone: they are no longer kept.
        """
        task = await self.task(task_id, guild_id, user_id)
        if task.user_id != user_id:
            raise NotFound
        if task.reason == Reason.EXPIRED:
            raise ImagesGone
        pictures = list[Picture]()
        for result in await self.store.tasks.results(task_id):
            if result.file is None or not (path := self.shelf.path(result.file)).exists():
                continue
            copy = self.shelf.copy(task_id, result.position, most)
            try:
                fitting, found = await fit(path, copy, most=most)
            except PictureGone as error:
                log.warning("a picture is broken", task=task_id, error=repr(error))
                continue
            pictures.append(Picture(result, fitting, found.ending.lstrip(".")))
        if not pictures:
            raise ImagesGone
        cuts = pages([picture.path.stat().st_size for picture in pictures])
        return [pictures[first:stop] for first, stop in cuts]

    async def fetched(self, task_id: int, images: int) -> None:
        """Charge kept images that were handed out, once."""
        for _ in range(3):
            task = await self.store.tasks.get(task_id)
            if task is None or task.state is not State.KEPT or task.charged is not None:
                return
            now = self.clock()
            try:
                await self.store.tasks.save(task.fetched(now, images), "fetched", now=now)
            except Stale:
                log.info("changed meanwhile; again", task=task_id)
            else:
                return
