"""Every failure at Evolink becomes one of ours, in one place.

Only its own words, ``{"error": {"code": …}}``, are a verdict on account, task or request. Whatever
else answers (a proxy's page, an empty body) stands in front of it, and is an outage whatever its
status.
"""

from collections.abc import Mapping

import aiohttp

from bot.deadline import DeadlinePassed
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
from bot.host_limits import retry_after

_BY_STATUS: dict[int, type[Withheld]] = {
    401: KeyRefused,
    402: OutOfCredits,
    403: AccessDenied,
    429: RateLimited,
}
#: Somebody stopped waiting, or another request is in the way: this one may have gone through.
_DOUBTFUL = frozenset({408, 409})
_NOT_THERE = 503
#: What a front answers instead of letting a request through: it finds fault with the address, the
#: sender, the form or the rate, all of which it judges before it forwards anything (RFC 9110,
#: 15.5; RFC 6585; RFC 7725). Everything else may come after Evolink has drawn: 408 and 499 when
#: somebody has stopped waiting, 409 and 424 when something else went wrong, all of 5xx when the
#: connection behind the front broke. So may 503: Envoy answers it where the other side hung up
#: after it had read all (response flags UC and UR,
#: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage).
_TURNED_AWAY = frozenset(
    {400, 401, 402, 403, 404, 405, 407, 411, 413, 414, 415, 421, 422, 426, 429, 431, 451}
)

#: What asking raises where no answer comes; a header that cannot be sent is a ValueError.
FAILURES = (aiohttp.ClientError, OSError, TimeoutError, ValueError, DeadlinePassed)


def of_answer(status: int, body: object, headers: Mapping[str, str]) -> EvolinkError:
    """Return the error that an answer other than success means."""
    told = error_of(body)
    if told is None or not told.code or (status >= 500 and told.code.isdigit()):  # noqa: PLR2004
        # Gateways speak of their own failures so, too: {"error": {"code": 503, …}}.
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
    kind = NotTaken if status in _TURNED_AWAY else OutcomeUnknown
    return kind(f"{status}, not in Evolink's words")
