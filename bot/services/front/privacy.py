"""``/privacy``: what is stored about somebody, a copy of it, and its deletion."""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from weakref import WeakValueDictionary

import structlog

from bot.domain.durations import Durations
from bot.domain.erasure import Erased, Erasure, Stored
from bot.domain.ids import InteractionId, UserId
from bot.errors import UnusablePicture
from bot.files import FileStorage
from bot.images.archive import fits
from bot.images.probe import look
from bot.store.store import Store

log = structlog.get_logger()

#: Exports written at the same time; each takes some memory, and disk space.
AT_ONCE = 2
#: Bytes left free in an archive of tasks for one more page of them.
SPARE = 2 * 1024 * 1024
#: Entries of an archive: everything but the tasks, and the tasks.
ABOUT, TASKS = "about.json", "tasks.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """Archives to hand out and then remove, and how many pictures had no room in them."""

    archives: tuple[Path, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """By a user's id, over all servers."""

    store: Store
    storage: FileStorage
    durations: Durations
    clock: Callable[[], int]
    #: Wakes the worker.
    nudge: Callable[[], None]
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    #: One export per person at a time.
    _locks: WeakValueDictionary[int, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[int, asyncio.Lock]
    )

    async def stored(self, user_id: UserId) -> Stored:
        """Count what is stored about a user."""
        return await self.store.personal.stored(user_id)

    async def delete(self, user_id: UserId, *, posts: bool) -> Erased:
        """Forget everything that is closed; ``posts``: delete its messages at Discord, too.

        It is gone for everybody when this returns; files and messages follow, whatever happens to
        this process. No quota is given back.
        """
        how = Erasure.WITH_POSTS if posts else Erasure.ASKED
        erased = await self.store.erasures.ask(user_id, how, now=self.clock())
        log.info("personal data deleted", user=user_id, tasks=erased.tasks, posts=posts)
        self.nudge()
        return erased

    async def export(
        self, user_id: UserId, interaction_id: InteractionId, *, max_bytes: int
    ) -> Exported:
        """Write what is stored about a user to archives of at most ``max_bytes`` each.

        ``interaction_id`` is how cleanup finds what a crash left behind. Pictures are added while
        there is room. The caller removes the archives.
        """
        async with self._locks.setdefault(user_id, asyncio.Lock()), self._gate:
            archives, written = list[Path](), False
            try:
                rows = aiter(self.store.personal.pages(user_id))
                while not written:
                    archives.append(self.storage.incoming(interaction_id, len(archives)))
                    about = await self._about(user_id) if len(archives) == 1 else None
                    written = await _write(archives[-1], about, rows, max_bytes - SPARE)
                left_out = await self._add_pictures(user_id, archives[-1], max_bytes)
            except BaseException:
                for path in archives:
                    path.unlink(missing_ok=True)
                raise
            return Exported(tuple(archives), left_out)

    async def _about(self, user_id: UserId) -> dict[str, Any]:
        return {
            "user": str(user_id),
            "exported": datetime.fromtimestamp(self.clock() / 1000, UTC).isoformat(),
            "times": "milliseconds since 1970-01-01, UTC",
            **await self.store.personal.besides(user_id),
        }

    async def _add_pictures(self, user_id: UserId, archive: Path, max_bytes: int) -> int:
        """Add the files that are still kept, the newest first; return how many had no room."""
        left_out = 0
        for name, file in await self.store.personal.files(user_id):
            path = self.storage.path(file)
            # Checked first, so that what has no room isn't fetched from another machine.
            room = max_bytes - (await asyncio.to_thread(archive.stat)).st_size
            if await self.storage.size(file) > room:
                left_out += 1
            elif await self.storage.has(file):
                left_out += not await asyncio.to_thread(_add, archive, name, path, max_bytes)
        return left_out


async def _write(
    archive: Path,
    about: Mapping[str, Any] | None,
    pages: AsyncIterator[list[dict[str, Any]]],
    most: int,
) -> bool:
    """Write an archive until it has ``most`` bytes; return whether that was everything."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        if about is not None:
            await asyncio.to_thread(file.writestr, ABOUT, _json(about))
        with file.open(TASKS, "w") as entry:
            entry.write(b"[\n")
            size, between = 0, b""
            while size < most and (page := await anext(pages, None)) is not None:
                size = await asyncio.to_thread(_write_page, file, entry, page, between)
                between = b",\n"
            entry.write(b"\n]\n")
    return size < most


def _write_page(
    file: zipfile.ZipFile, entry: IO[bytes], page: Sequence[Mapping[str, Any]], between: bytes
) -> int:
    """Write some rows; return how many bytes the archive has by now."""
    entry.write(between + b",\n".join(map(_json, page)))
    return 0 if file.fp is None else file.fp.tell()


def _json(value: Mapping[str, Any]) -> bytes:
    """Return it in UTF-8; what UTF-8 can't encode, such as half an emoji, is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=1).encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=1).encode()


def _add(archive: Path, name: str, path: Path, max_bytes: int) -> bool:
    """Add a file if there is room for it; return whether there was."""
    with suppress(FileNotFoundError):  # deleted just now
        if not fits(path, max_bytes - archive.stat().st_size):
            return False
        with suppress(UnusablePicture):
            name += look(path).extension
        with zipfile.ZipFile(archive, "a", zipfile.ZIP_STORED) as file:
            file.write(path, name)
    return True
