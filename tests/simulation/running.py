"""Processes of a walk, which lose turns, are suspended and killed."""

import asyncio
import random
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from bot.errors import ChatError, ImagineError
from bot.refusals import Refusal
from tests.simulation.engine import Process
from tests.simulation.life import Life
from tests.simulation.together import Seat

#: Turns of the event loop that a process may lose at each point.
DELAYS = 4


@dataclass
class Mortal(Life):
    """A life that loses turns at its points, may be suspended, and is over once ended."""

    chance: random.Random = field(default_factory=random.Random)
    suspended: bool = False
    #: The point at which it is suspended.
    held_up_at: str | None = None
    over: bool = False

    @override
    async def point(self, name: str) -> None:
        self.suspended |= name == self.held_up_at
        await super().point(name)

    @override
    async def breathe(self) -> None:
        for _ in range(self.chance.randrange(DELAYS)):
            await asyncio.sleep(0)
        while self.suspended and not self.over:  # noqa: ASYNC110 - nothing else goes on meanwhile
            await asyncio.sleep(0)
        if self.over:
            raise asyncio.CancelledError
        await super().breathe()


@dataclass
class Running:
    """A process and everything it is doing."""

    process: Process
    life: Mortal
    #: Its seat among other processes, if there are any.
    seat: Seat | None = None
    doing: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Start something concurrently; refusals count as told to people."""
        task = asyncio.create_task(refused(work))
        self.doing.add(task)
        task.add_done_callback(self.doing.discard)

    async def kill(self) -> None:
        """End it as ``kill -9`` does: nothing more of it takes effect."""
        self.life.over = True
        self.life.thaw()
        for task in (*self.doing, *self.process.worker._under_way):
            task.cancel()
        await asyncio.gather(*self.doing, *self.process.worker._under_way, return_exceptions=True)
        await self.process.end()


async def refused(work: Coroutine[Any, Any, Any]) -> None:
    """Do something that may be refused, as people are told."""
    with suppress(Refusal, ChatError, ImagineError):
        await work
