"""The way to the outside: each call may meet a fault, or be its process's last deed."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from bot.clock import Clocks
from bot.errors import ImagineError
from tests.simulation.life import Life


@dataclass(frozen=True)
class Fault:
    """What becomes of one call instead of an answer."""

    error: Callable[[], ImagineError]
    #: The other side did what was asked; only the answer was lost.
    took_effect: bool = False


@dataclass
class Faults:
    """What lies ahead, by call; each is met once, by whatever process."""

    ahead: Mapping[str, Sequence[Fault | None]]
    #: How many were met, by call.
    met: Counter[str] = field(default_factory=Counter[str])

    def next(self, call: str) -> Fault | None:
        """Meet the next fault of such a call."""
        those = self.ahead.get(call, ())
        if self.met[call] >= len(those):
            return None
        self.met[call] += 1
        return those[self.met[call] - 1]

    def slow(self, call: str) -> int:  # noqa: ARG002 - as in ``Chance``
        """Return how many turns of the event loop a call is on its way."""
        return 1


#: What the clocks said when the present call began: the wall clock, and the steady one.
_began = ContextVar[tuple[int, int]]("began")


@dataclass
class Wire:
    """One process's way to the outside."""

    life: Life
    faults: Faults
    #: By which the process looks whether a request leaves in time.
    clocks: Clocks
    #: What people do while a call is under way, by call.
    meanwhile: Callable[[str], Awaitable[None]]
    #: What happens while the answer to a call is under way, by call.
    answering: Callable[[str], Awaitable[None]]
    #: The process's name, which the next one has as well.
    instance: str = ""

    @asynccontextmanager
    async def call(self, name: str) -> AsyncGenerator[None]:
        """Have the block be what the other side does; it takes effect whole or not at all.

        Raises:
            ImagineError: the fault that lay ahead.
        """
        _began.set((self.clocks.wall(), self.clocks.steady()))
        await self.life.point(f"before {name}")
        await self.meanwhile(name)
        for _ in range(self.faults.slow(name)):
            await asyncio.sleep(0)
        await self.life.breathe()
        fault = self.faults.next(name)
        if fault is not None and not fault.took_effect:
            await self.answering(name)
            await self._answered(name)
            raise fault.error()
        try:
            yield
            await self.answering(name)
        finally:
            # A refusal travels as an answer does.
            await self._answered(name)
        if fault is not None:
            raise fault.error()

    def is_late(self, before: int) -> bool:
        """Tell whether the call leaves too late by either clock, as ``bot.deadline`` does."""
        wall, steady = _began.get()
        return self.clocks.wall() >= before or self.clocks.steady() - steady >= before - wall

    async def _answered(self, name: str) -> None:
        await asyncio.sleep(0)
        await self.life.point(f"after {name}")
