"""References as Evolink's file service takes them."""

import io
from pathlib import Path

from PIL import Image

from bot.domain.reference import MAX_BYTES, flaw_of_pixels
from bot.errors import Flaw, PictureGone
from bot.images.files import replace_bytes
from bot.images.fit import shrunk
from bot.images.pixels import plain
from bot.images.probe import Probe, look, opened
from bot.images.work import off_the_loop

#: What the file service keeps; the drawing itself would also read BMP and TIFF.
_TAKEN = frozenset({"jpeg", "png", "gif", "webp"})


async def for_evolink(path: Path, to: Path) -> tuple[Path, Probe]:
    """Return a reference that Evolink's file service takes: the file itself, or a copy at ``to``.

    JPEG, PNG, GIF and WebP stay as they are. Of BMP and TIFF the first frame becomes a PNG, or a
    JPEG or WebP where the PNG would be above Evolink's bytes. ``to`` may be ``path``.

    Raises:
        PictureGone: Evolink would not read it; the flaw says why. The picture is decoded, so that a
            broken one is refused here, before anything is paid.
    """
    return await off_the_loop(lambda: _for_evolink(path, to))


def _for_evolink(path: Path, to: Path) -> tuple[Path, Probe]:
    if path.stat().st_size > MAX_BYTES:
        raise PictureGone(Flaw.BYTES)
    with opened(path) as (image, found):
        flaw = flaw_of_pixels(found.width, found.height)
        if flaw is not None:
            raise PictureGone(flaw)
        if found.kind in _TAKEN:
            # A JPEG is decoded at an eighth of its side: as thorough, at a fraction of the memory.
            image.draft("RGB", (1, 1))
            image.load()
            return path, found
        data = _converted(plain(image))
    replace_bytes(data, to)
    return to, look(to)


def _converted(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", icc_profile=image.info.get("icc_profile"))
    return out.getvalue() if out.tell() <= MAX_BYTES else shrunk(image, MAX_BYTES)
