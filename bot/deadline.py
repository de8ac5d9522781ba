"""Send a request before its deadline or not at all, and at most once where that matters.

A suspended process resumes in the middle of a step. By then another process may have taken the task
over, so the late request would overwrite a finished card, post a page twice, or draw what was
refunded. discord.py delays requests for rate limits and retries them after failures, so the check
runs when a request leaves, in aiohttp's trace hooks.

A request is late if either clock says so. Other processes go by the wall clock, which may have been
set ahead; if it was set back, only the steady clock still knows how much time has passed.
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
    """The time by which requests must have left, by both clocks, in milliseconds."""

    wall: int
    steady: int

    def is_over(self, clocks: Clocks) -> bool:
        return clocks.latest() >= self.wall or clocks.steady() >= self.steady


_before = ContextVar[_Deadline | None]("before", default=None)


class DeadlinePassed(Exception):
    """A request was not sent: another process may have taken over by now."""


class SentAlready(aiohttp.ClientError):
    """A library was about to repeat a request that may already have taken effect."""


class Redirected(aiohttp.ClientError):
    """A request was redirected, and not sent again."""


def was_held_back(error: BaseException | None) -> bool:
    """Tell whether a request failed because it would have left too late.

    If that is noticed while the body is being written, aiohttp (3.14) raises it as an error of the
    connection.
    """
    if isinstance(error, aiohttp.ClientConnectionError):
        error = error.__cause__
    return isinstance(error, DeadlinePassed)


@dataclass(slots=True)
class _Once:
    """Whether the block's request has left."""

    left: bool = False


_once = ContextVar[_Once | None]("once", default=None)


@contextmanager
def sent_once() -> Generator[None]:
    """Send the block's one request once, however often the library retries it.

    discord.py (2.7) sends a webhook request up to five times after a 5xx. A retry after a 429 is
    allowed: Discord answers that instead of doing anything.

    Raises:
        SentAlready: the library tried again.
        Redirected: the answer was a redirect.
    """
    token = _once.set(_Once())
    try:
        yield
    finally:
        _once.reset(token)


@contextmanager
def sent_before(time: int | None, clocks: Clocks = SYSTEM) -> Generator[None]:
    """Refuse to send the block's requests at or after this time (epoch milliseconds).

    By the steady clock, a nested block never gets more time than the outer one.

    Raises:
        DeadlinePassed: a request would have left too late.
    """
    deadline, around = None, _before.get()
    if time is not None:
        steady = clocks.steady() + time - clocks.latest()
        deadline = _Deadline(time, steady if around is None else min(steady, around.steady))
    present = _before.set(deadline)
    try:
        yield
    finally:
        _before.reset(present)


class Departure:
    """Whether part of a request's body may have left; only then can its outcome be unknown."""

    def __init__(self) -> None:
        self.left = False

    @staticmethod
    def trace(trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """Note departures of a session's requests, each given as its ``trace_request_ctx``."""

        async def leaves(_: object, context: SimpleNamespace, __: object) -> None:
            if isinstance(context.trace_request_ctx, Departure):
                context.trace_request_ctx.left = True

        # aiohttp (3.14) sends the headers together with the body's first chunk. A proxy's CONNECT
        # is not a request of the session, and not traced.
        trace.on_request_chunk_sent.append(leaves)
        return trace


def enforce_deadline(clocks: Clocks = SYSTEM) -> aiohttp.TraceConfig:
    """Return the trace that enforces ``sent_before`` (by the same clocks) and ``sent_once``."""

    async def look(*_: object) -> None:
        before = _before.get()
        if before is not None and before.is_over(clocks):
            raise DeadlinePassed

    async def look_at_the_last_moment(_: object, context: SimpleNamespace, __: object) -> None:
        # Only at its first chunk: the rest of a body may follow late.
        if not hasattr(context, "is_leaving"):
            await look()
            context.is_leaving = True

    trace = aiohttp.TraceConfig()
    # A late retry does not mean that nothing was sent, so this comes first.
    trace.on_request_start.append(_leave)
    trace.on_request_start.append(look)
    # Check again: it may have queued for a connection.
    trace.on_connection_create_end.append(look)
    trace.on_connection_reuseconn.append(look)
    # And again where the body is written, which is a turn of the loop later: a process that was
    # suspended in between overwrote a card that already carried its images.
    trace.on_request_chunk_sent.append(look_at_the_last_moment)
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
