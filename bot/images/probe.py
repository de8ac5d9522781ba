"""What a picture is, judging by its bytes, and whether it is complete."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import BinaryIO, TypeVar

from PIL import Image
from PIL.ImageFile import ImageFile
from pillow_heif import (
    register_heif_opener,  # pyright: ignore[reportUnknownVariableType] - its options are untyped
)

from bot.domain.reference import DECODED_PIXELS
from bot.errors import Flaw, UnusablePicture
from bot.images.pieces import has_too_many_pieces
from bot.images.repair import Repaired, repaired
from bot.images.segments import first_rows
from bot.images.threads import PIXELS_AT_ONCE, off_the_loop

T = TypeVar("T")

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
#: Brands of ISO base media files (mp4ra.org). "mif1" and "msf1" leave the codec open: without the
#: brand "avif" or "avis" beside them it is HEIC.
_HEIF = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_AVIF = frozenset({b"avif", b"avis"})
#: Bytes of the largest JPEG that we read into memory to follow its segments.
_FOLLOWED = 16_000_000
#: What libjpeg fills missing pixels with, give or take rounding.
_GREY = range(126, 131)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A picture's properties, from its header."""

    #: "jpeg", "png", "webp", "gif", "bmp", "tiff", "heif" (HEIC) or "avif".
    kind: str
    #: As stored, before the orientation (EXIF) is applied.
    width: int
    height: int
    bytes: int
    #: It had to be repaired in memory for Pillow to read it; browsers show it as it is.
    is_repaired: bool = False
    #: The share of its pixels that is missing; ``None``: unknown.
    missing: float | None = 0.0

    @property
    def content_type(self) -> str:
        """The media type: "image/png"."""
        return f"image/{self.kind}"

    @property
    def extension(self) -> str:
        """The suffix for a file's name: ".png"."""
        return _ENDINGS[self.kind]


def look(path: Path) -> Probe:
    """Read a picture's header, without decoding its pixels. Blocks; ``probe`` doesn't.

    Raises:
        UnusablePicture: its format isn't supported (``TYPE``), its header is broken
            (``UNREADABLE``), or it has more than ``DECODED_PIXELS`` (``PIXELS``).
    """
    return _looked_at(path, lambda _, found: found)


probe = off_the_loop(look)


@off_the_loop
def whole(path: Path) -> Probe:
    """Decode a picture to the end; return its properties, including the share of missing pixels.

    Raises:
        UnusablePicture: none of its pixels can be decoded, or it has too many.
    """
    return decoded(path, _through)


def decoded(path: Path, work: Callable[[Image.Image, Probe], T]) -> T:
    """Call ``work`` with an opened picture, its pixels not yet decoded. Blocks.

    It waits while other threads decode as much as memory should hold. An exception in ``work``
    counts as a flaw of the picture. If the picture is unreadable, ``work`` is called again with a
    repaired one: bad metadata must not make us refuse a picture that browsers show.

    Raises:
        UnusablePicture: as ``probe``.
    """

    def within_limit(image: Image.Image, found: Probe) -> T:
        with PIXELS_AT_ONCE.hold(found.width * found.height):
            return work(image, found)

    return _looked_at(path, within_limit)


def _looked_at(path: Path, work: Callable[[Image.Image, Probe], T]) -> T:
    kind = _kind(path)
    if kind == "heif":
        _learn_heif()
    try:
        with path.open("rb") as file:
            return _opened(file, path, kind, work)
    except UnusablePicture as error:
        again = None if error.flaw is not Flaw.UNREADABLE else repaired(kind, path.read_bytes())
        if again is None:
            raise
    return _opened(io.BytesIO(again.data), path, kind, work, again)


def _opened(
    file: BinaryIO,
    path: Path,
    kind: str,
    work: Callable[[Image.Image, Probe], T],
    again: Repaired | None = None,
) -> T:
    if has_too_many_pieces(kind, file):
        raise UnusablePicture(Flaw.UNREADABLE)
    try:
        # Only this format's decoder: every other one is attack surface.
        with Image.open(file, formats=[kind.upper()]) as image:
            _check_pixels(image)
            found = Probe(
                kind=kind,
                width=image.width,
                height=image.height,
                bytes=path.stat().st_size,
            )
            if again is not None:
                found = replace(found, is_repaired=True, missing=again.missing)
            return work(image, found)
    except (UnusablePicture, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusablePicture(Flaw.PIXELS) from error
    except Exception as error:  # Pillow's decoders raise almost anything on broken bytes
        raise UnusablePicture(Flaw.UNREADABLE) from error


def _check_pixels(image: Image.Image) -> None:
    # Before it is decoded: a PNG of 410 KB can need 551 MiB. Seedream draws up to 17 megapixels.
    if image.width * image.height > DECODED_PIXELS:
        raise UnusablePicture(Flaw.PIXELS)


@cache
def _learn_heif() -> None:
    """Register HEIC with Pillow: without thumbnails, depth images and gain maps.

    libheif refuses a picture with more coded pixels than its header declares (tried with 1.23.6).
    """
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(64)
    if start.lstrip().startswith(_JPEG):
        # Some servers send line breaks before a picture.
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
    """Tell AVIF from HEIC by their major and compatible brands."""
    main, length = start[8:12], int.from_bytes(start[:4], "big")
    also = {start[at : at + 4] for at in range(16, min(length, len(start)), 4)}
    if main in _AVIF or (main in _HEIF and also & _AVIF):
        return "avif"
    if main in _HEIF:
        return "heif"
    raise UnusablePicture(Flaw.TYPE)  # a video, say


def read_through(image: Image.Image, found: Probe) -> None:
    """Make sure that an opened picture is complete and can be decoded; otherwise raise an error.

    Its pixels may or may not be loaded afterwards. Of a JPEG we decode only the first rows, and
    follow the others to their end. That takes a tenth of the time and proves as much: decoding the
    first rows needs all of its tables, and libjpeg only warns about wrong pixels.
    """
    file = image.fp if isinstance(image, ImageFile) else None
    if found.kind == "jpeg" and found.bytes <= _FOLLOWED and file is not None:
        file.seek(0)
        rows = first_rows(file.read())
        file.seek(0)
        if rows is not None and _can_be_decoded(rows):
            return
    _load(image)


def _load(image: Image.Image) -> None:
    # A JPEG is decoded at an eighth of its size, which reads all of it in a fraction of the memory.
    image.draft("RGB", (1, 1))
    image.load()


def _can_be_decoded(jpeg: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
            image.load()
    except Exception:  # noqa: BLE001 - as in ``_opened``
        return False
    return True


def _through(image: Image.Image, found: Probe) -> Probe:
    if found.missing is not None:
        read_through(image, found)
        return found
    _load(image)
    return replace(found, missing=_missing(image))


def _missing(image: Image.Image) -> float:
    """Return the share of a JPEG's rows that are grey, counted from the bottom.

    A progressive one is complete, if blurred, after its first pass, so rows tell nothing: 1.0.
    """
    if image.info.get("progressive"):
        return 1.0
    rows = image.convert("RGB")
    grey = 0
    for row in reversed(range(rows.height)):
        levels = rows.crop((0, row, rows.width, row + 1)).tobytes()
        if min(levels) not in _GREY or max(levels) not in _GREY:
            break
        grey += 1
    return grey / rows.height
