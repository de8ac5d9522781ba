"""Requests that are sent in time or not at all, and where it matters only once.

A process that was suspended goes on in the middle of what it did, and would send what another has
overtaken meanwhile: an edit over the last word of a card, a page a second time, a drawing that was
refunded. discord.py holds requests back for rate limits, and repeats them after failures, so they
are checked when they leave: as aiohttp traces them.

Either clock can say that it is too late. Whoever takes over goes by the wall clock, which may have
been set ahead; where it was set back, only the other still knows how long this took.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from types import SimpleNamespace

import aiohttp

from bot.clock import SYSTEM, Clocks


@dataclass(frozen=True, slots=True)
class _Deadline:
    """When what a context asks must be on its way, by both clocks, in milliseconds."""

    wall: int
    steady: int

    def is_over(self, clocks: Clocks) -> bool:
        return clocks.wall() >= self.wall or clocks.steady() >= self.steady


_before = ContextVar[_Deadline | None]("before", default=None)


class DeadlinePassed(Exception):
    """A request was not sent: another process may have gone on by now."""


class SentAlready(aiohttp.ClientError):
    """A library was about to repeat a request that may have taken effect the first time."""


class Redirected(aiohttp.ClientError):
    """A request was answered with another address, and was not sent there."""


@dataclass(slots=True)
class _Once:
    """Whether the request of a block has left."""

    left: bool = False


_once = ContextVar[_Once | None]("once", default=None)


@contextmanager
def sent_once() -> Generator[None]:
    """Let the one request of the block leave a single time, whatever the library makes of a 5xx.

    discord.py (2.7) would send a webhook's up to five times. After a 429 it may: Discord sends that
    instead of doing anything.

    Raises:
        SentAlready: it would have left again.
        Redirected: it would have left again, for another address.
    """
    token = _once.set(_Once())
    try:
        yield
    finally:
        _once.reset(token)


@contextmanager
def sent_before(time: int | None, clocks: Clocks = SYSTEM) -> Generator[None]:
    """Let no request of the block leave at this time (epoch milliseconds) or later.

    A block within a block counts from where the outer one began.

    Raises:
        DeadlinePassed: one would have.
    """
    deadline, around = None, _before.get()
    if time is not None:
        steady = clocks.steady() + time - clocks.wall()
        deadline = _Deadline(time, steady if around is None else min(steady, around.steady))
    present = _before.set(deadline)
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


def enforce_deadline(clocks: Clocks = SYSTEM) -> aiohttp.TraceConfig:
    """Return what a session needs for ``sent_before`` (by the same clocks) and ``sent_once``."""

    async def look(*_: object) -> None:
        before = _before.get()
        if before is not None and before.is_over(clocks):
            raise DeadlinePassed

    trace = aiohttp.TraceConfig()
    # First: a repetition that comes too late does not mean that nothing was sent.
    trace.on_request_start.append(_leave)
    trace.on_request_start.append(look)
    # It may have waited for a connection since.
    trace.on_connection_create_end.append(look)
    trace.on_connection_reuseconn.append(look)
    trace.on_request_redirect.append(_stay)
    trace.on_request_end.append(_may_leave_again)
    return trace


async def _leave(*_: object) -> None:
    once = _once.get()
    if once is not None:
        if once.left:
            raise SentAlready
        once.left = True


async def _stay(
    _session: aiohttp.ClientSession,
    _context: SimpleNamespace,
    redirected: aiohttp.TraceRequestRedirectParams,
) -> None:
    if _once.get() is not None:
        redirected.response.close()
        raise Redirected


async def _may_leave_again(
    _session: aiohttp.ClientSession,
    _context: SimpleNamespace,
    ended: aiohttp.TraceRequestEndParams,
) -> None:
    once = _once.get()
    if once is not None and ended.response.status == HTTPStatus.TOO_MANY_REQUESTS:
        once.left = False
