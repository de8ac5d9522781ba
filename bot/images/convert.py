"""References as Evolink accepts them: small enough, upright, stripped of metadata."""

import io
import math
from enum import Enum, auto
from pathlib import Path

from PIL import Image

from bot.domain.models import Model, ReferenceLimits
from bot.domain.reference import FETCHED_BYTES, flaw_of_pixels
from bot.errors import Flaw, UnusablePicture
from bot.images.files import replace_bytes
from bot.images.fit import shrunk
from bot.images.pixels import is_turned, plain
from bot.images.probe import Probe, decoded, look, read_through
from bot.images.strip import without_metadata
from bot.images.threads import off_the_loop

#: Lossy formats: a PNG of such a picture would be larger, but no better.
_LOSSY = frozenset({"jpeg", "heif", "avif"})

#: Pillow's names for metadata by cameras and programs: places, people, prompts.
_METADATA = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "comment", "photoshop"})


@off_the_loop
def for_evolink(path: Path, to: Path, model: Model, *, ours: bool = False) -> tuple[Path, Probe]:
    """Return a reference that Evolink accepts: the file itself, or a copy at ``to``.

    A still picture in one of the model's formats, within its bytes and pixels, is used unchanged
    unless it has metadata, which is private: an upright JPEG loses only that. Anything else becomes
    an upright PNG, or a JPEG or WebP where that is smaller; an animation becomes its first frame.
    ``to`` may be ``path``. ``ours``: it is a result, whose metadata is Evolink's own and may stay.

    Raises:
        UnusablePicture: Evolink couldn't read it; the flaw says why. The picture is decoded, so a
            broken one is refused before anything is paid.
    """
    if path.stat().st_size > FETCHED_BYTES:
        raise UnusablePicture(Flaw.BYTES)
    fit = decoded(path, lambda image, found: _fit(image, found, model, ours=ours))
    raw = path.read_bytes() if fit is Fit.WITHOUT_METADATA else b""
    data = without_metadata(raw)
    if fit is Fit.AS_IT_IS or (data and data == raw):
        return path, look(path)
    # Opened again: the check may have decoded it at an eighth of its size.
    data = data or decoded(path, lambda image, found: _converted(image, found, model))
    replace_bytes(data, to)
    return to, look(to)


class Fit(Enum):
    """How a picture can be used."""

    AS_IT_IS = auto()
    WITHOUT_METADATA = auto()
    CONVERTED = auto()


def _fit(image: Image.Image, found: Probe, model: Model, *, ours: bool) -> Fit:
    flaw = flaw_of_pixels(found.width, found.height, model)
    if flaw is not None:
        raise UnusablePicture(flaw)
    if not _stays(image, found, model.references):
        return Fit.CONVERTED
    if ours:
        return Fit.AS_IT_IS
    # Only EXIF says which side is up, so a turned picture must be converted to upright pixels.
    if found.kind == "jpeg" and not is_turned(image):
        return Fit.WITHOUT_METADATA
    return Fit.CONVERTED if _has_metadata(image) else Fit.AS_IT_IS


def _stays(image: Image.Image, found: Probe, limits: ReferenceLimits) -> bool:
    """Return whether Evolink accepts it unchanged; if so, make sure that it is complete.

    Evolink may be as strict as Pillow, so a picture that had to be repaired is converted.
    """
    taken = found.kind in limits.formats and found.bytes <= limits.max_bytes
    if not taken or found.is_repaired or found.width * found.height > limits.max_pixels:
        return False
    if getattr(image, "is_animated", False):
        return False
    read_through(image, found)
    return True


def _has_metadata(image: Image.Image) -> bool:
    """Return whether there is metadata; a PNG's may follow its pixels, so it must be loaded."""
    return bool(_METADATA & image.info.keys() or getattr(image, "text", None))


def _converted(image: Image.Image, found: Probe, model: Model) -> bytes:
    limits, whole = model.references, _scaled(image, model)
    fits = found.kind not in limits.formats or found.bytes <= limits.max_bytes
    if found.kind not in _LOSSY and fits:
        out = io.BytesIO()
        whole.save(out, "PNG", icc_profile=whole.info.get("icc_profile"))
        if out.tell() <= limits.max_bytes:
            return out.getvalue()
    return shrunk(whole, limits.max_bytes)


def _scaled(image: Image.Image, model: Model) -> Image.Image:
    """Return a plain copy, scaled to the most pixels that the model draws if it has too many."""
    if image.width * image.height <= model.references.max_pixels:
        return plain(image)
    # A JPEG is decoded at half its size or less, if that is enough.
    image.draft("RGB", _within(image, model.max_pixels))
    large = image if image.mode in {"RGB", "RGBA"} else plain(image)
    return plain(
        large.resize(_within(large, model.max_pixels), Image.Resampling.LANCZOS, reducing_gap=2.0)
    )


def _within(image: Image.Image, pixels: int) -> tuple[int, int]:
    scale = min(1.0, math.sqrt(pixels / (image.width * image.height)))
    return math.floor(image.width * scale), math.floor(image.height * scale)
