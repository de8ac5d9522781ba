"""Whether this machine's clock agrees with Discord's, as each of Discord's answers tells it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import aiohttp
import structlog

log = structlog.get_logger()

#: Milliseconds: interactions, leases and "today" go by the clock; NTP keeps it within 100 ms.
WRONG = 30_000
#: Milliseconds: dates in headers are whole seconds.
_SECOND = 1000


class ClockCheck:
    """Compares the clock at the start, and whenever an interaction is answered."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        #: Milliseconds that ours is ahead; negative: behind.
        self.ahead = 0
        self._heard = asyncio.Event()

    def watch(self, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """Have a session that asks Discord's API tell of each answer."""

        async def began(_: object, context: SimpleNamespace, __: object) -> None:
            context.began = self._clock()

        async def ended(
            _: object, context: SimpleNamespace, told: aiohttp.TraceRequestEndParams
        ) -> None:
            self.received(context.began, self._clock(), told.response.headers)

        trace.on_request_start.append(began)
        trace.on_request_end.append(ended)
        return trace

    def received(self, began: int, ended: int, headers: Mapping[str, str]) -> None:
        """Take in an answer to what was asked between two of our times (epoch milliseconds)."""
        try:
            theirs = round(parsedate_to_datetime(headers["Date"]).timestamp() * 1000)
        except (KeyError, ValueError, TypeError, OverflowError):
            return
        # It was dated between the two, however slow the network or this process was.
        if began > theirs + _SECOND:
            self.ahead = began - theirs - _SECOND
        else:
            self.ahead = min(0, ended - theirs)
        self._heard.set()

    async def run(self, tell: Callable[[str], Awaitable[object]]) -> None:
        """Tell once that the clock is wrong, for ever; and again only after it was right."""
        told = False
        while True:
            await self._heard.wait()
            self._heard.clear()
            wrong = abs(self.ahead) > WRONG
            if wrong and not told:
                await tell(sentence(self.ahead))
            told = wrong


def sentence(ahead: int) -> str:
    """Return what the operator is told; ``ahead`` is milliseconds."""
    way = "ahead of" if ahead > 0 else "behind"
    return (
        f"This machine's clock is {abs(ahead) // 1000} s {way} Discord's. Set it right (NTP): "
        "the bot goes by it."
    )
