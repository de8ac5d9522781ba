"""Waiting as long as a busy machine takes: tests check what happens, not how fast."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Seconds that the computation below takes on a free core.
_USUAL = 0.012
#: Seconds on a free machine after which a test's wait counts as hanging.
PATIENCE = 60.0


def slowness() -> float:
    """Return how many times longer than usual a computation takes at the moment; 1.0 at least.

    It is long enough for the scheduler to give other processes their share meanwhile.
    """
    began = time.perf_counter()
    sum(range(600_000))
    return max(1.0, (time.perf_counter() - began) / _USUAL)


async def until(what: Callable[[], T], seconds: float = PATIENCE, every: float = 0.02) -> T:
    """Wait until something is true, and return it.

    Raises:
        TimeoutError: it was not within ``seconds``, or longer where the machine is slow.
    """
    began, slowest = time.monotonic(), 1.0
    while not (found := what()):
        if time.monotonic() - began > seconds * slowest:
            slowest = max(slowest, slowness())
            if time.monotonic() - began > seconds * slowest:
                raise TimeoutError
        await asyncio.sleep(every)
    return found
