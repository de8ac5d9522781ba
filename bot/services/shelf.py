"""Where files are kept: references until their task has ended, results for ``RESULT_DAYS``."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files below ``DATA_DIR``. Their names are ours; nothing a user typed is in them."""

    root: Path

    def prepare(self) -> None:
        """Make the folders.

        Raises:
            OSError: they cannot be written.
        """
        for folder in ("references", "results", "copies"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)

    def reference(self, task_id: int, position: int, *, converted: bool = False) -> Path:
        """Return where a reference is kept, as it came or as Evolink takes it."""
        ending = ".converted" if converted else ""
        return self.root / "references" / f"{task_id}-{position}{ending}"

    def result(self, task_id: int, position: int) -> Path:
        """Return where the original of a result is kept."""
        return self.root / "results" / f"{task_id}-{position}"

    def copy(self, task_id: int, position: int, most: int) -> Path:
        """Return where the copy of a result is kept that has at most ``most`` bytes."""
        return self.root / "copies" / f"{task_id}-{position}-{most}"

    def path(self, file: str) -> Path:
        """Return where the file is that a row names."""
        return self.root / file

    def has(self, file: str) -> bool:
        """Tell whether the file that a row names is still there."""
        return self.path(file).exists()

    def name(self, path: Path) -> str:
        """Return how a row names a file."""
        return str(path.relative_to(self.root))

    async def lend(self, file: str, to: Path) -> bool:
        """Copy the file that a row names, which may go while the copy is used.

        Returns whether it was there.
        """
        try:
            await asyncio.to_thread(shutil.copyfile, self.path(file), to)
        except FileNotFoundError:
            return False
        return True

    async def remove_references(self, task_id: int) -> None:
        """Remove what is kept of a task's references."""
        await asyncio.to_thread(self._remove, "references", f"{task_id}-*")

    async def remove_copies(self, task_id: int) -> None:
        """Remove the smaller copies of a task's results."""
        await asyncio.to_thread(self._remove, "copies", f"{task_id}-*")

    def _remove(self, folder: str, names: str) -> None:
        for path in (self.root / folder).glob(names):
            path.unlink(missing_ok=True)
