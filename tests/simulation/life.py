"""A process's life, counted in points: at each of them it may die, or freeze for a while.

A point is before and after each commit, and before and after each outside call. What a process does
between two points leaves no trace outside of it, so these are all the deaths that differ.

Nobody has to be killed for it: whatever outlives a process is looked at from outside whenever it
passes a point, and the next process starts from what was there.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


def _unwatched(_name: str) -> None:
    return


@dataclass
class Life:
    """One process's life."""

    #: Sees each point.
    watch: Callable[[str], None] = _unwatched
    #: The point (counted from 1) at which it freezes until ``thaw``, like a suspended machine.
    freezes_at: int | None = None
    points: int = 0
    frozen: asyncio.Event = field(default_factory=asyncio.Event)
    _thawed: asyncio.Event = field(default_factory=asyncio.Event)

    async def point(self, name: str) -> None:
        """Pass a point."""
        await self.breathe()
        self.points += 1
        self.watch(name)
        if self.points == self.freezes_at:
            self.frozen.set()
            await self.breathe()

    async def breathe(self) -> None:
        """Continue, unless the process is frozen."""
        if self.frozen.is_set() and not self._thawed.is_set():
            await self._thawed.wait()

    def thaw(self) -> None:
        """Let a frozen process go on as if nothing had happened."""
        self._thawed.set()
