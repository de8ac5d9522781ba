"""Durations that can run faster than real time, and a clock that need not agree with ours.

Only how long a thing lasts (a drawing, a token, a link) is divided by the speed; a clock that is
off, or is set, tells other times and makes nothing last longer.
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
        """Return seconds since 1970, as this clock has them."""
        return time.time() + self.offset

    def step(self, seconds: float) -> None:
        """Set it ahead, or back where negative."""
        self.offset += seconds

    def elapsed(self) -> float:
        """Return real seconds since some time or other, however the clock is set."""
        return time.monotonic()

    def lasting(self, seconds: float) -> float:
        """Return how many real seconds ``seconds`` of sandbox time last."""
        return seconds / self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait for ``seconds`` of sandbox time."""
        await asyncio.sleep(self.lasting(seconds))
