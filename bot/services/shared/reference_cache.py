"""References on disk, named by what is in them: the same picture is kept once, and used again.

Others' messages are blank by REST, and links die within a day, so nothing else leads to most
pictures a day later (https://docs.discord.com/developers/events/gateway#message-content-intent).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from bot.domain.durations import Durations
from bot.domain.reference import Reference
from bot.domain.task import Task
from bot.domain.upload import Upload
from bot.files import FileStorage
from bot.images.files import sha256
from bot.store.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceCache:
    """What open tasks need stays; the rest goes with the results, or sooner for want of room.

    Which files are there is what rows say. A row is written before its file is, and taken back
    after: killed in between, it names a file that is missing, which is fetched again.
    """

    store: Store
    storage: FileStorage
    durations: Durations
    #: Epoch milliseconds.
    clock: Callable[[], int]
    #: Bytes that references may take in all.
    max_bytes: int

    async def reuse(self, task: Task, upload: Upload, reference: Reference) -> bool:
        """Give a task the picture that an earlier one had; return whether it is there.

        A picture that Discord does not vouch for (a link says whose it is, or it is from elsewhere
        and may have changed) is taken from the task's parent alone, which had fetched it.
        """
        parent_id = task.parent_id
        if reference.attachment_id is not None:
            parent_id = None
        elif parent_id is None:
            return False
        for file in await self.store.uploads.files_of(reference.key, parent_id):
            if not self.storage.has(file):
                continue
            await self.store.uploads.save(replace(upload, file=file, pixels=0))
            # It may have gone until then; from then on the row holds it.
            if self.storage.has(file):
                return True
        return False

    async def keep(self, upload: Upload, path: Path, *, converted: bool) -> None:
        """Take over the file that was fetched for a reference.

        Raises:
            OSError: it cannot be moved.
        """
        kept = self.storage.kept_reference(await sha256(path), converted=converted)
        await self.store.uploads.save(replace(upload, file=self.storage.name(kept)))
        await asyncio.to_thread(path.replace, kept)

    async def release(self, upload: Upload) -> None:
        """Forget the file of one reference; it goes unless another has it, too."""
        if upload.file is not None:
            await self._drop(upload.file, by=upload)

    async def make_room(self) -> bool:
        """Remove what no open task needs until there is room, what was used longest ago first.

        Returns whether there is room.
        """
        spare = await self.storage.bytes_of_references() - self.max_bytes
        if spare < 0:
            return True
        gone = 0
        for unused in await self.store.uploads.unused():
            freed = await self._drop(unused.file)
            spare -= freed
            gone += freed > 0
            if spare < 0:
                break
        if gone:
            log.info("references removed for want of room", files=gone)
        return spare < 0

    async def expire(self) -> int:
        """Remove what was not used for as long as results are kept; return how many went."""
        gone = 0
        for unused in await self.store.uploads.unused():
            if unused.used_at > self.clock() - self.durations.keep:
                break
            gone += await self._drop(unused.file) > 0
        await self.make_room()
        return gone

    async def _drop(self, file: str, *, by: Upload | None = None) -> int:
        """Remove a file that nothing names any more; return the bytes that it had."""
        async with self.store.uploads.dropping(file, by=by) as is_unnamed:
            return await asyncio.to_thread(_remove, self.storage.path(file)) if is_unnamed else 0


def _remove(path: Path) -> int:
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    return size
