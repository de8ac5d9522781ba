"""Durations that can run faster than real time.

Timestamps stay real, so that a bot's own clock agrees with ours; only how long a thing lasts (a
drawing, a token, a link) is divided by the speed.
"""

import asyncio
import time
from dataclasses import dataclass


@dataclass
class Clock:
    """The time of the stand-ins."""

    #: How many sandbox seconds pass in a real one.
    speed: float = 1.0

    def now(self) -> float:
        """Return seconds since 1970, in real time."""
        return time.time()

    def lasting(self, seconds: float) -> float:
        """Return how many real seconds ``seconds`` of sandbox time last."""
        return seconds / self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait for ``seconds`` of sandbox time."""
        await asyncio.sleep(self.lasting(seconds))
