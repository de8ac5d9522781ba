"""What a user may see of a task now: the rule applied to the rows and to Discord."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from bot.domain.ids import ChannelId, MessageId, TaskId
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
from bot.errors import ChatRefused, ChatUnavailable, HistoryUnreadable
from bot.refusals import NotFound
from bot.services.shared.ports import PostLookup
from bot.store.store import Store

#: Seconds for checking posts at Discord: usually, and while a user is waiting for a form or a card,
#: which is due within three seconds.
LOOK_SECONDS, HURRIED_SECONDS = 10.0, 1.5
#: Seconds for which a message that was seen is trusted to exist, and how many are remembered.
TRUSTED_SECONDS, REMEMBERED = 3.0, 10_000


def press_deadline() -> float:
    """Return until when (loop time) a press may check posts before it is answered."""
    return asyncio.get_running_loop().time() + HURRIED_SECONDS


@dataclass(frozen=True, slots=True)
class Visibility:
    """Asks Discord whether a post still exists when somebody other than its requester looks.

    The bot misses deletions while it is offline, and would show such posts for ever; reading one of
    our own messages needs no intent. Pressing a button of a post proves that it exists.
    """

    store: Store
    chat: PostLookup
    #: Seconds of the monotonic clock.
    steady: Callable[[], float] = time.monotonic
    #: Until when (monotonic) a message is trusted to exist: Discord allows five reads of a channel
    #: in five seconds. A deleted message never comes back.
    stood: dict[MessageId, float] = field(default_factory=dict[MessageId, float])
    deleted: set[MessageId] = field(default_factory=set[MessageId])
    #: One check of a message at a time; others wait for its result.
    looking: WeakValueDictionary[MessageId, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[MessageId, asyncio.Lock]
    )

    async def visible_task(
        self, task_id: TaskId, viewer: Viewer, *, whole: bool = True, until: float | None = None
    ) -> VisibleTask:
        """Return what a viewer sees of a task; not ``whole``: only whether they see any of it.

        ``until``: as ``press_deadline`` returns it; ``None``: nobody is waiting.

        Raises:
            NotFound: there is nothing of this task for them.
            HistoryUnreadable: the bot cannot check whether its posts still exist.
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
        """Tell whether a viewer may draw from a reference; from a result only if they see it.

        Nobody draws from a deleted result, not even its requester, nor from a picture once the
        person who attached it has had that task forgotten.

        ``until``: as ``visible_task``.

        Raises:
            HistoryUnreadable: as ``visible_task``.
            ChatUnavailable: as ``visible_task``.
        """
        source = source_of(reference)
        if not isinstance(source, FromResult):
            return not await self.is_withdrawn(reference)
        try:
            seen = await self.visible_task(source.task_id, viewer, until=until)
        except NotFound:
            return False
        # A message of several images stays when one of them is deleted.
        return seen.shows(source.position) and not await self._is_deleted(seen.task, source)

    async def is_withdrawn(self, reference: Reference) -> bool:
        """Tell whether the person who attached a picture has had that task forgotten."""
        by = reference.lent_by
        return by is not None and not await self.store.erasures.knows(by)

    async def _is_deleted(self, task: Task, source: FromResult) -> bool:
        if task.deleting or task.removing == source.position:
            return True
        results = await self.store.results.of_task(task.id)
        return any(each.deleted for each in results if each.position == source.position)

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
                exist = await asyncio.gather(*map(self._exists, unsure))
        except TimeoutError as error:
            raise ChatUnavailable from error
        except ChatRefused as error:
            raise HistoryUnreadable from error
        return {post for post, exists in zip(unsure, exist, strict=True) if not exists}

    async def _exists(self, post: Post) -> bool:
        assert post.channel_id is not None
        assert post.message_id is not None
        async with self.looking.setdefault(post.message_id, asyncio.Lock()):
            return await self._look(post.channel_id, post.message_id)

    async def _look(self, channel_id: ChannelId, message_id: MessageId) -> bool:
        if message_id in self.deleted:
            return False
        if self.steady() < self.stood.get(message_id, 0):
            return True
        exists = await self.chat.message_exists(channel_id, message_id)
        if len(self.stood) + len(self.deleted) >= REMEMBERED:
            self.stood.clear()
            self.deleted.clear()
        if exists:
            self.stood[message_id] = self.steady() + TRUSTED_SECONDS
        else:
            self.deleted.add(message_id)
        return exists
