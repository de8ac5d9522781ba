"""The messages that carry results."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.ids import ChannelId, MessageId
from bot.domain.result import Post, Way
from bot.domain.task import Task
from bot.errors import ChatRefused
from bot.services.shared.ports import Posted, ResultFile

MISSING_PERMISSIONS = 50013


@dataclass
class FakePosting:
    """Messages by the nonce of their page."""

    posts: dict[str, Posted] = field(default_factory=dict[str, Posted])
    #: Images that were taken off their page: its nonce, and their position.
    removed: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    #: Ways by which nothing can be posted.
    closed: frozenset[Way] = frozenset()
    #: The interactions whose requesters know that images wait.
    told: set[int] = field(default_factory=set[int])

    async def post(
        self,
        task: Task,
        post: Post,
        pictures: Sequence[ResultFile],
        pages: int,
        *,
        before: int,
        awaited: Sequence[int] = (),
    ) -> Posted:
        assert pictures, "a page shows something"
        del task, pages, before, awaited
        if post.way in self.closed:
            raise ChatRefused(MISSING_PERMISSIONS, "no")
        return self.posts.setdefault(
            post.nonce, Posted(ChannelId(30), MessageId(99 + len(self.posts)))
        )

    async def find_post(self, task: Task, post: Post) -> Posted | None:
        del task
        return self.posts.get(post.nonce)

    async def remove_image(
        self,
        task: Task,
        post: Post,
        there: Posted,
        position: int,
        pages: int,
        *,
        before: int,
    ) -> None:
        del task, there, pages, before
        self.removed.add((post.nonce, position))

    async def tell_requester(self, task: Task, *, until: int, before: int) -> None:
        del until, before
        self.told.add(task.interaction_id)

    async def shows_results(self, task: Task, channel_id: ChannelId, message_id: MessageId) -> bool:
        del task
        return Posted(channel_id, message_id) in self.posts.values()

    async def delete_message(self, channel_id: ChannelId, message_id: MessageId) -> None:
        gone = Posted(channel_id, message_id)
        self.posts = {nonce: each for nonce, each in self.posts.items() if each != gone}
