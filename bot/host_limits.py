"""Blocks by the edge (Cloudflare, a proxy) in front of a service.

The edge's page says nothing about the request itself. But a 429, or a 403 with ``Retry-After``,
means this address is blocked for a while, and asking again extends the block (Cloudflare's 1015:
https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/).
So the host is left alone until the block is over.
"""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import aiohttp
from yarl import URL

#: Seconds to wait after a 429 that doesn't say how long.
DEFAULT_WAIT = 10.0
#: The longest wait in seconds, whatever the edge says.
LONGEST = 3600.0
#: The most seconds that are read; 1e308 s would overflow in milliseconds.
_MOST = 1e9

_LIMITED, _FORBIDDEN = 429, 403


class HostBlocked(aiohttp.ClientError):
    """A request was not let through: its host blocks us for this many more seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"blocked for {seconds:.0f} s more")
        self.seconds = seconds


class HostLimits:
    """Which hosts block this process, and until when."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = dict[URL, float]()

    def blocked_seconds(self, url: URL | str) -> float:
        """Return the seconds for which a host must be left alone; 0: it may be asked."""
        if not self._until:
            return 0.0
        until = self._until.get(URL(url).origin(), 0.0)
        return max(0.0, until - self._clock())

    def watch(self, trace: aiohttp.TraceConfig | None = None) -> aiohttp.TraceConfig:
        """Return the trace that keeps a session away from hosts that block us.

        Requests to them raise ``HostBlocked`` unsent. So does the request that meets the block,
        since discord.py (2.7) would read the edge's page as Discord's JSON.
        """
        trace = trace or aiohttp.TraceConfig()
        trace.on_request_start.append(self._let_through)
        trace.on_request_end.append(self._note_block)
        return trace

    async def _let_through(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        params: aiohttp.TraceRequestStartParams,
    ) -> None:
        seconds = self.blocked_seconds(params.url)
        if seconds > 0:
            raise HostBlocked(seconds)

    async def _note_block(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        params: aiohttp.TraceRequestEndParams,
    ) -> None:
        seconds = _block_seconds(params.response)
        if seconds is not None:
            self._until[params.url.origin()] = self._clock() + seconds
            params.response.close()
            raise HostBlocked(seconds)


def _block_seconds(answer: aiohttp.ClientResponse) -> float | None:
    """Return the seconds for which an answer blocks us; ``None``: it doesn't."""
    if answer.status not in {_LIMITED, _FORBIDDEN} or not _is_page(answer):
        return None
    seconds = retry_after(answer.headers)
    if seconds is None:
        return DEFAULT_WAIT if answer.status == _LIMITED else None
    return min(seconds, LONGEST)


def _is_page(answer: aiohttp.ClientResponse) -> bool:
    """Tell a page for people from a service's own answer, which is JSON."""
    kind = answer.headers.get("Content-Type", "").strip().lower()
    return not kind or kind.startswith("text/")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read ``Retry-After`` (seconds or a date) as seconds; ``None``: absent or unreadable."""
    text = headers.get("Retry-After", "")
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        return min(max(0.0, seconds), _MOST) if math.isfinite(seconds) else None
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
