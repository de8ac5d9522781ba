"""Small pictures, and PNGs by their chunks."""

import struct
import zlib
from io import BytesIO

from PIL import Image


def png(
    width: int = 64, height: int = 64, colour: str | tuple[int, ...] = "red", kind: str = "PNG"
) -> bytes:
    """Return a picture of one colour, as a file of this kind."""
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()


def chunk(name: bytes, body: bytes, crc: int | None = None) -> bytes:
    """Return a chunk of a PNG; ``crc``: a wrong checksum."""
    sum_ = zlib.crc32(name + body) if crc is None else crc
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", sum_)


def bomb(side: int) -> bytes:
    """Return a PNG of a kilobyte that says it has ``side`` by ``side`` pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
    return b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b"")
