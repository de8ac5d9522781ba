"""A reference is an image that the user gave to draw from or to edit."""

from dataclasses import dataclass
from pathlib import PurePath

from bot.errors import BadReference, Flaw

#: What Evolink reads (its page, ``image_urls``), by Discord's content type and by file name.
TYPES = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/bmp": (".bmp",),
    "image/tiff": (".tif", ".tiff"),
    "image/gif": (".gif",),
}
#: "10MB" on Evolink's page; the smaller reading of it, so that none fails after it was queued.
MAX_BYTES = 10_000_000
#: "6000x6000" on Evolink's page: pixels in total.
MAX_PIXELS = 6000 * 6000
#: Both sides must be above 14 pixels.
MIN_SIDE = 15
#: Width by height from 1/16 to 16.
SLIMMEST = 16

_ENDINGS = tuple(ending for endings in TYPES.values() for ending in endings)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One reference, as Discord describes it."""

    #: Discord's link, which dies within a day; empty where only ``source`` leads to it.
    url: str
    name: str
    #: Discord leaves it out for types it does not know.
    content_type: str | None = None
    bytes: int
    #: Discord tells the pixels of those images only that it can decode.
    width: int | None = None
    height: int | None = None
    #: Where it lives on, as ``bot.domain.source`` spells it; empty: nowhere but at its link.
    source: str = ""


def check(position: int, reference: Reference) -> None:
    """Refuse what Evolink would not read, by what Discord says of it.

    Raises:
        BadReference: it says what is wrong.
    """
    flaw = _flaw(reference)
    if flaw is not None:
        raise BadReference(position, reference.name, flaw)


def flaw_of_pixels(width: int, height: int) -> Flaw | None:
    """Tell what is wrong with an image of these pixels; ``None``: nothing."""
    if min(width, height) < MIN_SIDE:
        return Flaw.TOO_SMALL
    if min(width, height) * SLIMMEST < max(width, height):
        return Flaw.RATIO
    if width * height > MAX_PIXELS:
        return Flaw.PIXELS
    return None


def _flaw(reference: Reference) -> Flaw | None:
    kind = (reference.content_type or "").partition(";")[0].strip().lower()
    ending = PurePath(reference.name).suffix.lower()
    if kind not in TYPES and not (not kind and ending in _ENDINGS):
        return Flaw.TYPE
    if reference.bytes > MAX_BYTES:
        return Flaw.BYTES
    if reference.width is None or reference.height is None:
        return None
    return flaw_of_pixels(reference.width, reference.height)
