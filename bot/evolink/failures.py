"""Every failure at Evolink becomes one of ours, in one place."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

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
from bot.evolink.wire import Error, error_of
from bot.fence import TooLateError

#: Codes that tell more than the status they come with (seen in clients of Evolink's).
_BY_CODE: dict[str, type[Withheld]] = {
    "insufficient_quota": OutOfCredits,
    "insufficient_user_quota": OutOfCredits,
    "quota_not_enough": OutOfCredits,
    "quota_exceeded": OutOfCredits,
    "token_daily_quota_exceeded": OutOfCredits,
    "key_disabled": KeyRefused,
    "key_expired": KeyRefused,
}
#: Codes that are about the request, whatever their status.
_OF_REQUEST = frozenset(
    {
        "content_policy_violation",
        "content_filter",
        "sensitive_content",
        "invalid_media_url",
        "image_processing_error",
        "image_dimension_mismatch",
    }
)
_BY_STATUS: dict[int, type[Withheld]] = {
    401: KeyRefused,
    402: OutOfCredits,
    403: AccessDenied,
    429: RateLimited,
}

#: What asking raises where no answer comes; a header that cannot be sent is a ValueError.
FAILURES = (aiohttp.ClientError, OSError, TimeoutError, ValueError, TooLateError)


def of_answer(status: int, body: object, headers: Mapping[str, str]) -> EvolinkError:
    """Return the error that an answer other than success means, HTTP status first."""
    error = error_of(body)
    told = error or Error()
    if status == 503:  # noqa: PLR2004 - not taken, by the meaning of the status
        return NotTaken("503")
    if status >= 500:  # noqa: PLR2004 - 500 with Evolink's body is an answer, all else is not
        known = status == 500 and error is not None  # noqa: PLR2004 - as above
        return ServerFailed(told.message) if known else OutcomeUnknown(f"{status}")
    if status < 400:  # noqa: PLR2004 - a redirect, say: no answer of Evolink's
        return OutcomeUnknown(f"{status}")
    if told.code in _OF_REQUEST:
        return Rejected(told.code, told.message)
    if (withheld := _BY_CODE.get(told.code) or _BY_STATUS.get(status)) is not None:
        return withheld(told.message, _retry_after(headers))
    return Rejected(told.code or f"http_{status}", told.message)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read ``Retry-After``: seconds or a date."""
    text = headers.get("Retry-After", "")
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if math.isfinite(seconds) else None
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
