"""What Evolink's error codes mean, as errors of ours.

A code counts before the status that it comes with: statuses differ between its documents and life.
"""

from bot.domain import error_codes
from bot.errors import (
    AccessDenied,
    EvolinkError,
    KeyRefused,
    ModelUnavailable,
    OutcomeUnknown,
    OutOfCredits,
    RateLimited,
    Rejected,
)

_MEANINGS: tuple[tuple[frozenset[str], type[EvolinkError]], ...] = (
    (error_codes.UNKNOWN, OutcomeUnknown),
    (error_codes.CONTENT | error_codes.PICTURES, Rejected),
    (error_codes.CREDITS, OutOfCredits),
    (error_codes.KEY, KeyRefused),
    (error_codes.ACCESS, AccessDenied),
    (error_codes.RATE, RateLimited),
)


def meaning(code: str) -> type[EvolinkError] | None:
    """Return the kind of error that a code names; ``None``: its status has to tell."""
    if error_codes.is_absent(code):
        return ModelUnavailable
    return next((kind for named, kind in _MEANINGS if code in named), None)
