"""Results and references in an object store, for processes on several machines.

Files that rows refer to are in the store. Below ``DATA_DIR`` are files in progress, and copies of
what this machine has used lately.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from typing_extensions import override

from bot.domain.ids import InteractionId
from bot.errors import FilesUnavailable
from bot.files import FileStorage, remove_old
from bot.object_store import ObjectStore

log = structlog.get_logger()

#: Seconds for which a copy stays after its last use, or after another process deleted the file.
COPIES_KEPT = 15 * 60
COPIES = "copies-of-stored"


@dataclass(slots=True)
class _State:
    #: Whether the store failed its last check.
    away: bool = False
    moving: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True)
class SharedFiles(FileStorage):
    """The files of all machines. If an object is missing, its picture is fetched again.

    Every coroutine raises ``FilesUnavailable``, unless it says otherwise.
    """

    objects: ObjectStore
    _state: _State = field(default_factory=_State)

    @override
    async def share(self, path: Path) -> None:
        name = self.name(path)
        await self.objects.put(name, path)
        await asyncio.to_thread(_move, path, self.path(name))
        self._count(name)

    @override
    def path(self, file: str) -> Path:
        return self.root / COPIES / file

    @override
    async def has(self, file: str) -> bool:
        path = self.path(file)
        if await asyncio.to_thread(_touched, path):
            return True
        part = self.incoming(InteractionId(0), 0)
        try:
            if await self.objects.get(file, part):
                await asyncio.to_thread(_move, part, path)
                return True
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        await self._store_old(file)
        return await asyncio.to_thread(_touched, path)

    async def _store_old(self, file: str) -> None:
        """Move to the store a file that is on this disk from before the store was in use."""
        old = self.root / file
        async with self._state.moving:
            # Another step may just have moved it.
            if await asyncio.to_thread(old.exists):
                await self.share(old)

    @override
    async def size(self, file: str) -> int:
        return await super().size(file) or await self.objects.size(file) or _size(self.root / file)

    @override
    async def remove_result(self, original: str) -> None:
        await super().remove_result(original)
        await asyncio.to_thread((self.root / original).unlink, missing_ok=True)
        await self.objects.remove(original)

    @override
    async def unshare(self, file: str, freed: int) -> int:
        await asyncio.to_thread((self.root / file).unlink, missing_ok=True)
        freed = await self.objects.size(file)
        await self.objects.remove(file)
        return await super().unshare(file, freed)

    @override
    async def _measured(self) -> int:
        return sum([each.bytes async for each in self.objects.all("references")])

    @override
    def is_usable(self) -> bool:
        return not self._state.away and super().is_usable()

    @override
    async def check(self) -> None:
        probe = self.incoming(InteractionId(0), 0)
        try:
            await self._try(probe)
        except FilesUnavailable:
            self._state.away = True
            raise
        finally:
            probe.unlink(missing_ok=True)
        self._state.away = False

    async def _try(self, probe: Path) -> None:
        """Store something, and see whether it comes back."""
        # Named so that a sweep deletes one whose answer was lost.
        name, content = f"results/0/writable-{secrets.token_hex(4)}", secrets.token_bytes(16)
        await asyncio.to_thread(probe.write_bytes, content)
        await self.objects.put(name, probe)
        is_there = await self.objects.get(name, probe)
        await self.objects.remove(name)
        if not is_there or await asyncio.to_thread(probe.read_bytes) != content:
            raise FilesUnavailable("it gives back something else than what was stored")

    @override
    async def trim(self) -> None:
        until = time.time() - COPIES_KEPT
        gone = await asyncio.to_thread(_trimmed, self.root / COPIES, until)
        if gone:
            log.info("copies removed", files=gone)

    @override
    async def sweep(self, keep: Callable[[str, int], bool], *, older_than: float) -> int:
        gone = 0
        for folder in ("references", "results"):
            async for each in self.objects.all(folder):
                first = each.name.split("/")[1].partition("-")[0]
                number = int(first) if first.isdecimal() else 0
                if each.written_at < older_than and not keep(each.name, number):
                    await self.objects.remove(each.name)
                    gone += 1
        return gone

    @override
    async def sweep_disk(self, keep: Callable[[str, int], bool], *, older_than: float) -> int:
        gone = await super().sweep(keep, older_than=older_than)
        old = await asyncio.to_thread(self._old, keep, older_than)
        for file in old:
            with suppress(FileNotFoundError):  # another process has just moved it
                await self._store_old(file)
        if old:
            log.info("files moved to the object store", files=len(old))
        return gone

    def _old(self, keep: Callable[[str, int], bool], older_than: float) -> list[str]:
        """Return the files that rows refer to, and that nobody is writing."""
        found = list[str]()
        for folder in ("references", "results"):
            for name, _, files in os.walk(self.root / folder):
                for path in (Path(name, file) for file in files):
                    with suppress(FileNotFoundError):  # another process has just moved it
                        if keep(self.name(path), 0) and path.stat().st_mtime < older_than:
                            found.append(self.name(path))
        return found


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _move(path: Path, to: Path) -> None:
    """Move a file, unless somebody else just has."""
    while path.exists():
        # Another step may move it meanwhile, or a trim remove the folder while it is empty.
        with suppress(FileNotFoundError):
            to.parent.mkdir(parents=True, exist_ok=True)
            os.utime(path)  # it was just used, however old it is
            path.replace(to)


def _touched(path: Path) -> bool:
    """Return whether a copy exists; from now on it counts as just used."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _trimmed(folder: Path, until: float) -> int:
    gone = 0
    # Not rglob, which fails where another process has just removed a folder.
    for name, _, files in os.walk(folder, topdown=False):
        path = Path(name)
        gone += sum(remove_old(path / file, until) for file in files)
        with suppress(OSError):  # it has files, or is gone
            if path != folder and path.stat().st_mtime < until:
                path.rmdir()
    return gone
