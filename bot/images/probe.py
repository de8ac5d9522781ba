"""What a file is, by its bytes: names and content types lie."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import BinaryIO, TypeVar

from PIL import Image
from pillow_heif import (
    register_heif_opener,  # pyright: ignore[reportUnknownVariableType] - its options are untyped
)

from bot.domain.reference import DECODED_PIXELS
from bot.errors import Flaw, UnusablePicture
from bot.images.mend import Mended, mended
from bot.images.work import off_the_loop

T = TypeVar("T")

#: Pixels that are ever decoded; Seedream draws 17 million at most. The header is asked first: a PNG
#: of 410 KB can need 551 MiB.
MOST_PIXELS = DECODED_PIXELS

_ENDINGS = {
    "jpeg": ".jpg",
    "png": ".png",
    "webp": ".webp",
    "gif": ".gif",
    "bmp": ".bmp",
    "tiff": ".tiff",
    "heif": ".heic",
    "avif": ".avif",
}
_JPEG = b"\xff\xd8\xff"
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"BM": "bmp",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
}
#: Brands of ISO's base media files (mp4ra.org). "mif1" and "msf1" are pictures of any coding: those
#: that do not go on with "avif" or "avis" are HEIC.
_HEIF = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_AVIF = frozenset({b"avif", b"avis"})


@dataclass(frozen=True, slots=True)
class Probe:
    """What a picture's bytes and header say."""

    #: "jpeg", "png", "webp", "gif", "bmp", "tiff", "heif" (HEIC) or "avif".
    kind: str
    #: Pixels as they are stored: a camera's turning (EXIF) is not applied.
    width: int
    height: int
    bytes: int
    #: It was written again in memory for Pillow to read it: browsers forgive its fault.
    is_mended: bool = False
    #: The share of its pixels that did not come; ``None``: its bytes do not say.
    missing: float | None = 0.0

    @property
    def content_type(self) -> str:
        """The media type: "image/png"."""
        return f"image/{self.kind}"

    @property
    def ending(self) -> str:
        """What a file's name should end with: ".png"."""
        return _ENDINGS[self.kind]


async def probe(path: Path) -> Probe:
    """Look at a file's first bytes and its header; its pixels are not decoded.

    Raises:
        UnusablePicture: Evolink neither reads nor draws such files (``TYPE``), the header is broken
            (``UNREADABLE``), or it has more than ``MOST_PIXELS`` (``PIXELS``).
    """
    return await off_the_loop(lambda: look(path))


def look(path: Path) -> Probe:
    """Do what ``probe`` does. It blocks."""
    return decoded(path, lambda _, found: found)


def decoded(path: Path, work: Callable[[Image.Image, Probe], T]) -> T:
    """Do something with a picture whose pixels are not yet decoded. It blocks.

    What fails in it is a flaw of the picture. Where Pillow refuses what browsers show, it is done
    once more with the picture as it can be mended: metadata never decide over pixels.

    Raises:
        UnusablePicture: as ``probe``.
    """
    kind = _kind(path)
    if kind == "heif":
        _learn_heif()
    try:
        with path.open("rb") as file:
            return _opened(file, path, kind, work)
    except UnusablePicture as error:
        again = None if error.flaw is not Flaw.UNREADABLE else mended(kind, path.read_bytes())
        if again is None:
            raise
    return _opened(io.BytesIO(again.data), path, kind, work, again)


def _opened(
    file: BinaryIO,
    path: Path,
    kind: str,
    work: Callable[[Image.Image, Probe], T],
    again: Mended | None = None,
) -> T:
    try:
        # Only the decoder of this kind: the others are so many more that a stranger could reach.
        with Image.open(file, formats=[kind.upper()]) as image:
            _check_pixels(image)
            found = Probe(kind, image.width, image.height, path.stat().st_size)
            if again is not None:
                found = replace(found, is_mended=True, missing=again.missing)
            return work(image, found)
    except (UnusablePicture, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusablePicture(Flaw.PIXELS) from error
    except Exception as error:  # Pillow's decoders raise almost anything on broken bytes
        raise UnusablePicture(Flaw.UNREADABLE) from error


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise UnusablePicture(Flaw.PIXELS)


@cache
def _learn_heif() -> None:
    """Teach Pillow HEIC: the picture alone, without its thumbnails, depths and gain maps.

    libheif refuses a picture whose coded pixels are more than its header says (1.23.6, tried).
    """
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(64)
    if start.lstrip().startswith(_JPEG):
        # Line ends in front of it come from servers that print them before a picture.
        return "jpeg"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "webp"
    if start[4:8] == b"ftyp":
        return _media(start)
    for magic, kind in _MAGIC.items():
        if start.startswith(magic):
            return kind
    raise UnusablePicture(Flaw.TYPE)


def _media(start: bytes) -> str:
    """Tell AVIF from HEIC by the brands: the main one, then those it also goes by."""
    main, length = start[8:12], int.from_bytes(start[:4], "big")
    also = {start[at : at + 4] for at in range(16, min(length, len(start)), 4)}
    if main in _AVIF or (main in _HEIF and also & _AVIF):
        return "avif"
    if main in _HEIF:
        return "heif"
    raise UnusablePicture(Flaw.TYPE)  # a video, say
