"""Requests that are sent in time, or not at all.

A process that was suspended goes on in the middle of what it did, and would send what another has
overtaken meanwhile: an edit over the last word of a card, a page a second time, a drawing that was
refunded. discord.py holds requests back for rate limits, so they are looked at when they leave: as
aiohttp traces them.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

import aiohttp

#: Epoch milliseconds before which what this context asks must be on its way.
_before = ContextVar[int | None]("before", default=None)


class TooLateError(Exception):
    """A request was not sent: another process may have gone on by now."""


@contextmanager
def sent_before(time: int | None) -> Generator[None]:
    """Let no request of the block leave at this time (epoch milliseconds) or later.

    Raises:
        TooLateError: one would have.
    """
    present = _before.set(time)
    try:
        yield
    finally:
        _before.reset(present)


class Departure:
    """Whether a request with a body may have left: only then can its outcome be unknown."""

    def __init__(self) -> None:
        self.left = False

    def trace(self) -> aiohttp.TraceConfig:
        """Return what the session of this one request needs."""

        async def leaves(*_: object) -> None:
            self.left = True

        trace = aiohttp.TraceConfig()
        # aiohttp (3.14) checks the headers, and then sends them together with the body's first
        # piece; the way to a proxy (CONNECT) is no request of the session's, and not traced.
        trace.on_request_chunk_sent.append(leaves)
        return trace


def fence(clock: Callable[[], int]) -> aiohttp.TraceConfig:
    """Return what a session needs for ``sent_before`` to hold."""

    async def look(*_: object) -> None:
        before = _before.get()
        if before is not None and clock() >= before:
            raise TooLateError

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(look)
    # It may have waited for a connection since.
    trace.on_connection_create_end.append(look)
    trace.on_connection_reuseconn.append(look)
    return trace
