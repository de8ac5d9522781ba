"""Compares our clock with Discord's, which dates each of its answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import SimpleNamespace

import aiohttp
import structlog

from bot.clock import Clocks

log = structlog.get_logger()

#: Milliseconds. Interactions, leases and "today" depend on the clock; NTP keeps it within 100 ms.
_TOLERANCE = 30_000
#: Milliseconds. If the clock is off by this much, nothing is deleted for its age.
_FAR = 60 * 60 * 1000
#: Milliseconds. Dates in headers are whole seconds.
_RESOLUTION = 1000


class ClockCheck:
    """How far our clock is off, according to the latest answer."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        #: Milliseconds by which our clock is ahead; negative: behind.
        self.ahead = 0
        #: How far it was ahead of the steady clock then; ``None``: no answer yet.
        self._apart: int | None = None
        self._is_wrong = False
        self._turned = asyncio.Event()

    def watch(self, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """Compare the clock with each answer that a session gets from Discord's API."""

        async def began(_: object, context: SimpleNamespace, __: object) -> None:
            context.began = self._clocks.wall()

        async def ended(
            _: object, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
        ) -> None:
            self.compare(context.began, self._clocks.wall(), params.response.headers)

        trace.on_request_start.append(began)
        trace.on_request_end.append(ended)
        return trace

    def compare(self, began: int, ended: int, headers: Mapping[str, str]) -> None:
        """Compare with an answer's date; our times are epoch milliseconds."""
        try:
            theirs = _milliseconds(headers["Date"])
        except (KeyError, ValueError, TypeError, OverflowError):
            return
        self._apart = self._clocks.wall() - self._clocks.steady()
        # Discord dated it between our two times, however slow the network or this process was.
        if began > theirs + _RESOLUTION:
            self.ahead = began - theirs - _RESOLUTION
        else:
            self.ahead = min(0, ended - theirs)
        if (abs(self.ahead) > _TOLERANCE) is not self._is_wrong:
            self._is_wrong = not self._is_wrong
            self._turned.set()

    def is_about_right(self) -> bool:
        """Tell whether our clock is within an hour of Discord's, as far as we know."""
        if self._apart is None:
            return True
        set_since = self._clocks.wall() - self._clocks.steady() - self._apart
        return abs(self.ahead + set_since) < _FAR

    async def run(self, warn: Callable[[str], Awaitable[object]]) -> None:
        """Warn each time the clock becomes wrong. Runs until it is cancelled."""
        warned = False
        while True:
            await self._turned.wait()
            self._turned.clear()
            wrong = self._is_wrong
            if wrong and not warned:
                await warn(sentence(self.ahead, self._clocks.name))
            warned = wrong


@lru_cache(1)  # many answers have the same date
def _milliseconds(date: str) -> int:
    return round(parsedate_to_datetime(date).timestamp() * 1000)


def sentence(ahead: int, clock: str) -> str:
    """Return the warning to the operator; ``ahead`` in milliseconds."""
    direction = "ahead of" if ahead > 0 else "behind"
    return (
        f"{clock} is {abs(ahead) // 1000} s {direction} Discord's. "
        "Synchronise it (NTP): the bot relies on it."
    )
