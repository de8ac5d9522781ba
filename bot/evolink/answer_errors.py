"""Maps Evolink's answers to our errors.

Only Evolink's own words, ``{"error": {"code": …}}``, are a verdict on the account, task or request.
Any other answer (a proxy's page, an empty body) is an outage, whatever its status.
"""

from collections.abc import Mapping

import aiohttp

from bot.deadline import DeadlinePassed
from bot.domain import error_codes
from bot.errors import (
    AccessDenied,
    EvolinkError,
    KeyRefused,
    ModelUnavailable,
    NotTaken,
    OutcomeUnknown,
    OutOfCredits,
    RateLimited,
    Rejected,
    ServerFailed,
    Withheld,
)
from bot.evolink.wire import Error, error_of
from bot.host_limits import retry_after

# A code outranks its status: the statuses that Evolink documents and those that it sends differ.
_BY_CODE: tuple[tuple[frozenset[str], type[EvolinkError]], ...] = (
    (error_codes.UNKNOWN, OutcomeUnknown),
    (error_codes.CONTENT | error_codes.PICTURES, Rejected),
    (error_codes.CREDITS, OutOfCredits),
    (error_codes.KEY, KeyRefused),
    (error_codes.ACCESS, AccessDenied),
    (error_codes.RATE, RateLimited),
)
_BY_STATUS: dict[int, type[Withheld]] = {
    401: KeyRefused,
    402: OutOfCredits,
    403: AccessDenied,
    429: RateLimited,
}
#: A timeout, or a conflict with another request: this one may have gone through.
_DOUBTFUL = frozenset({408, 409})
_UNAVAILABLE = 503
#: With these, a proxy refuses to forward a request, because of its address, sender, form or rate,
#: which it checks before it forwards anything (RFC 9110, 15.5; RFC 6585; RFC 7725).
#: Any other status may come after Evolink has drawn: 408 and 499 after a timeout, 409 and 424 when
#: something else failed, all of 5xx when the connection behind the proxy broke. That includes 503:
#: Envoy sends it if the upstream hung up after reading the whole request (response flags UC and UR,
#: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage).
_TURNED_AWAY = frozenset(
    {400, 401, 402, 403, 404, 405, 407, 411, 413, 414, 415, 421, 422, 426, 429, 431, 451}
)

#: What a request without an answer raises; an unsendable header is a ValueError.
NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError, ValueError, DeadlinePassed)


def error_for_code(code: str) -> type[EvolinkError] | None:
    """Return the error that one of Evolink's codes means; ``None``: the status decides."""
    if error_codes.is_absent(code):
        return ModelUnavailable
    return next((kind for codes, kind in _BY_CODE if code in codes), None)


def of_answer(status: int, body: object, headers: Mapping[str, str]) -> EvolinkError:
    """Return the error that an unsuccessful answer means."""
    reported = error_of(body)
    if reported is None or not reported.code or (status >= 500 and reported.code.isdigit()):  # noqa: PLR2004
        # Gateways report their own failures in the same shape: {"error": {"code": 503, …}}.
        return _of_proxy(status)
    kind = error_for_code(reported.code) or _of_status(status)
    return _error(kind, reported, headers)


def of_success(body: object) -> EvolinkError | None:
    """Return the error in the body of a successful answer; ``None``: none that we know."""
    reported = error_of(body)
    kind = error_for_code(reported.code) if reported is not None else None
    return _error(kind, reported, {}) if reported is not None and kind is not None else None


def _error(kind: type[EvolinkError], reported: Error, headers: Mapping[str, str]) -> EvolinkError:
    if issubclass(kind, Withheld):
        return kind(reported.message, retry_after(headers), reported.code)
    if issubclass(kind, Rejected):
        return kind(reported.code, reported.message)
    return kind(reported.message or reported.code)


def _of_status(status: int) -> type[EvolinkError]:
    """Return what the status of Evolink's own answer means, where we don't know the code."""
    if status == _UNAVAILABLE:
        return NotTaken
    if status == 500:  # noqa: PLR2004 - Evolink's own failure, in its own words
        return ServerFailed
    if status in _DOUBTFUL or not 400 <= status < 500:  # noqa: PLR2004 - refusals
        return OutcomeUnknown
    return _BY_STATUS.get(status, Rejected)


def _of_proxy(status: int) -> EvolinkError:
    """Return the error for a proxy's answer: did it forward the request?"""
    kind = NotTaken if status in _TURNED_AWAY else OutcomeUnknown
    return kind(f"{status}, not in Evolink's words")
