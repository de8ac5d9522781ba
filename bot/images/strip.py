"""Removing a JPEG's metadata without encoding it again: no pixel changes, in a tenth of the time.

We keep what its pixels depend on, and drop everything else: places, names, prompts, previews, and
what cameras append (a second picture, a video).
"""

from collections.abc import Iterator

from bot.images.segments import segments

#: The segments that a decoder needs (ITU-T T.81, table B.1): frames and tables, from 0xC0 to 0xDF,
#: and three that applications define: JFIF's header, colour profiles, Adobe's colour transform.
_TABLES = range(0xC0, 0xE0)
_NAMES = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_JFIF = 0xE0


def without_metadata(data: bytes) -> bytes | None:
    """Return a JPEG without its metadata; ``None``: it isn't built as the standard says. Blocks."""
    try:
        return b"".join((b"\xff\xd8", *_kept(data), b"\xff\xd9"))
    except (ValueError, IndexError):
        return None


def _kept(data: bytes) -> Iterator[bytes | memoryview]:
    # Slices of a view aren't copied until they are joined.
    view = memoryview(data)
    for kind, start, end in segments(data):
        name = _NAMES.get(kind)
        if kind == _JFIF and end > start + 16 and data.startswith(_NAMES[kind], start + 2):
            # Without the preview that follows.
            yield b"\xff\xe0\0\x10" + data[start + 2 : start + 14] + b"\0\0"
        elif kind in _TABLES or (name is not None and data.startswith(name, start + 2)):
            yield b"\xff"
            yield view[start - 1 : end]
