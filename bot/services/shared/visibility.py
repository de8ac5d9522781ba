"""What somebody sees of a task now: the rule, with the rows and a look at Discord."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from bot.domain.reference import Reference
from bot.domain.result import Post
from bot.domain.source import FromResult, source_of
from bot.domain.task import Task
from bot.domain.visibility import (
    Viewer,
    VisibleTask,
    is_public,
    shares_place,
    shown_on,
    visible_task,
)
from bot.errors import ChatRefused, ChatUnavailable, HistoryUnreadable, NotFound
from bot.services.shared.ports import PostLookup
from bot.store.store import Store

#: For a look at Discord: as long as it may take, and for all looks together while somebody waits
#: for a form or a card, which must come within three seconds of the press.
LOOK_SECONDS, HURRIED_SECONDS = 10.0, 1.5
#: How long a message counts as there once it was seen, and how many are remembered.
TRUSTED_SECONDS, REMEMBERED = 3.0, 10_000


def press_deadline() -> float:
    """Return until when a press may look at Discord before it is answered, by the loop's clock."""
    return asyncio.get_running_loop().time() + HURRIED_SECONDS


@dataclass(frozen=True, slots=True)
class Visibility:
    """Whether a post still stands is asked of Discord when somebody else wants to see it.

    Events of deleted messages would be missed while the bot is away, and what it has missed would
    stay visible for ever; one request for a message of its own needs no intent. Whoever presses a
    button of the post itself proves that it stands.
    """

    store: Store
    chat: PostLookup
    #: Seconds, of a clock that nobody sets.
    steady: Callable[[], float] = time.monotonic
    #: Until when what was seen of a message holds, for Discord takes five looks into a channel in
    #: five seconds. One that is gone never comes back. By the steady clock.
    stood: dict[int, float] = field(default_factory=dict[int, float])
    deleted: set[int] = field(default_factory=set[int])
    #: One look at a message at a time: who comes meanwhile sees what it has shown.
    looking: WeakValueDictionary[int, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[int, asyncio.Lock]
    )

    async def visible_task(
        self, task_id: int, viewer: Viewer, *, whole: bool = True, until: float | None = None
    ) -> VisibleTask:
        """Return what somebody sees of a task; not ``whole``: whether they see any of it.

        ``until``: as ``hurried`` has it; ``None``: nobody waits.

        Raises:
            NotFound: there is none of this id for them.
            HistoryUnreadable: whether its posts stand cannot be seen.
            ChatUnavailable: Discord is failing.
        """
        task = await self.store.tasks.get(task_id)
        if task is None:
            raise NotFound
        if task.requester.user == viewer.requester.user or not shares_place(task, viewer):
            posts, gone = (), set[Post]()
        else:
            posts = await self.store.posts.of_task(task_id)
            gone = await self._gone(task, posts, viewer, until, whole=whole)
        seen = visible_task(task, posts, viewer, gone)
        if seen is None:
            raise NotFound
        return seen

    async def may_draw_from(
        self, reference: Reference, viewer: Viewer, *, until: float | None = None
    ) -> bool:
        """Tell whether somebody may draw from a reference: from a result, if they see it.

        ``until``: as ``sight``.

        Raises:
            HistoryUnreadable: as ``sight``.
            ChatUnavailable: as ``sight``.
        """
        source = source_of(reference)
        if not isinstance(source, FromResult):
            return True
        try:
            seen = await self.visible_task(source.task_id, viewer, until=until)
        except NotFound:
            return False
        return seen.shows(source.position)

    async def _gone(
        self,
        task: Task,
        posts: Sequence[Post],
        viewer: Viewer,
        until: float | None,
        *,
        whole: bool,
    ) -> set[Post]:
        public = [post for post in posts if is_public(task, post, viewer)]
        unsure = [post for post in public if not shown_on(post, viewer)]
        if not whole and len(unsure) < len(public):
            return set()
        at_most = asyncio.timeout(LOOK_SECONDS) if until is None else asyncio.timeout_at(until)
        try:
            async with at_most:
                stand = await asyncio.gather(*map(self._stands, unsure))
        except TimeoutError as error:
            raise ChatUnavailable from error
        except ChatRefused as error:
            raise HistoryUnreadable from error
        return {post for post, stands in zip(unsure, stand, strict=True) if not stands}

    async def _stands(self, post: Post) -> bool:
        assert post.channel_id is not None
        assert post.message_id is not None
        async with self.looking.setdefault(post.message_id, asyncio.Lock()):
            return await self._look(post.channel_id, post.message_id)

    async def _look(self, channel_id: int, message_id: int) -> bool:
        if message_id in self.deleted:
            return False
        if self.steady() < self.stood.get(message_id, 0):
            return True
        stands = await self.chat.stands(channel_id, message_id)
        if len(self.stood) + len(self.deleted) >= REMEMBERED:
            self.stood.clear()
            self.deleted.clear()
        if stands:
            self.stood[message_id] = self.steady() + TRUSTED_SECONDS
        else:
            self.deleted.add(message_id)
        return stands
