"""How many pieces a picture's file is made of, counted before Pillow reads it.

Pillow keeps each segment or comment as an object of its own: 10 MB of empty ones took it 390 MB and
three seconds. Pictures have a few hundred; a long animation has thousands.
"""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import BinaryIO

#: Pieces of a picture at most: 50 MB in the 4 KB chunks that small encoders write are 12,800.
MOST = 20_000
#: Blocks of a GIF's data that count as one piece: 50 MB in full ones are 200,000.
_BLOCKS = 25

#: How many pieces a segment with EXIF counts as: at each one, Pillow copies what it has so far, and
#: took 10 s for 45 MB of them. Pictures have one.
_AS_GOOD_AS, _EXIF = MOST // 50, b"Exif\0\0"

_SCAN, _END = 0xDA, 0xD9
#: JPEG's markers that stand alone, without a length: ITU-T T.81, B.1.1.3.
_ALONE = {0x00, 0x01, *range(0xD0, 0xD9)}
_EXTENSION, _IMAGE = 0x21, 0x2C


def has_too_many_pieces(kind: str, file: BinaryIO) -> bool:
    """Tell whether a file has more pieces than any picture; it is read from its start. Blocks."""
    pieces = _PIECES.get(kind)
    if pieces is None:
        return False
    file.seek(0)
    found = any(number == MOST for number, _ in enumerate(pieces(file)))
    file.seek(0)
    return found


def _of_jpeg(file: BinaryIO) -> Iterator[None]:
    """Yield for each segment before the coded pixels."""
    file.seek(2)
    while len(head := file.read(4)) == 4 and head[0] == 0xFF and head[1] not in {_SCAN, _END}:  # noqa: PLR2004 - the format's
        if head[1] == 0xFF:  # noqa: PLR2004 - a fill byte
            file.seek(-3, 1)
        elif head[1] in _ALONE:
            file.seek(-2, 1)
        else:
            length = max(0, int.from_bytes(head[2:]) - 2)
            begin = file.read(min(length, len(_EXIF)))
            file.seek(length - len(begin), 1)
            if begin == _EXIF:
                yield from repeat(None, _AS_GOOD_AS)
        yield


def _of_png(file: BinaryIO) -> Iterator[None]:
    """Yield for each chunk."""
    file.seek(8)
    while len(head := file.read(8)) == 8:  # noqa: PLR2004 - the format's
        file.seek(int.from_bytes(head[:4]) + 4, 1)
        yield


def _of_gif(file: BinaryIO) -> Iterator[None]:
    """Yield for each extension and image, and for some blocks of their data."""
    file.seek(6)
    screen = file.read(7)
    if len(screen) == 7:  # noqa: PLR2004 - the format's
        _skip_colours(file, screen[4])
    while (block := file.read(1)) and block[0] in {_EXTENSION, _IMAGE}:
        if block[0] == _EXTENSION:
            file.seek(1, 1)
        else:
            descriptor = file.read(9)
            _skip_colours(file, descriptor[-1] if descriptor else 0)
            file.seek(1, 1)
        blocks = 0
        while (size := file.read(1)) and size[0]:
            file.seek(size[0], 1)
            blocks += 1
            if blocks % _BLOCKS == 0:
                yield
        yield


def _of_tiff(file: BinaryIO) -> Iterator[None]:
    """Yield for each entry of the first directory."""
    order = "little" if file.read(2) == b"II" else "big"
    file.seek(4)
    file.seek(int.from_bytes(file.read(4), order))
    for _ in range(int.from_bytes(file.read(2), order)):
        yield


def _skip_colours(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 * (2 << (flags & 7)), 1)


_PIECES: dict[str, Callable[[BinaryIO], Iterator[None]]] = {
    "jpeg": _of_jpeg,
    "png": _of_png,
    "gif": _of_gif,
    "tiff": _of_tiff,
}
