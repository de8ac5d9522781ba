"""Files on disk: references and results, kept for ``RESULT_DAYS``."""

import asyncio
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("references", "results", "copies")
#: Free bytes below which no task is started: ten 4K images of pure noise, and the database.
LEAST_FREE = 500_000_000
#: Suffix of a reference that we have converted.
CONVERTED = ".converted"

_HASHED = "sha256"


@dataclass(frozen=True, slots=True)
class FileStorage:
    """The files below ``DATA_DIR``. Their names are ours; they contain nothing that users typed.

    Results are named by the interactions that asked for them, never by row numbers, which another
    database may have used here before. The names of copies start with the original's.
    """

    root: Path

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

    def incoming(self, task_id: int, position: int) -> Path:
        """Return a new path to download a reference to."""
        return self.root / "references" / f"{task_id}-{position}-{secrets.token_hex(4)}"

    def kept_reference(self, sha256: str, *, converted: bool) -> Path:
        """Return the path of a reference with this hash, as downloaded or ``converted`` by us."""
        ending = CONVERTED if converted else ""
        return self.root / "references" / f"{_HASHED}-{sha256}{ending}"

    def result(self, interaction_id: int, position: int) -> Path:
        """Return the path of a result's original."""
        return self.root / "results" / f"{interaction_id}-{position}"

    def smaller_copy(self, original: str, max_bytes: int) -> Path:
        """Return the path of an original's copy of at most so many bytes."""
        return self.root / "copies" / f"{Path(original).name}-{max_bytes}"

    def thumbnail(self, original: str) -> Path:
        """Return the path of an original's thumbnail, for lists and menus."""
        return self.root / "copies" / f"{Path(original).name}-small"

    def archive(self, interaction_id: int) -> Path:
        """Return a new path prefix for archives of a task's originals."""
        return self.root / "copies" / f"{interaction_id}-originals-{secrets.token_hex(4)}"

    def path(self, file: str) -> Path:
        """Return the path of a file that a row refers to."""
        return self.root / file

    def has(self, file: str) -> bool:
        """Return whether a file that a row refers to still exists."""
        return self.path(file).exists()

    def name(self, path: Path) -> str:
        """Return how rows refer to a file."""
        return str(path.relative_to(self.root))

    async def copy_to(self, file: str, to: Path) -> bool:
        """Copy a file that may be deleted while the copy is used; return whether it existed."""
        try:
            await asyncio.to_thread(shutil.copyfile, self.path(file), to)
        except FileNotFoundError:
            return False
        return True

    async def remove_incoming(self, task_id: int) -> None:
        """Delete what a crash left of a task's downloads of references."""
        await asyncio.to_thread(self._remove, "references", f"{task_id}-*")

    async def remove_copies(self, original: str) -> None:
        """Delete an original's smaller copies, but not its thumbnail, which may just be in use."""
        await asyncio.to_thread(self._remove, "copies", f"{Path(original).name}-[0-9]*")

    async def remove_all_copies(self, original: str) -> None:
        """Delete an original's smaller copies and its thumbnail."""
        await asyncio.to_thread(self._remove, "copies", f"{Path(original).name}-*")

    async def remove_archives(self, interaction_id: int) -> None:
        """Delete the archives of a task's originals."""
        await asyncio.to_thread(self._remove, "copies", f"{interaction_id}-originals-*")

    def is_full(self) -> bool:
        """Return whether there is too little disk space to start a task."""
        return shutil.disk_usage(self.root).free < LEAST_FREE

    async def bytes_of_references(self) -> int:
        """Return how many bytes all references take."""
        return await asyncio.to_thread(self._bytes, "references")

    async def sweep(self, keep: Callable[[str, int], bool], *, older_than: float) -> int:
        """Delete files that are no longer needed; return how many.

        ``keep`` is called with a file's name, as rows refer to it, and the number that it starts
        with: the task's interaction or, for files of earlier versions, its row; 0 if several tasks
        may share the file. Files written after ``older_than`` (epoch seconds) are left alone: their
        rows may not be written yet.
        """
        return await asyncio.to_thread(self._sweep, keep, older_than)

    def _bytes(self, folder: str) -> int:
        total = 0
        for path in (self.root / folder).iterdir():
            with suppress(FileNotFoundError):
                total += path.stat().st_size
        return total

    def _sweep(self, keep: Callable[[str, int], bool], older_than: float) -> int:
        gone = 0
        for path in (path for folder in FOLDERS for path in (self.root / folder).iterdir()):
            first = path.name.partition("-")[0]
            if not (first.isdecimal() or first == _HASHED):
                continue
            if keep(self.name(path), int(first) if first.isdecimal() else 0):
                continue
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < older_than:
                    path.unlink()
                    gone += 1
        return gone

    def _remove(self, folder: str, names: str) -> None:
        for path in (self.root / folder).glob(names):
            path.unlink(missing_ok=True)
