"""Where files are kept: references and results, for ``RESULT_DAYS``."""

import asyncio
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("references", "results", "copies")
#: Bytes: ten 4K pictures of pure noise, and the database.
LEAST_FREE = 500_000_000
#: The name's end of a reference that is not as it came.
CONVERTED = ".converted"

_HASHED = "sha256"


@dataclass(frozen=True, slots=True)
class FileStorage:
    """The files below ``DATA_DIR``. Their names are ours; nothing a user typed is in them.

    Results are named by the interactions that asked for them, never by rows: what another database
    left lying here is not theirs. Whatever is made of a result has its name from the result's.
    """

    root: Path

    def prepare(self) -> None:
        """Make the folders, and see that files can be written there.

        Raises:
            OSError: they cannot; ``filename`` is which.
        """
        for folder in FOLDERS:
            path = self.root / folder
            path.mkdir(parents=True, exist_ok=True)
            probe = path / f"writable-{secrets.token_hex(4)}"
            probe.write_bytes(b"?")
            probe.unlink()

    def incoming(self, task_id: int, position: int) -> Path:
        """Return where a reference is fetched to; each call, elsewhere."""
        return self.root / "references" / f"{task_id}-{position}-{secrets.token_hex(4)}"

    def kept_reference(self, sha256: str, *, converted: bool) -> Path:
        """Return where a reference of this hash is kept, as it came or ``converted`` by us."""
        ending = CONVERTED if converted else ""
        return self.root / "references" / f"{_HASHED}-{sha256}{ending}"

    def result(self, interaction_id: int, position: int) -> Path:
        """Return where the original of a result is kept."""
        return self.root / "results" / f"{interaction_id}-{position}"

    def smaller_copy(self, original: str, most: int) -> Path:
        """Return where the copy of an original is kept that has at most ``most`` bytes."""
        return self.root / "copies" / f"{Path(original).name}-{most}"

    def thumbnail(self, original: str) -> Path:
        """Return where the small picture of an original is kept, for lists and menus."""
        return self.root / "copies" / f"{Path(original).name}-small"

    def archive(self, interaction_id: int) -> Path:
        """Return beside which archives of a task's originals are made; each call, another."""
        return self.root / "copies" / f"{interaction_id}-originals-{secrets.token_hex(4)}"

    def path(self, file: str) -> Path:
        """Return where the file is that a row names."""
        return self.root / file

    def has(self, file: str) -> bool:
        """Tell whether the file that a row names is still there."""
        return self.path(file).exists()

    def name(self, path: Path) -> str:
        """Return how a row names a file."""
        return str(path.relative_to(self.root))

    async def copy_to(self, file: str, to: Path) -> bool:
        """Copy the file that a row names, which may go while the copy is used.

        Returns whether it was there.
        """
        try:
            await asyncio.to_thread(shutil.copyfile, self.path(file), to)
        except FileNotFoundError:
            return False
        return True

    async def remove_incoming(self, task_id: int) -> None:
        """Remove what a crash left of a task's references while they were fetched."""
        await asyncio.to_thread(self._remove, "references", f"{task_id}-*")

    async def remove_copies(self, original: str) -> None:
        """Remove the smaller copies that an original was posted as.

        What somebody has just had made to look at stays: its thumbnail.
        """
        await asyncio.to_thread(self._remove, "copies", f"{Path(original).name}-[0-9]*")

    async def remove_all_copies(self, original: str) -> None:
        """Remove whatever was made of an original."""
        await asyncio.to_thread(self._remove, "copies", f"{Path(original).name}-*")

    async def remove_archives(self, interaction_id: int) -> None:
        """Remove what was packed of a task's originals."""
        await asyncio.to_thread(self._remove, "copies", f"{interaction_id}-originals-*")

    def is_full(self) -> bool:
        """Tell whether the disk has too little room to start anything."""
        return shutil.disk_usage(self.root).free < LEAST_FREE

    async def bytes_of_references(self) -> int:
        """Return the bytes of all references that are kept here."""
        return await asyncio.to_thread(self._bytes, "references")

    async def sweep(self, keep: Callable[[str, int], bool], *, older_than: float) -> int:
        """Remove files that nothing will ever read; return how many went.

        ``keep`` is told how a row would name a file, and the number that it begins with: the
        task's interaction or, of files of earlier versions, its row; 0 where several tasks may have
        it. What was written after ``older_than`` (epoch seconds) stays: its row may still come.
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
