"""Repairing pictures that browsers show but Pillow refuses.

We drop metadata that is too large or broken, and fill in missing ends. Only pictures that Pillow
has refused get here, so intact ones cost nothing.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from bot.images.pieces import MOST

_JPEG = b"\xff\xd8\xff"
_MARKER, _SCAN = 0xFF, 0xDA
#: The segment for EXIF; its length follows.
_EXIF = b"\xff\xe1"
_PNG = b"\x89PNG\r\n\x1a\n"
#: Chunks that affect how a PNG looks. The others are text, times and previews.
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"iCCP", b"eXIf"})
#: The most chunks of a PNG to look at: more than a picture has, and less than a second's work.
_CHUNKS = 20 * MOST
#: Bytes of a colour profile that Pillow decompresses; printers' profiles have up to 2 MB.
_PROFILE_BYTES = 1 << 20
#: Samples per pixel, by PNG's colour type: grey, RGB, palette, grey and alpha, RGB and alpha.
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
#: The seven passes of an interlaced PNG: first column and row, then the steps.
_PASSES = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
    (0, 1, 1, 2),
)  # fmt: skip
#: Bytes that are decompressed at a time.
_PIECE = 1 << 16
_WEBP_METADATA = frozenset({b"EXIF", b"XMP "})
#: Their flags in a WebP's header.
_WEBP_METADATA_FLAGS = 0x0C
#: Bytes that a WebP's chunk may declare: the size of the largest file that is accepted.
_WEBP_CHUNK = 100_000_000


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired picture."""

    data: bytes
    #: The share of its pixels that is missing; ``None``: unknown.
    missing: float | None = 0.0


def repaired(kind: str, data: bytes) -> Repaired | None:
    """Return a picture as a browser would show it; ``None``: it can't be repaired."""
    repair = _REPAIRS.get(kind)
    try:
        return repair(data) if repair else None
    except (struct.error, zlib.error, LookupError, ValueError):
        return None


def _jpeg(data: bytes) -> Repaired | None:
    """Add the missing end: libjpeg fills the rest with grey, as it does in browsers."""
    at, has_exif = data.index(_JPEG) + 2, False
    out = bytearray(b"\xff\xd8")
    for _ in range(MOST):
        if data[at] != _MARKER or data[at + 1] == _SCAN:
            break
        length = 2 + int.from_bytes(data[at + 2 : at + 4])
        segment = data[at : at + length]
        # Keep only the first one: reading a full one takes 50 ms, and there is room for 700.
        is_exif = segment.startswith(_EXIF)
        if not is_exif or (not has_exif and _is_readable(segment[len(_EXIF) + 2 :])):
            out += segment
        has_exif |= is_exif
        at += length
    else:
        return None
    return Repaired(bytes(out) + data[at:] + b"\xff\xd9", missing=None)


def _is_readable(exif: bytes) -> bool:
    try:
        Image.Exif().load(exif)
    except Exception:  # noqa: BLE001 - its parser raises almost anything
        return False
    return True


def _png(data: bytes) -> Repaired | None:
    header, kept, packed = b"", bytearray(), bytearray()
    for name, body in _chunks_of_png(data):
        if name == b"IDAT":
            packed += body
        elif name == b"IHDR":
            header = body
        elif name in _PNG_KEPT and not packed and not _is_large_profile(name, body):
            kept += _chunk(name, body)
    needed = _unpacked_bytes(header)
    unpacked, again = _unpacked(bytes(packed), needed)
    if not unpacked:
        return None
    pixels = bytes(packed) if unpacked == needed else again
    pieces = (_chunk(b"IHDR", header), bytes(kept), _chunk(b"IDAT", pixels), _chunk(b"IEND", b""))
    return Repaired(_PNG + b"".join(pieces), missing=1 - unpacked / needed)


def _chunks_of_png(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    for _ in range(_CHUNKS):
        if at + 8 > len(data):
            return
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"IEND":
            return
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _is_large_profile(name: bytes, body: bytes) -> bool:
    if name != b"iCCP":
        return False
    unpacking = zlib.decompressobj()
    try:
        unpacking.decompress(body.partition(b"\0")[2][1:], _PROFILE_BYTES)
    except zlib.error:
        return True
    return not unpacking.eof


def _unpacked(packed: bytes, needed: int) -> tuple[int, bytes]:
    """Return how many of the needed bytes it has, and all of them recompressed, with added zeros.

    It works in pieces: 64 million pixels have up to 512 MB.
    """
    unpacking, packing = zlib.decompressobj(), zlib.compressobj(1)
    unpacked, again = 0, bytearray()
    for at in range(0, len(packed), _PIECE):
        try:
            piece = unpacking.decompress(packed[at : at + _PIECE], needed - unpacked + 1)
        except zlib.error:
            break
        piece = piece[: needed - unpacked]
        unpacked += len(piece)
        again += packing.compress(piece)
        if unpacked == needed:
            break
    for at in range(unpacked, needed, _PIECE):
        again += packing.compress(bytes(min(_PIECE, needed - at)))
    return unpacked, bytes(again + packing.flush())


def _unpacked_bytes(header: bytes) -> int:
    """Return how many bytes the pixels of a PNG have, with the filter type of each row."""
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits = depth * _SAMPLES[colours]
    if not interlaced:
        return height * (1 + (width * bits + 7) // 8)
    total = 0
    for left, top, across, down in _PASSES:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def _webp(data: bytes) -> Repaired | None:
    """Drop metadata; fill missing data with zeros."""
    out, at, missing = bytearray(), 12, 0.0
    for _ in range(MOST):
        if at + 8 > len(data):
            break
        name, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
        if name in _WEBP_METADATA:
            continue
        if len(body) < length:
            missing = 1 - len(body) / length
            if length > _WEBP_CHUNK:
                return None
            body += bytes(length - len(body))
        if name == b"VP8X":
            body = bytes([body[0] & ~_WEBP_METADATA_FLAGS]) + body[1:]
        out += struct.pack("<4sI", name, length) + body + bytes(length % 2)
    return Repaired(struct.pack("<4sI4s", b"RIFF", len(out) + 4, b"WEBP") + out, missing=missing)


_REPAIRS: dict[str, Callable[[bytes], Repaired | None]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
}
