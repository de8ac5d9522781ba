"""Pictures that people attached at Discord."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.ids import ChannelId, MessageId
from bot.domain.reference import Reference
from bot.errors import Flaw, UnusablePicture
from bot.services.shared.ports import AttachedFile


@dataclass
class FakeAttachments:
    """The files behind links, and which files messages have."""

    data: dict[str, bytes] = field(default_factory=dict[str, bytes])
    files: Sequence[AttachedFile] = ()

    async def fetch(self, reference: Reference, to: Path, max_bytes: int) -> int:
        data = self.data.get(reference.url)
        if data is None or len(data) > max_bytes:
            raise UnusablePicture(Flaw.GONE)
        await asyncio.to_thread(to.write_bytes, data)
        return len(data)

    async def refresh_url(self, url: str) -> str | None:
        return url if url in self.data else None

    async def attached_files(
        self, channel_id: ChannelId, message_id: MessageId
    ) -> Sequence[AttachedFile]:
        del channel_id, message_id
        return self.files
