"""What a file is, by its bytes: names and content types lie."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bot.domain.reference import MAX_PIXELS
from bot.errors import Flaw, PictureGone
from bot.images.work import off_the_loop

#: Pixels that are ever decoded: Evolink's limit for references, twice what Seedream draws at most.
#: A PNG of 410 KB can need 551 MiB, so the header is asked first.
MOST_PIXELS = MAX_PIXELS

_ENDINGS = {
    "jpeg": ".jpg",
    "png": ".png",
    "webp": ".webp",
    "gif": ".gif",
    "bmp": ".bmp",
    "tiff": ".tiff",
}
_MAGIC = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"BM": "bmp",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
}


@dataclass(frozen=True, slots=True)
class Probe:
    """What a picture's bytes and header say."""

    #: "jpeg", "png", "webp", "gif", "bmp" or "tiff".
    kind: str
    #: Pixels as they are stored: a camera's turning (EXIF) is not applied.
    width: int
    height: int
    bytes: int

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
        PictureGone: it is no picture that Evolink reads or draws (``TYPE``), its header is broken
            (``UNREADABLE``), or it has more than ``MOST_PIXELS`` (``PIXELS``).
    """
    return await off_the_loop(lambda: look(path))


def look(path: Path) -> Probe:
    """Do what ``probe`` does. It blocks."""
    with opened(path) as (_, found):
        return found


@contextmanager
def opened(path: Path) -> Generator[tuple[Image.Image, Probe]]:
    """Open a picture with its pixels not yet decoded; what fails inside is a flaw of the picture.

    Raises:
        PictureGone: as ``probe``.
    """
    kind = _kind(path)
    try:
        # Only the decoder of this kind: the others are so many more that a stranger could reach.
        with Image.open(path, formats=[kind.upper()]) as image:
            _check_pixels(image)
            yield image, Probe(kind, image.width, image.height, path.stat().st_size)
    except (PictureGone, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureGone(Flaw.PIXELS) from error
    except Exception as error:  # Pillow's decoders raise almost anything on broken bytes
        raise PictureGone(Flaw.UNREADABLE) from error


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise PictureGone(Flaw.PIXELS)


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(12)
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return "webp"
    for magic, kind in _MAGIC.items():
        if start.startswith(magic):
            return kind
    raise PictureGone(Flaw.TYPE)
