"""Channels that admins have named."""

from dataclasses import dataclass, field


@dataclass
class FakeChannels:
    """What was read in which channel."""

    read: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    is_there: bool = True

    async def tell(self, channel_id: int, text: str) -> bool:
        if self.is_there:
            self.read.append((channel_id, text))
        return self.is_there
