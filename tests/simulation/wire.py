"""The way to the outside: each call may meet a fault, or be its process's last deed."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

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


@dataclass
class Wire:
    """One process's way to the outside."""

    life: Life
    faults: Faults
    #: What people do while a call is under way, by call.
    meanwhile: Callable[[str], Awaitable[None]]
    #: What happens while the answer to a call is under way, by call.
    answering: Callable[[str], Awaitable[None]]

    @asynccontextmanager
    async def call(self, name: str) -> AsyncGenerator[None]:
        """Have the block be what the other side does; it takes effect whole or not at all.

        Raises:
            ImagineError: the fault that lay ahead.
        """
        await self.life.point(f"before {name}")
        await self.meanwhile(name)
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

    async def _answered(self, name: str) -> None:
        await asyncio.sleep(0)
        await self.life.point(f"after {name}")
