"""When the worker looks at the database again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Wakeup:
    """A timer in memory for the timers in the rows; writing an earlier one brings it forward.

    ``wake_others``: as ``Peers.wake``.
    """

    wake_others: Callable[[], None] = lambda: None

    #: Epoch milliseconds.
    _look_at: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def no_later_than(self, time: int) -> None:
        """Have the database looked at by then (epoch milliseconds)."""
        if time < self._look_at:
            self._look_at = time
            self._changed.set()

    def nudge(self) -> None:
        """Have the database looked at now: something is due."""
        self.no_later_than(0)

    def nudge_all(self) -> None:
        """Have other processes look, too."""
        self.nudge()
        self.wake_others()

    def stir(self) -> None:
        """Wake the worker, with no need to look at the database."""
        self._changed.set()

    def looked(self, again_at: int) -> None:
        """Note that the database was looked at, and when it's to be looked at again."""
        self._look_at = again_at

    def is_due(self, now: int) -> bool:
        """Tell whether the database is to be looked at."""
        return self._look_at <= now

    async def wait(self, now: int, until: int) -> None:
        """Wait until then, or until the timer is due or the worker is woken."""
        self._changed.clear()
        seconds = (min(until, self._look_at) - now) / 1000
        # Not ``asyncio.timeout``, which takes twice as long: there are a dozen waits a task.
        timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self._changed.set)
        try:
            await self._changed.wait()
        finally:
            timer.cancel()
