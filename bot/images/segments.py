"""The segments that make up a JPEG (ITU-T T.81, annex B)."""

import re
from collections.abc import Iterator

_SCAN, _END = 0xDA, 0xD9
#: Frames, by how they are coded: all but the three that define tables.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: More segments than any picture has: 50 MB of full ones are 800.
_MOST = 10_000
#: In a scan, 0xFF is followed by zero if it is data, and by 0xD0 to 0xD7 where decoding restarts.
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
#: A segment may begin with any number of 0xFF. The search above takes a tenth of the time, as it
#: looks for a single one.
_BEGIN = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
#: Rows of the blocks that pixels are coded in; the most bytes that a column of pixels takes in the
#: first ones (up to 16 rows of four colours, coded badly); and bytes at the beginning of a scan.
_BLOCK, _PIXEL, _SCAN_HEAD = 8, 128, 100


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each segment's kind, where it begins (after its marker), and where it ends.

    A scan reaches to the end of its coded pixels.

    Raises:
        ValueError: the picture isn't built as the standard says, or breaks off.
        IndexError: as above.
    """
    if not data.startswith(b"\xff\xd8"):
        raise ValueError
    at, is_drawn = 2, False
    for _ in range(_MOST):
        marker = _BEGIN.match(data, at)
        if marker is None:
            raise ValueError
        kind, start = marker[1][0], marker.end()
        if kind == _END and is_drawn:
            return
        at = start + int.from_bytes(data[start : start + 2])
        if at > len(data) or at < start + 2 or kind == _END:
            raise ValueError
        if kind == _SCAN:
            # Its coded pixels reach to the next marker.
            found = _MARKER.search(data, at)
            if found is None:
                raise ValueError
            at, is_drawn = found.start(), True
        yield kind, start, at
    raise ValueError


def first_rows(data: bytes) -> bytes | None:
    """Return a JPEG that has only the first rows of another one; ``None``: that one is cut off.

    Coded pixels of other rows may follow; they aren't decoded. Also ``None`` if it isn't built as
    the standard says.
    """
    try:
        found = list(segments(data))
    except (ValueError, IndexError):
        return None
    frames = [start for kind, start, _ in found if kind in _FRAMES]
    scans = [start for kind, start, _ in found if kind == _SCAN]
    if len(frames) != 1:
        return None
    at = frames[0] + 3
    rows = min(_BLOCK, int.from_bytes(data[at : at + 2]))
    if not rows:  # the number follows the first scan
        return None
    # A single scan begins with the first rows; copying all the rest would take longer.
    width = int.from_bytes(data[at + 2 : at + 4])
    end = scans[0] + _PIXEL * width + _SCAN_HEAD if len(scans) == 1 else len(data)
    view = memoryview(data)
    return b"".join((view[:at], rows.to_bytes(2), view[at + 2 : end]))
