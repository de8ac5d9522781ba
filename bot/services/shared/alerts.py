"""What the operator is told: in the log always, and in the operator's channel where one is set."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from bot.services.shared.ports import OperatorChannel
from bot.store.store import Store

log = structlog.get_logger()

#: Milliseconds: one kind of trouble is told once in this time, however often it comes.
QUIET = 60 * 60 * 1000
#: Milliseconds: what did not arrive by then helps nobody any more.
NEWS = 24 * 60 * 60 * 1000
#: The newest of what did not arrive; more of it would be a flood once the channel is back.
MOST_UNTOLD = 20


@dataclass(frozen=True, slots=True)
class Alerts:
    """Whoever runs the bot."""

    store: Store
    chat: OperatorChannel
    clock: Callable[[], int]
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: When what was told, for when the store cannot say.
    _told: dict[str, int] = field(default_factory=dict[str, int])
    #: What did not arrive, and when that was.
    _untold: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=MOST_UNTOLD))

    async def send(self, text: str) -> bool:
        """Say something, and return whether it arrived; else it is said again later.

        The log has it in any case.
        """
        log.warning("for the operator", text=text)
        if await self.chat.tell_operator(text):
            return True
        self._untold.append((self.clock(), text))
        return False

    async def tell_again(self) -> None:
        """Say what did not arrive, oldest first, as long as it is news."""
        for at, text in tuple(self._untold):
            if self.clock() - at < NEWS and not await self.chat.tell_operator(text):
                return
            with suppress(ValueError):  # so many came meanwhile that it was dropped
                self._untold.remove((at, text))

    async def warn(self, kind: str, text: str) -> bool:
        """Tell of a trouble that many tasks run into, unless it was told just before.

        Returns whether it was told now. Noted is only what arrived, so that whoever dies in between
        tells it twice rather than never.
        """
        async with self._one_at_a_time:
            due = await self._is_due(kind)
            if due:
                self._told[kind] = self.clock()
        if not due:
            log.info("the operator knows", kind=kind, text=text)
        elif await self.send(text):
            await self._note(kind)
        return due

    async def _is_due(self, kind: str) -> bool:
        now, last = self.clock(), self._told.get(kind)
        try:
            last = last or await self.store.facts.get(f"told:{kind}")
        except Exception as error:  # noqa: BLE001 - told all the same
            log.warning("what the operator knows could not be read", error=repr(error))
        # One that was told in the future was told before the clock was set back.
        return last is None or not 0 <= now - last < QUIET

    async def _note(self, kind: str) -> None:
        try:
            await self.store.facts.put(f"told:{kind}", self.clock())
        except Exception as error:  # noqa: BLE001 - a full disk is told, though it can't be noted
            log.warning("what the operator is told could not be noted", error=repr(error))
