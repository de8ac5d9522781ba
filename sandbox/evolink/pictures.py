"""Results drawn with Pillow, at the true size and different for every prompt and image."""

import hashlib
import io
import random
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PIL import Image

from sandbox.evolink.caption import write_caption
from sandbox.evolink.frames import hang_references
from sandbox.evolink.scenery import paint

Style = Literal["scene", "flat", "noise"]

_SAVE: dict[str, dict[str, int]] = {
    "jpeg": {"quality": 90},
    "png": {"compress_level": 3},
    "webp": {"quality": 88, "method": 2},
}
_FLAT_COLOURS = 8


@dataclass(frozen=True)
class Picture:
    """What to draw."""

    prompt: str
    width: int
    height: int
    #: The image's number in its task, starting at 0, and how many there are.
    index: int
    count: int
    #: Small JPEGs of the references.
    thumbnails: tuple[bytes, ...]
    format: Literal["jpeg", "png", "webp"]
    #: A scene; one colour (quick to encode, small); noise (large).
    style: Style
    #: Whether prompt, size and number are written on it.
    captioned: bool
    #: Distinguishes pictures with equal pixels; written to the file.
    mark: str

    @property
    def seed(self) -> int:
        """The random seed: the same for the same prompt, index and references."""
        seed = hashlib.sha256(f"{self.prompt}\0{self.index}".encode())
        for thumbnail in self.thumbnails:
            seed.update(thumbnail)
        return int.from_bytes(seed.digest()[:8])


def render(picture: Picture) -> bytes:
    """Return the picture as a file. Takes seconds at 4K, so don't call it in the event loop."""
    if picture.style == "flat":
        return _flat(picture)
    if picture.style == "noise":
        return _noise(picture)
    image = paint(picture.prompt, picture.seed, picture.width, picture.height)
    hang_references(image, picture.thumbnails)
    if picture.captioned:
        write_caption(image, picture.prompt, f"{picture.index + 1}/{picture.count}")
    return _encoded(image, picture.format)


def _noise(picture: Picture) -> bytes:
    size = (picture.width, picture.height)
    pixels = random.Random(picture.mark).randbytes(picture.width * picture.height * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", size, pixels).save(out, "PNG", compress_level=0)
    return out.getvalue()


def _flat(picture: Picture) -> bytes:
    plain = _plain(picture.width, picture.height, picture.seed % _FLAT_COLOURS, picture.format)
    return _marked(plain, picture.format, picture.mark.encode())


@lru_cache(maxsize=64)
def _plain(width: int, height: int, colour: int, kind: str) -> bytes:
    shade = f"hsl({360 * colour // _FLAT_COLOURS}, 60%, 55%)"
    return _encoded(Image.new("RGB", (width, height), shade), kind)


def _encoded(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    image.save(out, kind.upper(), **_SAVE[kind])
    return out.getvalue()


def _marked(data: bytes, kind: str, mark: bytes) -> bytes:
    """Add a comment to the file, so that files with equal pixels differ, as real results do."""
    if kind == "jpeg":
        # After the start marker: COM, its length with the two bytes of the length.
        return data[:2] + b"\xff\xfe" + (len(mark) + 2).to_bytes(2) + mark + data[2:]
    if kind == "png":
        # A text chunk (length, name, text, checksum) before the 12 bytes of the end chunk.
        text = b"tEXtComment\0" + mark
        chunk = (len(text) - 4).to_bytes(4) + text + zlib.crc32(text).to_bytes(4)
        return data[:-12] + chunk + data[-12:]
    # An unknown RIFF chunk at the end, padded to even, with the total length set right.
    chunk = b"mark" + len(mark).to_bytes(4, "little") + mark + b"\0" * (len(mark) % 2)
    length = (int.from_bytes(data[4:8], "little") + len(chunk)).to_bytes(4, "little")
    return data[:4] + length + data[8:] + chunk
