"""How many pixels of one user's pictures are decoded within some minutes.

Their bytes say nothing of it: a PNG of 8 KB with 64 megapixels takes 3.7 seconds of one core.
"""

from collections.abc import Iterable

from bot.domain.reference import DECODED_PIXELS, Reference
from bot.domain.request import MAX_PIXELS, REFERENCE_LIMIT
from bot.errors import TooManyPixels

#: Milliseconds.
WINDOW = 10 * 60 * 1000
#: Three tasks full of the largest pictures, or six full of a good camera's (30 megapixels). It is
#: two and a half minutes of processor time, a quarter of one core for each user at most.
BUDGET = 3 * REFERENCE_LIMIT * DECODED_PIXELS


def pixels_of(reference: Reference) -> int:
    """Return the pixels that a reference counts with until it is looked at.

    What Discord does not measure (HEIC, TIFF) may have as many as we decode.
    """
    if reference.width is None or reference.height is None:
        return MAX_PIXELS if reference.source.startswith("result:") else DECODED_PIXELS
    return min(reference.width * reference.height, DECODED_PIXELS)


def check(references: Iterable[Reference], spent: int) -> None:
    """Let pictures through, or refuse them; ``spent``: pixels of the user within ``WINDOW``.

    Raises:
        TooManyPixels: together they are above ``BUDGET``.
    """
    asked = sum(map(pixels_of, references))
    if asked and spent + asked > BUDGET:
        raise TooManyPixels(WINDOW // 60_000)
