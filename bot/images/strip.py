"""Removing a JPEG's metadata without encoding it again: not a pixel changes, and it takes a tenth.

What its pixels depend on is kept. Everything else is dropped, whatever it may be: places, names,
prompts, previews, and what cameras append (a second picture, a video).
"""

import re
from collections.abc import Iterator

#: The segments that a decoder needs (ITU-T T.81, table B.1): frames and tables, from 0xC0 to 0xDF,
#: and three that applications define: JFIF's header, colour profiles, Adobe's colour transform.
_TABLES = range(0xC0, 0xE0)
_NAMES = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_JFIF, _SCAN, _END = 0xE0, 0xDA, 0xD9
#: More segments than any picture has: 50 MB of full ones are 800.
_MOST = 10_000
#: In a scan, 0xFF is followed by zero where it is data, by 0xD0 to 0xD7 where decoding restarts.
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
#: Where a segment begins, any number of 0xFF may stand. The search above takes a tenth
#: of the time, as it begins with a single one.
_BEGIN = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")


def without_metadata(data: bytes) -> bytes | None:
    """Return a JPEG without them; ``None``: it isn't built as the standard says. Blocks."""
    try:
        return b"\xff\xd8" + b"".join(_kept(data)) + b"\xff\xd9"
    except (ValueError, IndexError):
        return None


def _kept(data: bytes) -> Iterator[bytes]:
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
        name = _NAMES.get(kind)
        if kind == _JFIF and at > start + 16 and data.startswith(_NAMES[kind], start + 2):
            # Without the preview that follows.
            yield b"\xff\xe0\0\x10" + data[start + 2 : start + 14] + b"\0\0"
        elif kind in _TABLES or (name is not None and data.startswith(name, start + 2)):
            yield b"\xff" + data[start - 1 : at]
    raise ValueError
