"""Every failure at Evolink becomes one of ours, in one place.

Only its own words, ``{"error": {"code": …}}``, are a verdict on account, task or request. Whatever
else answers (a proxy's page, an empty body) stands in front of it, and is an outage whatever its
status.
"""

from collections.abc import Mapping

import aiohttp

from bot.errors import (
    AccessDenied,
    EvolinkError,
    KeyRefused,
    NotTaken,
    OutcomeUnknown,
    OutOfCredits,
    RateLimited,
    Rejected,
    ServerFailed,
    Withheld,
)
from bot.evolink.codes import meaning
from bot.evolink.wire import Error, error_of
from bot.fence import TooLateError
from bot.front import retry_after

_BY_STATUS: dict[int, type[Withheld]] = {
    401: KeyRefused,
    402: OutOfCredits,
    403: AccessDenied,
    429: RateLimited,
}
#: Somebody stopped waiting, or another request is in the way: this one may have gone through.
_DOUBTFUL = frozenset({408, 409})
_NOT_THERE = 503

#: What asking raises where no answer comes; a header that cannot be sent is a ValueError.
FAILURES = (aiohttp.ClientError, OSError, TimeoutError, ValueError, TooLateError)


def of_answer(status: int, body: object, headers: Mapping[str, str]) -> EvolinkError:
    """Return the error that an answer other than success means."""
    told = error_of(body)
    if told is None or not told.code:
        return _not_evolinks(status)
    kind = meaning(told.code) or _of_status(status)
    return _error(kind, told, headers)


def of_success(body: object) -> EvolinkError | None:
    """Return the error that Evolink tells with a status of success; ``None``: none that we know."""
    told = error_of(body)
    kind = meaning(told.code) if told is not None else None
    return _error(kind, told, {}) if told is not None and kind is not None else None


def _error(kind: type[EvolinkError], told: Error, headers: Mapping[str, str]) -> EvolinkError:
    if issubclass(kind, Withheld):
        return kind(told.message, retry_after(headers), told.code)
    if issubclass(kind, Rejected):
        return kind(told.code, told.message)
    return kind(told.message or told.code)


def _of_status(status: int) -> type[EvolinkError]:
    """Return what Evolink's own answer means by its status, where its code says nothing to us."""
    if status == _NOT_THERE:
        return NotTaken
    if status == 500:  # noqa: PLR2004 - its own failure, said by itself
        return ServerFailed
    if status in _DOUBTFUL or not 400 <= status < 500:  # noqa: PLR2004 - refusals
        return OutcomeUnknown
    return _BY_STATUS.get(status, Rejected)


def _not_evolinks(status: int) -> EvolinkError:
    """Return what the answer of something in front of Evolink says: whether it let us through."""
    turned_away = 400 <= status < 500 and status not in _DOUBTFUL  # noqa: PLR2004 - as above
    kind = NotTaken if turned_away or status == _NOT_THERE else OutcomeUnknown
    return kind(f"{status}, not in Evolink's words")
