"""A reference: a picture that a user supplied to edit or to draw from."""

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Self

from bot.domain.cdn import file_link, unsigned
from bot.domain.ids import InteractionId
from bot.domain.models import Model
from bot.errors import Flaw
from bot.refusals import BadReference

#: Extensions of the formats that we can read; those that a model can't read are converted.
ENDINGS = frozenset(
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp", ".png", ".apng", ".webp", ".gif",
        ".bmp", ".dib", ".tif", ".tiff", ".heic", ".heif", ".heics", ".heifs", ".hif",
        ".avif", ".avifs",
    }
)  # fmt: skip
#: The largest file that we download: larger than any phone's photos.
FETCHED_BYTES = 50_000_000
#: The most pixels that we decode. Phones take up to 50 megapixels, which need 200 MB of memory.
DECODED_PIXELS = 64_000_000

#: Prefix of the keys of lent pictures.
LENT = "lent:"

#: Content types that say nothing: Discord sends them for files whose type it doesn't know.
_UNKNOWN_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream"})
#: Not accepted: these are code, not pixels.
_SVG = frozenset({"image/svg", "image/svg+xml"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One reference, as Discord describes it."""

    #: Discord's link, which expires within a day; empty if only ``source`` leads to the picture.
    url: str
    name: str
    #: ``None`` for types that Discord doesn't know.
    content_type: str | None = None
    bytes: int
    #: ``None`` for pictures that Discord can't decode.
    width: int | None = None
    height: int | None = None
    #: Where the picture remains available, as ``bot.domain.source`` spells it; empty: nowhere.
    source: str = ""
    #: Only set where Discord itself names the attachment. The id in a link proves nothing.
    attachment_id: int | None = None
    #: Posted as a spoiler. It is shown as one wherever we show it, and so is what is drawn from it.
    spoiler: bool = False
    #: The interaction of somebody else's task in which it was attached. Users who request the same
    #: may draw from it, but get neither the file nor a link.
    lent_by: InteractionId | None = None

    def lent(self, by: InteractionId) -> Self:
        """Return it as lent to others; results aren't lent, as another rule says who sees them."""
        if self.lent_by is not None or self.source.startswith("result:"):
            return self
        return replace(self, lent_by=by)

    @property
    def key(self) -> str:
        """Identity of the picture: names aren't unique, and a link is signed differently each time.

        Copies are shared by key, so we use an attachment's id only if it surely means these bytes.
        """
        return self.own_key if self.lent_by is None else lent_key(self.lent_by, self.own_key)

    @property
    def own_key(self) -> str:
        """The key that it has in the task in which it was attached."""
        if self.source.startswith("result:"):
            return self.source
        link = file_link(self.url)
        linked_id = link.attachment_id if link is not None and link.is_whole else None
        attachment_id = self.attachment_id or linked_id
        return f"attachment:{attachment_id}" if attachment_id else unsigned(self.url)


def lent_key(by: InteractionId, key: str) -> str:
    """Return the key of a picture that was attached in another task."""
    return f"{LENT}{by}:{key}"


def check(position: int, reference: Reference, model: Model) -> None:
    """Check a reference by its description; its bytes are checked after the download.

    One that is only too large for the model passes, as it will be scaled down.

    Raises:
        BadReference: it can't be used; the error says why.
    """
    flaw = _flaw(reference, model)
    if flaw is not None:
        raise BadReference(position, reference.name, flaw)


def is_picture(reference: Reference) -> bool:
    """Tell whether the name or the content type suggests a picture; the bytes decide later.

    Both are the sender's guesses: ``.jfif``, ``.apng``, ``image/pjpeg`` and ``application/x-png``
    are common pictures under uncommon names.
    """
    content_type = (reference.content_type or "").partition(";")[0].strip().lower()
    if content_type in _SVG:
        return False
    ending = PurePath(reference.name).suffix.lower()
    is_unknown = content_type in _UNKNOWN_TYPES and not ending
    return content_type.startswith("image/") or ending in ENDINGS or is_unknown


def flaw_of_pixels(width: int, height: int, model: Model) -> Flaw | None:
    """Return why a picture of these dimensions can't be used; ``None`` if it can."""
    if min(width, height) < model.references.min_side:
        return Flaw.TOO_SMALL
    if max(width, height) > min(width, height) * model.max_ratio:
        return Flaw.RATIO
    if width * height > DECODED_PIXELS:
        return Flaw.PIXELS
    return None


def reason_of(error: BadReference) -> str:
    """Return the reason of a task that failed because of a bad reference."""
    return f"reference_{error.flaw}:{error.position}"


def _flaw(reference: Reference, model: Model) -> Flaw | None:
    if not is_picture(reference):
        return Flaw.TYPE
    if reference.bytes > FETCHED_BYTES:
        return Flaw.BYTES
    if reference.width is None or reference.height is None:
        return None
    return flaw_of_pixels(reference.width, reference.height, model)
