"""Translates failures of requests to Discord into our errors.

Only JSON with one of Discord's error codes says something about a token, channel or message. A
proxy's page is an outage, whatever its status.

Codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

import asyncio
import traceback
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import cast

import aiohttp
import discord
import structlog

from bot.clock import SYSTEM, Clocks
from bot.deadline import DeadlinePassed, Redirected, sent_before, sent_once, was_held_back
from bot.errors import ChatError, ChatRefused, ChatUnavailable, Moderated, PostUnknown, TooLarge
from bot.host_limits import HostBlocked

log = structlog.get_logger()

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 10003, 10008
#: After 15 minutes. Documented for webhooks only, but Discord sends it for interactions, too.
TOKEN_EXPIRED = 50027
#: Discord doesn't know the token: the interaction was never answered, or was answered long ago.
TOKEN_UNKNOWN = 10015
#: The token is useless, but the channel may still work.
TOKEN_DEAD = frozenset({TOKEN_EXPIRED, TOKEN_UNKNOWN})

_TOO_LARGE = 40005
#: AutoMod (messages, titles) and the filter for harmful links.
_MODERATED = frozenset({200000, 200001, 240000})
#: The interaction has been answered, or is too old, so the first answer may have been posted.
_MAYBE_ANSWERED = frozenset({40060, 10062, *TOKEN_DEAD})
#: Discord's error codes begin here; it sends 0 for general errors.
_CODES_FROM = 10_000
#: Temporary: slow mode, write limits, "temporarily disabled", rate limits, overload.
_TEMPORARY_CODES = frozenset({20016, 20028, 20029, 30046, 40004, 40062, 130000})
_TEMPORARY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_DOUBTFUL = HTTPStatus.REQUEST_TIMEOUT
_FAILED = HTTPStatus.INTERNAL_SERVER_ERROR

#: What discord.py raises for answers that aren't as documented: a page, a list, an object without
#: an id, endless nesting.
_UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    discord.InvalidData,
)

#: What discord.py raises when Discord or the network fails.
FAILURES = (
    discord.HTTPException,
    discord.RateLimited,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    DeadlinePassed,
    *_UNREADABLE,
)


@asynccontextmanager
async def requesting(
    seconds: float, before: int | None = None, clocks: Clocks = SYSTEM
) -> AsyncGenerator[None]:
    """Make requests that may be repeated, for ``seconds`` at most, and translate failures.

    ``before``, ``clocks``: as in ``deadline.sent_before``.

    Raises:
        ChatRefused: Discord refused; ``TooLarge``: because of the size.
        ChatUnavailable: Discord is failing, out of reach or too slow.
    """
    try:
        async with asyncio.timeout(seconds):
            with sent_before(before, clocks):
                yield
    except FAILURES as error:
        if isinstance(error, _UNREADABLE):
            # It may be a bug of ours, so log where.
            at = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{at.filename}:{at.lineno}"
            log.warning("discord's answer makes no sense", error=repr(error), where=where)
        failure = failure_of(error)
        if isinstance(failure, ChatUnavailable):
            failure.may_arrive = not _had_no_effect(error)
        raise failure from error


@asynccontextmanager
async def creating(seconds: float, before: int | None, clocks: Clocks) -> AsyncGenerator[None]:
    """Create a message with a request sent only once: without an answer, it may have been posted.

    ``before``, ``clocks``: as in ``deadline.sent_before``.

    Raises:
        ChatRefused: Discord refused; ``TooLarge``: because of the size.
        ChatUnavailable: it was not posted.
        PostUnknown: it may have been.
    """
    try:
        with sent_once():
            async with requesting(seconds, before, clocks):
                yield
    except ChatUnavailable as error:
        if _had_no_effect(error.__cause__):
            raise
        raise PostUnknown from error


@contextmanager
def gone_already() -> Generator[None]:
    """Ignore that a message, or its channel, no longer exists."""
    try:
        yield
    except ChatRefused as error:
        if error.code not in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
            raise


def failure_of(error: Exception) -> ChatError:
    """Translate what discord.py raised."""
    if not isinstance(error, discord.HTTPException):
        return ChatUnavailable(error.seconds if isinstance(error, HostBlocked) else 0.0)
    if error.status in _TEMPORARY or error.status >= _FAILED or error.code in _TEMPORARY_CODES:
        return ChatUnavailable()
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or error.code == _TOO_LARGE:
        # Whether Discord or a proxy says so, something smaller may pass.
        return TooLarge(_code(error), error.text)
    if not _is_refusal(error):
        return ChatUnavailable()
    kind = Moderated if error.code in _MODERATED else ChatRefused
    return kind(_code(error), error.text)


def _is_refusal(error: discord.HTTPException) -> bool:
    """Tell whether Discord itself refuses this very request.

    Malformed requests get a 400 without an error code. A 401 means that the bot's own token was
    revoked, which is the operator's problem, unless its code is about the interaction's token.
    """
    if _code(error):
        return error.status != HTTPStatus.UNAUTHORIZED or error.code in TOKEN_DEAD
    return error.status == HTTPStatus.BAD_REQUEST and is_json(error)


def is_json(error: discord.HTTPException) -> bool:
    """Tell whether Discord may have answered itself: proxies send pages."""
    return error.response.headers.get("Content-Type", "").startswith("application/json")


def _code(error: discord.HTTPException) -> int:
    """Return Discord's error code; 0: there is none."""
    # discord.py (2.7) takes whatever the answer has there, and a proxy may have answered.
    code = cast("object", error.code)
    return code if isinstance(code, int) and code >= _CODES_FROM else 0


def refusal_of(error: Exception) -> ChatRefused | None:
    """Return Discord's refusal of an interaction's first answer, which means nothing was posted.

    ``None``: this answer may have been posted, or another one was.
    """
    failure = failure_of(error) if isinstance(error, discord.HTTPException) else None
    if not isinstance(failure, ChatRefused) or failure.code in _MAYBE_ANSWERED:
        return None
    # A refusal without a code may be a proxy's.
    return failure if failure.code else None


def _had_no_effect(error: BaseException | None) -> bool:
    """Tell whether Discord never saw the request, or refused it.

    A proxy that answers below 500 didn't forward the request, unless it timed out (408).
    """
    if isinstance(error, discord.HTTPException):
        return error.status < _FAILED and error.status != _DOUBTFUL
    never_sent = aiohttp.ClientConnectorError | HostBlocked | discord.RateLimited | Redirected
    return isinstance(error, never_sent) or was_held_back(error)
