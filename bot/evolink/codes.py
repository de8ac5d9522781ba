"""What Evolink's error codes mean, as errors of ours.

A code counts before the status that it comes with: statuses differ between its documents and life.
"""

from bot.domain import codes
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
    (codes.UNKNOWN, OutcomeUnknown),
    (codes.CONTENT | codes.PICTURES, Rejected),
    (codes.CREDITS, OutOfCredits),
    (codes.KEY, KeyRefused),
    (codes.ACCESS, AccessDenied),
    (codes.RATE, RateLimited),
)


def meaning(code: str) -> type[EvolinkError] | None:
    """Return the kind of error that a code names; ``None``: its status has to tell."""
    if codes.is_absent(code):
        return ModelUnavailable
    return next((kind for named, kind in _MEANINGS if code in named), None)
