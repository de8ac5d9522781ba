"""Messages that stand, or were deleted."""

import asyncio
from dataclasses import dataclass, field

from bot.domain.ids import ChannelId, MessageId

#: Seconds that a look takes beyond Discord's rate limit: longer than any test waits.
LIMITED = 600.0


@dataclass
class FakePostLookup:
    """Discord, as far as messages are looked at."""

    #: Channel and message of those that stand; ``None``: every one does.
    existing: set[tuple[int, int]] | None = None
    fails: Exception | None = None
    #: How many looks are answered at once.
    quick: int | None = None
    asked: list[int] = field(default_factory=list[int])

    async def message_exists(self, channel_id: ChannelId, message_id: MessageId) -> bool:
        self.asked.append(message_id)
        is_late = self.quick is not None and len(self.asked) > self.quick
        await asyncio.sleep(LIMITED if is_late else 0.01)
        if self.fails is not None:
            raise self.fails
        return self.existing is None or (channel_id, message_id) in self.existing
