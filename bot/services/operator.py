"""What the operator is told: in the log always, and in the operator's channel where one is set."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bot.services.ports import Chat
from bot.store.store import Store

log = structlog.get_logger()

#: Milliseconds: one kind of trouble is told once in this time, however often it comes.
QUIET = 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever runs the bot."""

    store: Store
    chat: Chat
    clock: Callable[[], int]
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def tell(self, text: str) -> None:
        """Say something; where that fails, the log has it."""
        log.warning("for the operator", text=text)
        await self.chat.tell_operator(text)

    async def warn(self, kind: str, text: str) -> bool:
        """Tell of a trouble that many tasks run into, unless it was told just before.

        Returns whether it was told now.
        """
        key = f"told:{kind}"
        async with self._one_at_a_time:
            last = await self.store.facts.get(key)
            now = self.clock()
            if last is not None and now - last < QUIET:
                log.info("the operator knows", kind=kind, text=text)
                return False
            await self.store.facts.put(key, now)
        await self.tell(text)
        return True
