"""Retries writes of what was paid for until they succeed.

The database may be locked by another program, or the disk full. Evolink's id of a drawing, where a
page was posted and what was charged exist nowhere else, so they are kept in memory and retried;
meanwhile nothing new is submitted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

import structlog

from bot.errors import StoreUnavailable

log = structlog.get_logger()

T = TypeVar("T")

#: Seconds before the second try, doubling with each further one, up to the second number.
FIRST, LONGEST = 0.1, 5.0
#: Seconds between two log entries about an outage, and between two reports to the operator.
LOGGED, TOLD = 60.0, 3600.0


@dataclass(slots=True)
class DurableWrites:
    """The writes of one process that must not be lost."""

    #: Reports to the operator, without waiting for delivery.
    alert: Callable[[str], object]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    #: Steps with something that could not be written yet; a stop waits for these.
    holding: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])
    _logged: float | None = None
    _told: float | None = None

    @property
    def is_behind(self) -> bool:
        """Whether something is waiting to be written; then nothing may be submitted."""
        return bool(self.holding)

    async def until_written(self, write: Callable[[], Awaitable[T]]) -> T:
        """Repeat ``write`` until it succeeds, with growing waits of at most 5 s."""
        holder = asyncio.current_task()
        assert holder is not None
        is_first = holder not in self.holding
        try:
            for tries in count():
                try:
                    return await write()
                except StoreUnavailable as error:
                    self.holding.add(holder)
                    self.failed(error)
                    await self.sleep(min(LONGEST, FIRST * 2 ** min(tries, 10)))
        finally:
            if is_first:
                self.holding.discard(holder)
        raise AssertionError

    def failed(self, error: StoreUnavailable) -> None:
        """Report a database failure, to the log once a minute and to the operator once an hour."""
        now = time.monotonic()
        if self._logged is None or now - self._logged >= LOGGED:
            self._logged = now
            log.warning("the database cannot be used; it is tried again", error=str(error))
        if self._told is None or now - self._told >= TOLD:
            self._told = now
            # Not ``warn``: it writes to the database.
            self.alert(
                f"The database can't be used ({error}). Nothing new is sent to Evolink until it "
                "works again; what is being drawn is kept in memory, so please don't kill the bot."
            )
