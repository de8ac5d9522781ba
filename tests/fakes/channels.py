"""Channels that admins have named."""

from dataclasses import dataclass, field


@dataclass
class FakeChannels:
    """What was read in which channel."""

    notices: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    is_reachable: bool = True

    async def tell(self, channel_id: int, text: str) -> bool:
        if self.is_reachable:
            self.notices.append((channel_id, text))
        return self.is_reachable

    async def tell_user(self, user_id: int, text: str) -> bool:
        return await self.tell(user_id, text)
