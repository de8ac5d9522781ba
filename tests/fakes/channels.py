"""Channels that admins have named."""

from dataclasses import dataclass, field

from bot.domain.ids import ChannelId, UserId
from bot.domain.task import Task
from bot.errors import ChatError, ChatUnavailable, PostUnknown

BOT = UserId(99)


@dataclass
class FakeChannels:
    """What was read in which channel."""

    own_id: UserId = BOT
    notices: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    is_reachable: bool = True
    #: Channels where nothing can be posted for now.
    failing: set[int] = field(default_factory=set[int])
    #: What happens to a log's next entries; an entry of unknown outcome has taken effect.
    log_failures: list[ChatError] = field(default_factory=list[ChatError])

    async def tell(self, channel_id: ChannelId, text: str) -> bool:
        return self._tell(channel_id, text)

    async def log_task(self, channel_id: ChannelId, task: Task, text: str, *, look: bool) -> None:
        if channel_id in self.failing:
            raise ChatUnavailable
        if self.log_failures:
            failure = self.log_failures.pop(0)
            if isinstance(failure, PostUnknown):
                self.notices.append((channel_id, text))
            raise failure
        if not (look and any(str(task.interaction_id) in said for _, said in self.notices)):
            self._tell(channel_id, text)

    async def tell_user(self, user_id: UserId, text: str) -> bool:
        return self._tell(user_id, text)

    def _tell(self, to: ChannelId | UserId, text: str) -> bool:
        is_reachable = self.is_reachable and to not in self.failing
        if is_reachable:
            self.notices.append((to, text))
        return is_reachable
