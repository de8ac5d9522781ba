"""Every failure of Discord, or of the way to it, becomes one of ours here.

Only Discord's own words, JSON with a code of its own, are a verdict on token, channel or message.
A proxy's page is an outage, whatever its status.

Codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

import asyncio
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import cast

import aiohttp
import discord
import structlog

from bot.deadline import DeadlinePassed, Redirected, sent_before, sent_once
from bot.errors import ChatError, ChatRefused, ChatUnavailable, Moderated, PostUnknown, TooLarge
from bot.host_limits import HostHeld

log = structlog.get_logger()

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 10003, 10008
#: 15 minutes old; Discord documents the code for webhooks only, but sends it for interactions.
TOKEN_EXPIRED = 50027
#: A token of which Discord knows nothing: the interaction was never answered, or long ago.
TOKEN_UNKNOWN = 10015
#: The token is of no use any more; the channel may be.
TOKEN_DEAD = frozenset({TOKEN_EXPIRED, TOKEN_UNKNOWN})

_TOO_LARGE = 40005
#: AutoMod (of messages, of titles), and the filter of harmful links.
_MODERATED = frozenset({200000, 200001, 240000})
#: Answers that say nothing of the message: it has an answer already, or its time is over.
_LATE = frozenset({40060, 10062, *TOKEN_DEAD})
#: Discord's own codes begin here; 0 is its word for everything else.
_CODES_FROM = 10_000
#: Refusals that pass: slow mode, write limits, "temporarily disabled", rate limits, overload.
_PASSING_CODES = frozenset({20016, 20028, 20029, 30046, 40004, 40062, 130000})
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_DOUBTFUL = HTTPStatus.REQUEST_TIMEOUT
_FAILED = HTTPStatus.INTERNAL_SERVER_ERROR

#: What discord.py comes out with where an answer is not what Discord documents: a page, a list, an
#: object without an id, nesting without end.
_UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    discord.InvalidData,
)

#: What discord.py lets through when Discord, or the way to it, fails.
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
async def talking(seconds: float, before: int | None = None) -> AsyncGenerator[None]:
    """Ask Discord something that may be asked again, for ``seconds`` at most.

    ``before``: as ``deadline.sent_before`` has it.

    Raises:
        ChatRefused: Discord says no; ``TooLarge`` because of the bytes.
        ChatUnavailable: Discord is failing, out of reach or too slow.
    """
    try:
        async with asyncio.timeout(seconds):
            with sent_before(before):
                yield
    except FAILURES as error:
        if isinstance(error, _UNREADABLE):
            # Or a mistake of ours, which must be seen.
            at = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{at.filename}:{at.lineno}"
            log.warning("an answer of discord's makes no sense", error=repr(error), where=where)
        raise failure_of(error) from error


@asynccontextmanager
async def creating(seconds: float, before: int | None) -> AsyncGenerator[None]:
    """Ask Discord once to create a message: what was lost on the way may have been posted.

    ``before``: as ``deadline.sent_before`` has it.

    Raises:
        ChatRefused: Discord says no; ``TooLarge`` because of the bytes.
        ChatUnavailable: it surely was not posted.
        PostUnknown: it may have been.
    """
    try:
        with sent_once():
            async with talking(seconds, before):
                yield
    except ChatUnavailable as error:
        if _surely_had_no_effect(error.__cause__):
            raise
        raise PostUnknown from error


def failure_of(error: Exception) -> ChatError:
    """Return what a failure means to us."""
    if not isinstance(error, discord.HTTPException):
        return ChatUnavailable(error.seconds if isinstance(error, HostHeld) else 0.0)
    if error.status in _PASSING or error.status >= _FAILED or error.code in _PASSING_CODES:
        return ChatUnavailable()
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or error.code == _TOO_LARGE:
        # Whoever finds it too large, something smaller may pass.
        return TooLarge(_code(error), error.text)
    if not _is_verdict(error):
        return ChatUnavailable()
    kind = Moderated if error.code in _MODERATED else ChatRefused
    return kind(_code(error), error.text)


def _is_verdict(error: discord.HTTPException) -> bool:
    """Tell whether Discord itself says no, and to this request.

    Without a code of its own it does so of a request that is malformed. A 401 without one says that
    the bot's own token was withdrawn: the operator's matter, not this message's.
    """
    if _code(error):
        return error.status != HTTPStatus.UNAUTHORIZED or error.code in TOKEN_DEAD
    return error.status == HTTPStatus.BAD_REQUEST and is_json(error)


def is_json(error: discord.HTTPException) -> bool:
    """Tell whether Discord itself may have answered: what stands in front of it sends pages."""
    return error.response.headers.get("Content-Type", "").startswith("application/json")


def _code(error: discord.HTTPException) -> int:
    """Return Discord's code; 0 where there is none: other programs have codes, too."""
    # discord.py (2.7) takes over whatever stands in the answer.
    code = cast("object", error.code)
    return code if isinstance(code, int) and code >= _CODES_FROM else 0


def surely_refused(error: Exception) -> ChatRefused | None:
    """Return Discord's own verdict on an interaction's answer: no such message is there.

    ``None``: the answer may be there, or another of this interaction is.
    """
    failure = failure_of(error) if isinstance(error, discord.HTTPException) else None
    if not isinstance(failure, ChatRefused) or failure.code in _LATE:
        return None
    # Without a code it is not Discord that speaks, but a proxy.
    return failure if failure.code else None


def _surely_had_no_effect(error: BaseException | None) -> bool:
    """Tell whether Discord never saw the request, or answered that it did nothing.

    What stands in front of it lets nothing through that it turns away, unless it only grew tired of
    waiting.
    """
    if isinstance(error, discord.HTTPException):
        return error.status < _FAILED and error.status != _DOUBTFUL
    never_seen = aiohttp.ClientConnectorError | HostHeld | discord.RateLimited | DeadlinePassed
    return isinstance(error, never_seen | Redirected)
