"""How many pixels are decoded at a time, whatever the number of threads."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from bot.images.threads import PixelLimit

#: Seconds within which something happens on a busy machine, and after which it won't.
LONG, SHORT = 60.0, 0.05


def _decode(limit: PixelLimit, pixels: int, began: Event, ends: Event) -> None:
    with limit.hold(pixels):
        began.set()
        assert ends.wait(LONG)


def test_pictures_wait_until_there_is_room_and_none_passes_a_larger_one() -> None:
    """One that is larger than the whole limit is decoded alone."""
    limit = PixelLimit(10)
    began, ends = [Event() for _ in range(4)], [Event() for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for number, pixels in enumerate((4, 6)):
            threads.submit(_decode, limit, pixels, began[number], ends[number])
            assert began[number].wait(LONG)
        large = threads.submit(_decode, limit, 99, began[2], ends[2])
        while not limit._turn.locked():
            assert not began[2].wait(SHORT)
        small = threads.submit(_decode, limit, 1, began[3], ends[3])
        ends[0].set()
        assert not began[2].wait(SHORT)
        assert not began[3].wait(SHORT)
        ends[1].set()
        assert began[2].wait(LONG)
        assert not began[3].wait(SHORT)
        ends[2].set()
        ends[3].set()
        large.result(LONG)
        small.result(LONG)


def test_a_failure_gives_its_pixels_back() -> None:
    """Nothing waits for a picture that could not be decoded."""
    limit = PixelLimit(10)
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"), limit.hold(10):
            raise ValueError("broken")
