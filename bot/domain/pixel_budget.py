"""A limit on how many pixels of one user's pictures are decoded within ten minutes.

File size says nothing about it: a PNG of 8 KB with 64 megapixels takes one core 3.7 seconds.
"""

from collections.abc import Iterable

from bot.domain.models import MOST_PIXELS, MOST_REFERENCES
from bot.domain.reference import DECODED_PIXELS, Reference
from bot.refusals import TooManyPixels

#: Milliseconds.
WINDOW = 10 * 60 * 1000
#: Three tasks full of the largest pictures, or six full of a good camera's (30 megapixels). That is
#: two and a half minutes of processor time: at most a quarter of one core for each user.
BUDGET = 3 * MOST_REFERENCES * DECODED_PIXELS


def pixels_of(reference: Reference) -> int:
    """Return how many pixels a reference counts for until we have looked at it.

    Formats that Discord doesn't measure (HEIC, TIFF) count as the most that we decode.
    """
    if reference.width is None or reference.height is None:
        return MOST_PIXELS if reference.source.startswith("result:") else DECODED_PIXELS
    return min(reference.width * reference.height, DECODED_PIXELS)


def check(references: Iterable[Reference], spent: int) -> None:
    """Check the references of a request; ``spent``: the user's pixels within ``WINDOW``.

    Raises:
        TooManyPixels: together they exceed ``BUDGET``.
    """
    asked = sum(map(pixels_of, references))
    if asked and spent + asked > BUDGET:
        raise TooManyPixels(WINDOW // 60_000, BUDGET // 10**6, spent // 10**6)
