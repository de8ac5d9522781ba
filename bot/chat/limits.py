"""Rate limits that discord.py (2.7) handles badly.

It sleeps for whatever a 429 says. If that sleep is cancelled during a global limit, every later
request waits forever (``HTTPClient._global_over`` is set after it); NaN, which Python's JSON
accepts, ends the event loop. So we fail a request whose limit is global, long or unreadable. A
limited request had no effect, and the caller tries again later.
"""

import json
import math
from http import HTTPStatus
from types import SimpleNamespace
from typing import cast

import aiohttp

from bot.host_limits import DEFAULT_WAIT, LONGEST, HostBlocked

#: The longest limit, in seconds, that discord.py may sleep for.
MAX_SLEEP = 10.0
#: On successful answers: seconds until the bucket allows requests again.
_RESET = "X-RateLimit-Reset-After"


class UnreadableAnswerError(aiohttp.ClientError):
    """The request may have taken effect, but its answer makes no sense."""


def watch_limits(trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
    """Make a session's requests raise instead of letting discord.py wait too long.

    They raise ``HostBlocked`` for a limit, and ``UnreadableAnswerError`` for an answer after which
    discord.py would never send another request.
    """
    trace.on_request_end.append(_check)
    return trace


async def _check(
    _session: aiohttp.ClientSession,
    _context: SimpleNamespace,
    params: aiohttp.TraceRequestEndParams,
) -> None:
    answer = params.response
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = _too_long(await answer.read())
        if seconds is not None:
            raise HostBlocked(seconds)
    elif _RESET in answer.headers and not 0 <= _number(answer.headers[_RESET]) <= LONGEST:
        answer.close()
        raise UnreadableAnswerError(_RESET)


def _too_long(body: bytes) -> float | None:
    """Return a limit's seconds if discord.py must not sleep that long; ``None``: it may."""
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        return DEFAULT_WAIT
    if not isinstance(parsed, dict):
        return DEFAULT_WAIT
    limit = cast("dict[str, object]", parsed)
    value = limit.get("retry_after")
    seconds = _number(value)
    if math.isnan(seconds) or seconds < 0 or isinstance(value, str):
        return DEFAULT_WAIT
    return min(seconds, LONGEST) if limit.get("global") or seconds > MAX_SLEEP else None


def _number(value: object) -> float:
    """Return a value as a number; NaN: it isn't one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except ValueError:
        return math.nan
    except OverflowError:
        return math.inf
