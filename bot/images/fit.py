"""Smaller copies of pictures: at the best quality that fits, and thumbnails for lists."""

import io
import math
from pathlib import Path

from PIL import Image

from bot.errors import Flaw, UnusablePicture
from bot.images.files import replace_bytes
from bot.images.pixels import plain
from bot.images.probe import Probe, decoded, look
from bot.images.threads import off_the_loop

#: Best first. Below the last one, fewer pixels look better than a lower quality.
QUALITIES = (92, 85, 75)

#: Formats that every Discord client shows. Others, and repaired pictures, are converted.
SHOWN = frozenset({"jpeg", "png", "gif", "webp"})

#: Pixels of a thumbnail's longer side: Discord shows 85, phones three times as many.
THUMBNAIL_SIDE = 256

_TILE = 256
_TILES = 4
#: WebP stores a side in 14 bits.
_WEBP_SIDE = 16383


@off_the_loop
def fit(path: Path, to: Path, *, max_bytes: int) -> tuple[Path, Probe]:
    """Return a picture of at most ``max_bytes``: the file itself, or a copy at ``to``.

    The copy has the same size at the best quality that fits, else fewer pixels. It is a JPEG, or a
    WebP if any pixel is transparent. An up-to-date copy at ``to`` is reused.

    Raises:
        UnusablePicture: it can't be decoded, or can't be made that small.
    """
    found = look(path)
    if fits(found, max_bytes):
        return path, found
    if (made := _made_before(path, to, max_bytes)) is not None:
        return to, made
    data = decoded(path, lambda image, _: shrunk(plain(image), max_bytes))
    replace_bytes(data, to)
    return to, look(to)


def fits(found: Probe, max_bytes: int) -> bool:
    """Tell whether Discord shows a picture unchanged, and it has at most ``max_bytes``."""
    return found.bytes <= max_bytes and found.kind in SHOWN and not found.is_repaired


@off_the_loop
def thumbnail(path: Path, to: Path) -> None:
    """Write a WebP of a few kilobytes to ``to``.

    Raises:
        UnusablePicture: the picture can't be decoded.
    """
    replace_bytes(decoded(path, _thumbnail), to)


def shrunk(image: Image.Image, max_bytes: int) -> bytes:
    """Encode a plain picture in at most ``max_bytes``, as ``fit`` does. Blocks.

    Encoding 4096x4096 takes 0.1 s as JPEG and 3 s as WebP, so a sample is encoded first, to
    estimate which quality will fit.

    Raises:
        UnusablePicture: not even a few pixels fit.
    """
    guess = math.inf
    sample = _sample(image)
    share = (image.width * image.height) / (sample.width * sample.height)
    for quality in QUALITIES:
        guess = len(_encoded(sample, quality)) * share or math.inf
        # The estimate may be 10 % too high.
        if guess < max_bytes * 1.1 and 0 < len(data := _encoded(image, quality)) <= max_bytes:
            return data
    return _smaller(image, max_bytes, guess)


def _made_before(path: Path, to: Path, max_bytes: int) -> Probe | None:
    try:
        if to.stat().st_mtime < path.stat().st_mtime:
            return None
        made = look(to)
    except (FileNotFoundError, UnusablePicture):
        return None
    return made if made.bytes <= max_bytes else None


def _smaller(image: Image.Image, max_bytes: int, guess: float) -> bytes:
    """Scale down until it fits, at the lowest quality; bytes are about proportional to pixels."""
    scale = math.sqrt(0.9 * max_bytes / guess) if guess < math.inf else 0.5
    while True:
        scale = min(scale, 0.9, _WEBP_SIDE / max(image.size))
        side = max(image.size) * scale
        if side < 1:
            raise UnusablePicture(Flaw.BYTES)
        reduced = image.copy()
        reduced.thumbnail((side, side), Image.Resampling.LANCZOS)
        data = _encoded(reduced, QUALITIES[-1])
        if 0 < len(data) <= max_bytes:
            return data
        scale *= min(0.9, math.sqrt(0.9 * max_bytes / len(data))) if data else 0.5


def _kind(image: Image.Image) -> str:
    return "webp" if image.mode == "RGBA" else "jpeg"


def _encoded(image: Image.Image, quality: int) -> bytes:
    """Encode; b"" where WebP can't: a side is too long, or there is too much detail."""
    out = io.BytesIO()
    profile = image.info.get("icc_profile")
    if _kind(image) == "jpeg":
        image.save(out, "JPEG", quality=quality, icc_profile=profile)
        return out.getvalue()
    if max(image.size) > _WEBP_SIDE:
        return b""
    try:
        image.save(out, "WEBP", quality=quality, icc_profile=profile)
    except ValueError:
        # "encoding error 6" is libwebp's VP8_ENC_ERROR_PARTITION0_OVERFLOW: noise of 4096x4096.
        return b""
    return out.getvalue()


def _sample(image: Image.Image) -> Image.Image:
    """Return tiles from all over the picture, side by side; a small picture is its own sample."""
    side = _TILE * _TILES
    if image.width < side or image.height < side:
        return image
    sample = Image.new(image.mode, (side, side))
    for row in range(_TILES):
        for column in range(_TILES):
            left = (image.width - _TILE) * column // (_TILES - 1)
            top = (image.height - _TILE) * row // (_TILES - 1)
            tile = image.crop((left, top, left + _TILE, top + _TILE))
            sample.paste(tile, (column * _TILE, row * _TILE))
    sample.info = image.info
    return sample


def _thumbnail(image: Image.Image, _: Probe) -> bytes:
    # A JPEG is decoded at a fraction of its size.
    image.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    out = io.BytesIO()
    plain(image).save(out, "WEBP", quality=80)
    return out.getvalue()
