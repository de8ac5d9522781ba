"""Checking that a result is complete: it is decoded to the end before anybody sees it."""

from dataclasses import replace
from pathlib import Path

from PIL import Image

from bot.images.probe import Probe, decoded
from bot.images.work import off_the_loop

#: What libjpeg fills missing pixels with, give or take rounding.
_GREY = range(126, 131)


async def whole(path: Path) -> Probe:
    """Decode a picture to the end; return its properties, with the share of pixels that is missing.

    Raises:
        UnusablePicture: none of its pixels can be decoded, or it has too many.
    """
    return await off_the_loop(lambda: decoded(path, _through))


def _through(image: Image.Image, found: Probe) -> Probe:
    # A JPEG is decoded at an eighth of its size, which reads all of it in a fraction of the memory.
    image.draft("RGB", (1, 1))
    image.load()
    return found if found.missing is not None else replace(found, missing=_missing(image))


def _missing(image: Image.Image) -> float:
    """Return the share of a JPEG's rows that are grey, counted from the bottom.

    A progressive one is complete, if blurred, after its first pass, so this tells nothing: 1.0.
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
