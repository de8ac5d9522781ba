"""Thumbnails for lists."""

import io
from pathlib import Path

from PIL import Image

from bot.images.files import replace_bytes
from bot.images.pixels import plain
from bot.images.probe import Probe, decoded
from bot.images.work import off_the_loop

#: Pixels of the longer side: Discord shows 85, phones three times as many.
SIDE = 256


async def thumbnail(path: Path, to: Path) -> None:
    """Write a WebP of a few kilobytes to ``to``.

    Raises:
        UnusablePicture: the picture can't be decoded.
    """
    await off_the_loop(lambda: _thumbnail(path, to))


def _thumbnail(path: Path, to: Path) -> None:
    replace_bytes(decoded(path, _small), to)


def _small(image: Image.Image, _: Probe) -> bytes:
    # A JPEG is decoded at a fraction of its size.
    image.draft("RGB", (SIDE, SIDE))
    image.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    out = io.BytesIO()
    plain(image).save(out, "WEBP", quality=80)
    return out.getvalue()
