"""A reference is an image that the user gave to draw from or to edit."""

from dataclasses import dataclass
from pathlib import PurePath

from bot.domain.cdn import file_link, unsigned
from bot.errors import BadReference, Flaw

#: How the names of pictures end that can be read; Evolink reads JPEG, PNG, WebP, BMP, TIFF and GIF
#: (its page, ``image_urls``), the others are converted.
ENDINGS = frozenset(
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp", ".png", ".apng", ".webp", ".gif",
        ".bmp", ".dib", ".tif", ".tiff", ".heic", ".heif", ".heics", ".heifs", ".hif",
        ".avif", ".avifs",
    }
)  # fmt: skip
#: Bytes that are fetched at all: more than the photos of any phone have.
FETCHED_BYTES = 50_000_000
#: Pixels that are decoded at all: phones have up to 50 million, which need 200 MB of memory.
DECODED_PIXELS = 64_000_000
#: "10MB" on Evolink's page; the smaller reading of it, so that none fails after it was queued.
MAX_BYTES = 10_000_000
#: "6000x6000" on Evolink's page: pixels in total.
MAX_PIXELS = 6000 * 6000
#: Both sides must be above 14 pixels.
MIN_SIDE = 15
#: Width by height from 1/16 to 16.
SLIMMEST = 16

#: Content types that say nothing: Discord gives them to files whose kind it does not know.
_MUTE = frozenset({"", "application/octet-stream", "binary/octet-stream"})
#: Pictures that are programs.
_DRAWINGS = frozenset({"image/svg", "image/svg+xml"})


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
    #: Discord's id of the attachment, where Discord says that it is one; what only a link says is
    #: not proven.
    attachment_id: int | None = None
    #: Whoever posted it hid it: it is shown hidden wherever we show it, and what is drawn from it.
    spoiler: bool = False

    @property
    def key(self) -> str:
        """What tells a picture from others: names repeat, and links are signed anew each time.

        An attachment is only what surely has its own bytes: what is kept of it is given to others.
        """
        if self.source.startswith("result:"):
            return self.source
        link = file_link(self.url)
        own = link.attachment_id if link is not None and link.is_whole else None
        attachment_id = self.attachment_id or own
        return f"attachment:{attachment_id}" if attachment_id else unsigned(self.url)


def check(position: int, reference: Reference) -> None:
    """Refuse what cannot become a reference, by what Discord says of it; its bytes come later.

    What is too large for Evolink alone passes: it is scaled down.

    Raises:
        BadReference: it says what is wrong.
    """
    flaw = _flaw(reference)
    if flaw is not None:
        raise BadReference(position, reference.name, flaw)


def is_picture(reference: Reference) -> bool:
    """Tell whether its name or its content type is a picture's; its bytes decide, once they came.

    Both are guesses of whoever sent it: ``.jfif`` and ``.apng``, ``image/pjpeg`` and
    ``application/x-png`` are pictures of kinds that have other names, too.
    """
    kind = (reference.content_type or "").partition(";")[0].strip().lower()
    if kind in _DRAWINGS:
        return False
    ending = PurePath(reference.name).suffix.lower()
    return kind.startswith("image/") or ending in ENDINGS or (kind in _MUTE and not ending)


def flaw_of_pixels(width: int, height: int) -> Flaw | None:
    """Tell what is wrong with an image of these pixels; ``None``: nothing."""
    if min(width, height) < MIN_SIDE:
        return Flaw.TOO_SMALL
    if min(width, height) * SLIMMEST < max(width, height):
        return Flaw.RATIO
    if width * height > DECODED_PIXELS:
        return Flaw.PIXELS
    return None


def _flaw(reference: Reference) -> Flaw | None:
    if not is_picture(reference):
        return Flaw.TYPE
    if reference.bytes > FETCHED_BYTES:
        return Flaw.BYTES
    if reference.width is None or reference.height is None:
        return None
    return flaw_of_pixels(reference.width, reference.height)


def reason_of(error: BadReference) -> str:
    """Write which reference is bad, and how, into a task's reason."""
    return f"reference_{error.flaw}:{error.position}"
