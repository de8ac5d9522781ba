"""Whether a result came whole: its pixels are decoded before anybody is shown it."""

from dataclasses import replace
from pathlib import Path

from PIL import Image

from bot.images.probe import Probe, decoded
from bot.images.work import off_the_loop

#: What libjpeg paints where nothing came, give or take the rounding of its colours.
_GREY = range(126, 131)


async def whole(path: Path) -> Probe:
    """Decode a picture to its end, and say what it is and what share of its pixels is missing.

    Raises:
        UnusablePicture: not a pixel of it can be had, or it has too many.
    """
    return await off_the_loop(lambda: decoded(path, _through))


def _through(image: Image.Image, found: Probe) -> Probe:
    # A JPEG is decoded at an eighth of its side: as thorough, at a fraction of the memory.
    image.draft("RGB", (1, 1))
    image.load()
    return found if found.missing is not None else replace(found, missing=_missing(image))


def _missing(image: Image.Image) -> float:
    """Return the share of a JPEG's rows that are grey from the bottom up.

    One that comes in passes is seen whole after the first; how much of it is missing, nobody sees.
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
