"""Several files as one, to be fetched at once."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from bot.images.work import off_the_loop

#: Bytes that an entry takes beside its file: two headers and two names, generously.
_ENTRY = 300


async def packed(
    files: Sequence[tuple[str, Path]], to: Path, *, max_bytes: int, archives: int | None = None
) -> tuple[list[Path], int]:
    """Put files, by the names they get, into as few archives of ``most`` bytes as can be.

    The archives stand beside ``to``. Pictures are compressed already, so they are stored as they
    are. Each file must fit by itself. Returns the archives, at most ``archives`` of them, and how
    many files found no room.
    """
    return await off_the_loop(lambda: _packed(files, to, max_bytes, archives))


def fits(path: Path, most: int) -> bool:
    """Tell whether an archive of ``most`` bytes can have the file."""
    return path.stat().st_size + 2 * _ENTRY <= most


def _packed(
    files: Sequence[tuple[str, Path]], to: Path, most: int, limit: int | None
) -> tuple[list[Path], int]:
    archives, room = list[list[tuple[str, Path]]](), 0
    for name, path in files:
        needed = path.stat().st_size + _ENTRY
        if not archives or needed > room:
            archives.append([])
            room = most - _ENTRY
        archives[-1].append((name, path))
        room -= needed
    made = list[Path]()
    for number, entries in enumerate(archives[:limit]):
        archive = to.with_name(f"{to.name}-{number}.zip")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
            for name, path in entries:
                file.write(path, name)
        made.append(archive)
    return made, len(files) - sum(map(len, archives[:limit]))
