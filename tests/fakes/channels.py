"""Channels that admins have named."""

from dataclasses import dataclass, field

from bot.domain.ids import UserId
from bot.domain.task import Task
from bot.errors import ChatError, ChatUnavailable, PostUnknown


@dataclass
class FakeChannels:
    """What was read in which channel."""

    notices: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    is_reachable: bool = True
    #: Channels where nothing can be posted for now.
    failing: set[int] = field(default_factory=set[int])
    #: What the next entries of a log meet; an unknown outcome was one that took effect.
    log_failures: list[ChatError] = field(default_factory=list[ChatError])

    async def tell(self, channel_id: int, text: str) -> bool:
        is_reachable = self.is_reachable and channel_id not in self.failing
        if is_reachable:
            self.notices.append((channel_id, text))
        return is_reachable

    async def log_task(self, channel_id: int, task: Task, text: str, *, look: bool) -> None:
        if channel_id in self.failing:
            raise ChatUnavailable
        if self.log_failures:
            failure = self.log_failures.pop(0)
            if isinstance(failure, PostUnknown):
                self.notices.append((channel_id, text))
            raise failure
        if not (look and any(str(task.interaction_id) in said for _, said in self.notices)):
            await self.tell(channel_id, text)

    async def tell_user(self, user_id: UserId, text: str) -> bool:
        return await self.tell(user_id, text)
