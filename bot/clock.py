"""The wall clock, which somebody may set, and a look at whether somebody has."""

import time
from collections.abc import Callable
from dataclasses import dataclass

#: Milliseconds; less is a correction as NTP makes it, and harms nothing.
NOTICED = 2_000


def wall() -> int:
    """Return epoch milliseconds, as rows have them."""
    return time.time_ns() // 1_000_000


def steady() -> int:
    """Return milliseconds of a clock that nobody sets; where it can, it counts a suspension in."""
    which = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(which) // 1_000_000


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clock by which rows name times, and the one that nobody sets; both in milliseconds."""

    wall: Callable[[], int] = wall
    steady: Callable[[], int] = steady


SYSTEM = Clocks()


@dataclass(slots=True)
class ClockWatch:
    """Notices that the wall clock was set while this process runs."""

    wall: Callable[[], int]
    steady: Callable[[], int]
    _apart: int | None = None

    def step(self) -> int:
        """Return by how many milliseconds it was set since the last look; 0: it was not."""
        apart = self.wall() - self.steady()
        before, self._apart = self._apart, apart
        if before is None or abs(apart - before) < NOTICED:
            return 0
        return apart - before
