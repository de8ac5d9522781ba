"""The wall clock, a steady clock, and a check whether the wall clock was set."""

import time
from collections.abc import Callable
from dataclasses import dataclass

#: Milliseconds; smaller steps are NTP corrections and harmless.
NOTICED = 2_000


def wall() -> int:
    """Return epoch milliseconds, as stored in rows."""
    return time.time_ns() // 1_000_000


def steady() -> int:
    """Return milliseconds of a clock that is never set; on Linux it also counts suspension."""
    which = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(which) // 1_000_000


@dataclass(frozen=True, slots=True)
class Clocks:
    """The wall clock, which rows use, and the steady one; both in milliseconds."""

    wall: Callable[[], int] = wall
    steady: Callable[[], int] = steady
    #: The wall clock's name in a sentence.
    name: str = "This machine's clock"
    #: The wall clock's time as reckoned by this machine's own clock, if ``wall`` follows another
    #: machine's. It keeps going while a virtual machine is paused, which the steady clock may not.
    machine: Callable[[], int] | None = None

    def latest(self) -> int:
        """Return the wall clock's time by whichever clock is ahead."""
        return self.wall() if self.machine is None else max(self.wall(), self.machine())


SYSTEM = Clocks()


@dataclass(slots=True)
class FollowedClock:
    """The wall clock of another machine: its last answer, and our steady clock since.

    So processes whose machines' clocks differ by minutes agree on when a lease ends.
    """

    steady: Callable[[], int] = steady
    #: Milliseconds by which it is ahead of our steady clock, and of our wall clock.
    _ahead: int = 0
    _apart: int = 0

    def wall(self) -> int:
        """Return its epoch milliseconds."""
        return self.steady() + self._ahead

    def machine(self) -> int:
        """Return the same, as reckoned by our wall clock since the last answer."""
        return wall() + self._apart

    def heard(self, time: int, *, asked_at: int) -> None:
        """Follow an answer to a question asked at ``asked_at`` (steady)."""
        self._ahead = time - (asked_at + self.steady()) // 2
        self._apart = self.wall() - wall()


@dataclass(slots=True)
class ClockWatch:
    """Notices when the wall clock is set while this process runs.

    Until timers have followed, the times in rows predate the change, and none counts as over.
    """

    wall: Callable[[], int]
    steady: Callable[[], int]
    #: Milliseconds after the first look in which nothing counts as over either, as nobody knows if
    #: the clock was set or the process was down for that long.
    patience: int = 0
    _began: int = 0
    _apart: int | None = None
    _set_by: int = 0

    def step(self) -> int:
        """Return the milliseconds by which it was set since timers followed; 0: it wasn't."""
        apart = self.wall() - self.steady()
        before, self._apart = self._apart, apart
        if before is None:
            self._began = self.steady()
        elif abs(apart - before) >= NOTICED:
            self._set_by += apart - before
        return self._set_by

    def followed(self, step: int) -> None:
        """Note that timers have followed a step."""
        self._set_by -= step

    def is_over(self, moment: int) -> bool:
        """Tell whether a moment that a row names is over."""
        if self.wall() < moment or self.step():
            return False
        return self.steady() - self._began >= self.patience
