"""Zip archives of several files."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from bot.images.threads import off_the_loop

#: Bytes that an entry takes besides its file: two headers and two names, generously.
_ENTRY = 300


@off_the_loop
def packed(
    files: Sequence[tuple[str, Path]], to: Path, *, max_bytes: int, archives: int | None = None
) -> tuple[list[Path], int]:
    """Write files, given as name and path, to archives of at most ``max_bytes`` each.

    Files keep their order, in as few archives as that allows, at most ``archives``, each named
    ``to`` and a number. Pictures are compressed already, so they are stored as they are. Each file
    must fit into an archive of its own. Returns the archives, and how many files were left out.
    """
    groups, room = list[list[tuple[str, Path]]](), 0
    for name, path in files:
        needed = path.stat().st_size + _ENTRY
        if not groups or needed > room:
            groups.append([])
            room = max_bytes - _ENTRY
        groups[-1].append((name, path))
        room -= needed
    made = list[Path]()
    for number, entries in enumerate(groups[:archives]):
        archive = to.with_name(f"{to.name}-{number}.zip")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
            for name, path in entries:
                file.write(path, name)
        made.append(archive)
    return made, len(files) - sum(map(len, groups[:archives]))


def fits(path: Path, max_bytes: int) -> bool:
    """Return whether a file fits into an archive of ``max_bytes``."""
    return path.stat().st_size + 2 * _ENTRY <= max_bytes
