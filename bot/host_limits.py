"""What stands in front of a service (Cloudflare, a proxy) may answer instead of it.

Its page is no verdict on anything that was asked. But one of 429, or of 403 with a ``Retry-After``,
says that whoever asks is shut out for a while, and asking on makes that longer (Cloudflare's 1015:
https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/).
So nothing at all is asked of that host until then.
"""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import aiohttp
from yarl import URL

#: Seconds, where a 429 does not say how long.
UNSAID = 10.0
#: Seconds: whatever it says, the host is asked again after an hour.
LONGEST = 3600.0

_LIMITED, _FORBIDDEN = 429, 403


class HostHeld(aiohttp.ClientError):
    """A request did not get through: its host has shut us out for so many seconds more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"shut out for {seconds:.0f} s more")
        self.seconds = seconds


class HostLimits:
    """Which hosts have shut this process out, and until when."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = dict[URL, float]()

    def held(self, url: URL | str) -> float:
        """Return for how many seconds nothing may be asked of an address; 0: it may be."""
        until = self._until.get(URL(url).origin(), 0.0)
        return max(0.0, until - self._clock())

    def watch(self, trace: aiohttp.TraceConfig | None = None) -> aiohttp.TraceConfig:
        """Return what a session needs to ask no host that has shut us out.

        Its requests raise ``HeldBackError`` then, unsent; so does the one that is shut out, since
        discord.py (2.7) would take such a page for JSON of Discord's.
        """
        trace = trace or aiohttp.TraceConfig()
        trace.on_request_start.append(self._ask)
        trace.on_request_end.append(self._hear)
        return trace

    async def _ask(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        asked: aiohttp.TraceRequestStartParams,
    ) -> None:
        seconds = self.held(asked.url)
        if seconds > 0:
            raise HostHeld(seconds)

    async def _hear(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        heard: aiohttp.TraceRequestEndParams,
    ) -> None:
        seconds = _shut_out(heard.response)
        if seconds is not None:
            self._until[heard.url.origin()] = self._clock() + seconds
            heard.response.close()
            raise HostHeld(seconds)


def _shut_out(answer: aiohttp.ClientResponse) -> float | None:
    """Return for how many seconds an answer shuts us out; ``None``: it does not."""
    if answer.status not in {_LIMITED, _FORBIDDEN} or not _is_page(answer):
        return None
    seconds = retry_after(answer.headers)
    if seconds is None:
        return UNSAID if answer.status == _LIMITED else None
    return min(seconds, LONGEST)


def _is_page(answer: aiohttp.ClientResponse) -> bool:
    """Tell what is meant for people from the services' own words, which are JSON."""
    kind = answer.headers.get("Content-Type", "").strip().lower()
    return not kind or kind.startswith("text/")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read ``Retry-After``, seconds or a date: how many seconds; ``None``: it is not said."""
    text = headers.get("Retry-After", "")
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if math.isfinite(seconds) else None
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
