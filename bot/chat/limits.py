"""Rate limits that discord.py (2.7) cannot be left alone with.

It sleeps for whatever a 429 says. A wait that is cut off during a global limit leaves every later
request waiting for ever (``HTTPClient._global_over`` is set behind that sleep), and NaN, which JSON
of Python's knows, ends the event loop. So what is global, long or no number of seconds is not
slept over: the request fails, unheard by Discord, and whoever asked comes back later.
"""

import json
import math
from http import HTTPStatus
from types import SimpleNamespace
from typing import cast

import aiohttp

from bot.host_limits import LONGEST, UNSAID, HostHeld

#: Seconds that discord.py may sleep over a limit; longer ones are ours to wait for.
PATIENCE = 10.0
#: Of answers that took effect: how long to ask nothing more of the same kind, once none is left.
_RESET = "X-RateLimit-Reset-After"


class UnreadableAnswerError(aiohttp.ClientError):
    """What was asked may have had its effect, but the answer makes no sense."""


def watch_limits(trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
    """Have a session's requests raise what discord.py should not wait for.

    Its requests raise ``HeldBackError`` for a limit, ``UnreadableAnswerError`` for an answer after
    which discord.py would never ask again.
    """
    trace.on_request_end.append(_hear)
    return trace


async def _hear(
    _session: aiohttp.ClientSession,
    _context: SimpleNamespace,
    heard: aiohttp.TraceRequestEndParams,
) -> None:
    answer = heard.response
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = _too_long(await answer.read())
        if seconds is not None:
            raise HostHeld(seconds)
    elif _RESET in answer.headers and not 0 <= _number(answer.headers[_RESET]) <= LONGEST:
        answer.close()
        raise UnreadableAnswerError(_RESET)


def _too_long(body: bytes) -> float | None:
    """Return the seconds of a limit that is ours to wait for; ``None``: discord.py may."""
    try:
        told: object = json.loads(body)
    except (ValueError, RecursionError):
        return UNSAID
    if not isinstance(told, dict):
        return UNSAID
    limit = cast("dict[str, object]", told)
    said = limit.get("retry_after")
    seconds = _number(said)
    if math.isnan(seconds) or seconds < 0 or isinstance(said, str):
        return UNSAID
    return min(seconds, LONGEST) if limit.get("global") or seconds > PATIENCE else None


def _number(said: object) -> float:
    """Return a number; NaN: it is none."""
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return math.nan
    try:
        return float(said)
    except ValueError:
        return math.nan
    except OverflowError:
        return math.inf
