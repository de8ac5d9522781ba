"""Pictures that people attached at Discord."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.reference import Reference
from bot.errors import Flaw, UnusablePicture
from bot.services.shared.ports import Attached


@dataclass
class FakeAttachments:
    """What links lead to, and which files messages have."""

    data: dict[str, bytes] = field(default_factory=dict[str, bytes])
    files: Sequence[Attached] = ()

    async def fetch(self, reference: Reference, to: Path, most: int) -> int:
        data = self.data.get(reference.url)
        if data is None or len(data) > most:
            raise UnusablePicture(Flaw.GONE)
        await asyncio.to_thread(to.write_bytes, data)
        return len(data)

    async def refreshed(self, url: str) -> str | None:
        return url if url in self.data else None

    async def pictures(self, channel_id: int, message_id: int) -> Sequence[Attached]:
        del channel_id, message_id
        return self.files
