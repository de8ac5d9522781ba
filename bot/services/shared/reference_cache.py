"""References on disk, named by their content: a picture is stored once, however often it is used.

A day later most pictures cannot be fetched again: links expire, and other people's messages come
without their attachments (https://docs.discord.com/developers/events/gateway#message-content-intent).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
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
    """Keeps what open tasks need; the rest for a while, or less long when space runs out.

    The rows say which files exist. A row is written before its file and cleared after: a process
    killed in between leaves a row that names a missing file, which is fetched again.
    """

    store: Store
    storage: FileStorage
    durations: Durations
    #: Epoch milliseconds.
    clock: Callable[[], int]
    #: Bytes that all references together may take.
    max_bytes: int

    async def reuse(self, task: Task, upload: Upload, reference: Reference) -> bool:
        """Reuse the file of an earlier task; return whether there is one.

        Without an attachment's id nothing proves that a link still leads to the same picture; then
        only the file of the task's parent is reused.

        Raises:
            FilesUnavailable: the object store has one, but can't provide it now.
        """
        parent_id = task.parent_id
        if reference.attachment_id is not None:
            parent_id = None
        elif parent_id is None:
            return False
        keys = {reference.key, reference.own_key}
        for file in await self.store.uploads.files_of(keys, parent_id):
            if not await self.storage.has(file):
                continue
            await self.store.uploads.save(replace(upload, file=file, pixels=0))
            # It may have been removed before the row was written; after that it stays.
            if await self.storage.has(file):
                return True
        return False

    async def keep(self, upload: Upload, path: Path, *, converted: bool) -> None:
        """Store the file that was fetched for a reference.

        Raises:
            OSError: it cannot be moved.
            FilesUnavailable: it cannot be shared.
        """
        kept = self.storage.kept_reference(await sha256(path), converted=converted)
        await self.store.uploads.save(replace(upload, file=self.storage.name(kept)))
        await asyncio.to_thread(path.replace, kept)
        await self.storage.share(kept)

    async def release(self, upload: Upload) -> None:
        """Forget the file of one reference; it is removed unless another one uses it."""
        if upload.file is not None:
            await self._drop(upload.file, by=upload)

    async def make_room(self) -> bool:
        """Remove files that no open task needs until there is room, least recently used first.

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
        """Remove files unused for as long as references are kept; return how many."""
        gone = 0
        for unused in await self.store.uploads.unused():
            if unused.used_at > self.clock() - self.durations.keep_references:
                break
            gone += await self._drop(unused.file) > 0
        await self.make_room()
        return gone

    async def _drop(self, file: str, *, by: Upload | None = None) -> int:
        """Remove a file unless a row still names it; return the bytes that were freed."""
        remove = partial(_remove, self.storage.path(file))
        freed = await self.store.uploads.drop(file, remove, by=by)
        return 0 if freed is None else await self.storage.unshare(file, freed)


def _remove(path: Path) -> int:
    try:
        size = path.stat().st_size
        path.unlink()
    except OSError:  # gone already, or not ours to delete: once no row names it, it is swept
        return 0
    return size
