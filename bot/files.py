"""Files on disk: references and results, kept for ``RESULT_DAYS``."""

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.ids import InteractionId

FOLDERS = ("incoming", "references", "results")
#: Free bytes below which no task is started: ten 4K images of pure noise, and the database.
LEAST_FREE = 500_000_000
#: Seconds for which the bytes of all references are cached.
MEASURED = 60
#: Suffix of a reference that we have converted.
CONVERTED = ".converted"

_HASHED = "sha256"


@dataclass(slots=True)
class _References:
    """The bytes that all references take."""

    bytes: int = 0
    #: By the monotonic clock, in seconds. Files added or deleted since are counted in.
    measured_at: float = float("-inf")


@dataclass(frozen=True, slots=True)
class FileStorage:
    """The files below ``DATA_DIR``. Their names are ours; they contain nothing that users typed.

    A task's results are in a folder of their own, with their copies and archives, so that no
    operation goes through the files of all tasks. The folder is named by the interaction that asked
    for them, never by a row number, which another database may have used here before.
    """

    root: Path
    _references: _References = field(init=False, default_factory=_References)

    def prepare(self) -> None:
        """Create the folders, and check that files can be written to them.

        Raises:
            OSError: they can't; ``filename`` says where.
        """
        for folder in FOLDERS:
            path = self.root / folder
            path.mkdir(parents=True, exist_ok=True)
            probe = path / f"writable-{secrets.token_hex(4)}"
            probe.write_bytes(b"?")
            probe.unlink()
        # Earlier versions kept copies here; they are made again when needed.
        shutil.rmtree(self.root / "copies", ignore_errors=True)

    def incoming(self, interaction_id: InteractionId, position: int) -> Path:
        """Return a new path for a file that is needed for a while, such as a downloaded reference.

        A sweep finds what a crash left by the id; 0: there is no interaction.
        """
        return self.root / "incoming" / f"{interaction_id}-{position}-{secrets.token_hex(4)}"

    def kept_reference(self, sha256: str, *, converted: bool) -> Path:
        """Return the path of a reference with this hash, as downloaded or ``converted`` by us."""
        ending = CONVERTED if converted else ""
        return self.root / "references" / f"{_HASHED}-{sha256}{ending}"

    def result(self, interaction_id: InteractionId, position: int) -> Path:
        """Return the path of a result's original; its folder exists."""
        return self._folder(interaction_id) / str(position)

    def smaller_copy(self, original: str, max_bytes: int) -> Path:
        """Return the path of an original's copy of at most ``max_bytes``; its folder exists."""
        return self._beside(original, str(max_bytes))

    def thumbnail(self, original: str) -> Path:
        """Return the path of an original's thumbnail, for lists and menus; its folder exists."""
        return self._beside(original, "small")

    def archive(self, interaction_id: InteractionId) -> Path:
        """Return a new path prefix for archives of a task's originals; its folder exists."""
        return self._folder(interaction_id) / f"originals-{secrets.token_hex(4)}"

    def path(self, file: str) -> Path:
        """Return the path of a file that a row refers to."""
        return self.root / file

    async def share(self, path: Path) -> None:
        """Make a whole file available to other machines; it is then at the ``path`` of its name.

        Raises:
            FilesUnavailable: the object store can't be written now.
        """
        self._count(self.name(path))

    async def has(self, file: str) -> bool:
        """Return whether a file that a row refers to still exists; if so, it is now on this disk.

        Raises:
            FilesUnavailable: the object store can't be read now.
        """
        return self.path(file).exists()

    async def size(self, file: str) -> int:
        """Return the size in bytes of a file that a row refers to; 0: it doesn't exist.

        Raises:
            FilesUnavailable: as ``has``.
        """
        with suppress(FileNotFoundError):
            return self.path(file).stat().st_size
        return 0

    def name(self, path: Path) -> str:
        """Return how rows refer to a file."""
        return str(path.relative_to(self.root))

    async def copy_to(self, file: str, to: Path) -> bool:
        """Copy a file that may be deleted while the copy is used; return whether it existed.

        Raises:
            FilesUnavailable: as ``has``.
        """
        if not await self.has(file):
            return False
        try:
            await asyncio.to_thread(shutil.copyfile, self.path(file), to)
        except FileNotFoundError:
            return False
        return True

    async def remove_incoming(self, interaction_id: InteractionId) -> None:
        """Delete what a crash left of a task's downloads of references."""
        folder, start = self.root / "incoming", f"{interaction_id}-"
        # Usually there is nothing, and looking costs less than a call to a thread.
        if any(file.startswith(start) for file in _names(folder)):
            await asyncio.to_thread(_remove, folder, f"{start}*")

    async def remove_result(self, original: str) -> None:
        """Delete an original, its smaller copies and its thumbnail.

        Raises:
            FilesUnavailable: as ``share``; it may still be in the object store.
        """
        await asyncio.to_thread(self._remove_result, original)

    async def remove_copies(self, original: str) -> None:
        """Delete an original's smaller copies, but not its thumbnail, which may be in use."""
        folder, name = self._place(original)
        # Usually there are none, and looking costs less than a call to a thread.
        if any(file.startswith(f"{name}-") for file in _names(folder)):
            await asyncio.to_thread(_remove, folder, f"{name}-[0-9]*")

    async def remove_archives(self, interaction_id: InteractionId) -> None:
        """Delete the archives of a task's originals."""
        folder = self.root / "results" / str(interaction_id)
        await asyncio.to_thread(_remove, folder, "originals-*")

    async def unshare(self, file: str, freed: int) -> int:  # noqa: ARG002 - as in SharedFiles
        """Delete a reference, already deleted here, for all machines; return how many bytes it had.

        ``freed``: the bytes that it took on this disk.

        Raises:
            FilesUnavailable: as ``remove_result``.
        """
        self._references.bytes -= freed
        return freed

    async def check(self) -> None:
        """Check that files can be shared.

        Raises:
            FilesUnavailable: they can't.
        """

    async def trim(self) -> None:
        """Delete copies of shared files that were not used lately."""

    def is_usable(self) -> bool:
        """Return whether new tasks' files can be stored, as far as is known."""
        return not self.is_full()

    def is_full(self) -> bool:
        """Return whether there is too little disk space to start a task."""
        return shutil.disk_usage(self.root).free < LEAST_FREE

    async def bytes_of_references(self) -> int:
        """Return how many bytes all references take, as counted within the last minute."""
        known, now = self._references, time.monotonic()
        if now - known.measured_at > MEASURED:
            known.bytes, known.measured_at = await self._measured(), now
        return known.bytes

    async def _measured(self) -> int:
        return await asyncio.to_thread(self._bytes, "references")

    def _count(self, file: str) -> None:
        if file.startswith("references"):
            self._references.bytes += self.path(file).stat().st_size

    async def sweep(self, keep: Callable[[str, int], bool], *, older_than: float) -> int:
        """Delete files that are no longer needed; return how many.

        ``keep`` is called with a file's name, as rows refer to it, and the number that it starts
        with: the task's interaction or, for files of earlier versions, its row; 0 if several tasks
        may share the file. Files written after ``older_than`` (epoch seconds) are left alone: their
        rows may not be written yet.
        """
        return await asyncio.to_thread(self._sweep, keep, older_than)

    async def sweep_disk(
        self,
        keep: Callable[[str, int], bool],  # noqa: ARG002 - as in SharedFiles
        *,
        older_than: float,  # noqa: ARG002
    ) -> int:
        """Do as ``sweep`` on a disk that only this machine uses; here all processes share it.

        Files that rows refer to are moved to where all machines find them.

        Raises:
            FilesUnavailable: as ``share``.
        """
        return 0

    def _bytes(self, folder: str) -> int:
        total = 0
        for path in (self.root / folder).iterdir():
            with suppress(FileNotFoundError):
                total += path.stat().st_size
        return total

    def _folder(self, interaction_id: InteractionId) -> Path:
        folder = self.root / "results" / str(interaction_id)
        folder.mkdir(exist_ok=True)
        return folder

    def _place(self, original: str) -> tuple[Path, str]:
        """Return the folder for an original's copies, and what their names start with."""
        path = self.path(original)
        # Earlier versions kept originals as "results/interaction-position".
        interaction_id, is_flat, position = path.name.partition("-")
        return (path.parent / interaction_id, position) if is_flat else (path.parent, path.name)

    def _beside(self, original: str, suffix: str) -> Path:
        folder, name = self._place(original)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}-{suffix}"

    def _remove_result(self, original: str) -> None:
        self.path(original).unlink(missing_ok=True)
        folder, name = self._place(original)
        _remove(folder, f"{name}-*")
        with suppress(OSError):  # it has other files, or was never made
            folder.rmdir()

    def _sweep(self, keep: Callable[[str, int], bool], older_than: float) -> int:
        gone = 0
        for entry in (entry for folder in FOLDERS for entry in (self.root / folder).iterdir()):
            first = entry.name.partition("-")[0]
            if not (first.isdecimal() or first == _HASHED):
                continue
            number = int(first) if first.isdecimal() else 0
            gone += sum(
                remove_old(path, older_than)
                for path in (entry.glob("*") if entry.is_dir() else [entry])
                if not keep(self.name(path), number)
            )
            with suppress(OSError):  # a file, or a folder with files
                entry.rmdir()
        return gone


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - pathlib takes three times as long
    except FileNotFoundError:
        return []


def remove_old(path: Path, older_than: float) -> bool:
    """Delete a file written before ``older_than`` (epoch seconds); return whether it was."""
    with suppress(OSError):  # it's gone, or not ours to delete: the others are deleted anyway
        if path.stat().st_mtime < older_than:
            path.unlink()
            return True
    return False


def _remove(folder: Path, names: str) -> None:
    for path in folder.glob(names):
        path.unlink(missing_ok=True)
