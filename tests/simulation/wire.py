"""The connection to the outside: each call may meet a fault, or be its process's last act."""

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
    """What happens to one call, in place of an answer."""

    error: Callable[[], ImagineError]
    #: The other side did what was asked; only the answer was lost.
    took_effect: bool = False


@dataclass
class Faults:
    """The faults ahead, by call; each is met once, by whichever process."""

    ahead: Mapping[str, Sequence[Fault | None]]
    #: How many were met, by call.
    met: Counter[str] = field(default_factory=Counter[str])

    def next(self, call: str) -> Fault | None:
        """Return the next fault for such a call."""
        those = self.ahead.get(call, ())
        if self.met[call] >= len(those):
            return None
        self.met[call] += 1
        return those[self.met[call] - 1]

    def slow(self, call: str) -> int:  # noqa: ARG002 - as in ``Chance``
        """Return how many turns of the event loop a call takes."""
        return 1


#: The wall clock and the steady clock when the current call began.
_began = ContextVar[tuple[int, int]]("began")


@dataclass
class Wire:
    """One process's connection to the outside."""

    life: Life
    faults: Faults
    #: The clocks that tell the process whether a request leaves in time.
    clocks: Clocks
    #: What people do while a call is under way, by call.
    meanwhile: Callable[[str], Awaitable[None]]
    #: What happens while the answer to a call is under way, by call.
    answering: Callable[[str], Awaitable[None]]
    #: The process's name, which its successor also has.
    instance: str = ""

    @asynccontextmanager
    async def call(self, name: str) -> AsyncGenerator[None]:
        """Let the block do what the other side does; it takes effect as a whole or not at all.

        Raises:
            ImagineError: the next fault.
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
            # A refusal travels like an answer.
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
