"""Tells the operator of trouble: always in the log, and in the operator's channel if one is set."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from bot.services.shared.ports import OperatorChannel
from bot.store.store import Store

log = structlog.get_logger()

#: Milliseconds between two reports of one kind of trouble, however often it occurs.
QUIET = 60 * 60 * 1000
#: Milliseconds after which an undelivered message is dropped as old news.
NEWS = 24 * 60 * 60 * 1000
#: The newest undelivered messages to keep; more would flood the channel once it is back.
MOST_UNTOLD = 20


@dataclass(frozen=True, slots=True)
class Alerts:
    """Messages to the operator."""

    store: Store
    chat: OperatorChannel
    clock: Callable[[], int]
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: When this process last reported each kind, for when the store cannot be read or written.
    _told: dict[str, int] = field(default_factory=dict[str, int])
    #: Undelivered messages and when they were sent.
    _untold: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=MOST_UNTOLD))
    #: Messages that are being sent in the background.
    _sending: set["asyncio.Task[bool]"] = field(default_factory=set["asyncio.Task[bool]"])

    def send_soon(self, text: str) -> None:
        """Send without waiting: Discord may take two minutes, or not answer."""
        sending = asyncio.create_task(self.send(text), name="alert")
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)

    async def send(self, text: str, *, again: bool = True) -> bool:
        """Log a message and send it; return whether it arrived.

        ``again``: if it didn't, retry later, as long as this process lives.
        """
        log.warning("for the operator", text=text)
        if await self.chat.tell_operator(text):
            return True
        if again:
            self._untold.append((self.clock(), text))
        return False

    async def tell_again(self) -> None:
        """Send undelivered messages again, oldest first."""
        for at, text in tuple(self._untold):
            if self.clock() - at < NEWS and not await self.chat.tell_operator(text):
                return
            with suppress(ValueError):  # newer ones pushed it out meanwhile
                self._untold.remove((at, text))

    async def warn(self, kind: str, text: str) -> bool:
        """Report trouble that many tasks run into, at most once an hour for each ``kind``.

        Returns whether it was reported now. That is recorded only after it arrived, so a process
        that dies in between reports it twice rather than never.
        """
        async with self.store.peers.alone(f"alert {kind}") as mine:
            async with self._one_at_a_time:
                due = mine and await self._is_due(kind)
                if due:
                    self._told[kind] = self.clock()
            if not due:
                log.info("the operator knows", kind=kind, text=text)
            elif await self.send(text):
                await self._note(kind)
        return due

    async def _is_due(self, kind: str) -> bool:
        now = self.clock()

        def is_recent(at: int | None) -> bool:
            # A report from the future was made before the clock was set back.
            return at is not None and 0 <= now - at < QUIET

        if is_recent(self._told.get(kind)):
            return False
        try:
            # Another process may have reported it since this one last did.
            return not is_recent(await self.store.facts.get(f"told:{kind}"))
        except Exception as error:  # noqa: BLE001 - report it anyway
            log.warning("what the operator knows could not be read", error=repr(error))
            return True

    async def _note(self, kind: str) -> None:
        try:
            await self.store.facts.put(f"told:{kind}", self.clock())
        except Exception as error:  # noqa: BLE001 - a full disk is reported, though it can't be noted
            log.warning("what the operator is told could not be noted", error=repr(error))
