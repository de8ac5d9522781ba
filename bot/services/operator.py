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
    #: When what was told, for when the store cannot say.
    _told: dict[str, int] = field(default_factory=dict[str, int])

    async def tell(self, text: str) -> None:
        """Say something; where that fails, the log has it."""
        log.warning("for the operator", text=text)
        await self.chat.tell_operator(text)

    async def warn(self, kind: str, text: str) -> bool:
        """Tell of a trouble that many tasks run into, unless it was told just before.

        Returns whether it was told now.
        """
        async with self._one_at_a_time:
            if not await self._is_due(kind):
                log.info("the operator knows", kind=kind, text=text)
                return False
        await self.tell(text)
        return True

    async def _is_due(self, kind: str) -> bool:
        key, now = f"told:{kind}", self.clock()
        last = self._told.get(kind)
        try:
            last = last or await self.store.facts.get(key)
            if last is None or not 0 <= now - last < QUIET:
                await self.store.facts.put(key, now)
        except Exception as error:  # noqa: BLE001 - a full disk is told, though it can't be noted
            log.warning("what the operator is told could not be noted", error=repr(error))
        # One that was told in the future was told before the clock was set back.
        due = last is None or not 0 <= now - last < QUIET
        if due:
            self._told[kind] = now
        return due
