"""Durations that can run faster than real time, and a clock that may differ from this machine's.

The speed divides only how long something lasts: a drawing, a token, a link. A clock that is wrong
or is set shows another time but makes nothing last longer.
"""

import asyncio
import time
from dataclasses import dataclass


@dataclass
class Clock:
    """The time of the stand-ins."""

    #: How many sandbox seconds pass in a real one.
    speed: float = 1.0
    #: Real seconds by which it is ahead of this machine's clock.
    offset: float = 0.0

    def now(self) -> float:
        """Return seconds since 1970 by this clock."""
        return time.time() + self.offset

    def step(self, seconds: float) -> None:
        """Set the clock ahead, or back if negative."""
        self.offset += seconds

    def elapsed(self) -> float:
        """Return real seconds since an arbitrary moment; setting the clock doesn't change it."""
        return time.monotonic()

    def lasting(self, seconds: float) -> float:
        """Return how many real seconds ``seconds`` of sandbox time last."""
        return seconds / self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait for ``seconds`` of sandbox time."""
        await asyncio.sleep(self.lasting(seconds))
