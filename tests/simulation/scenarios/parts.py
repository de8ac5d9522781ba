"""What several scenarios have in common."""

from collections.abc import Callable, Mapping

from bot.errors import (
    ImagineError,
    NotTaken,
    OutcomeUnknown,
    OutOfCredits,
    RateLimited,
    Rejected,
    ServerFailed,
)
from tests.simulation.scenario import Typed
from tests.simulation.wire import Fault

THREE = (Typed(count=3),)
#: Milliseconds, longer than an interaction's token lives.
LONG = 20 * 60_000
HOUR = 60 * 60_000

#: Answers to a submission that Evolink has accepted and called back about.
CONTRADICTED: Mapping[str, Callable[[], ImagineError]] = {
    "429": RateLimited,
    "402": OutOfCredits,
    "503": NotTaken,
    "500": ServerFailed,
    "400": lambda: Rejected("invalid_parameters"),
    "no answer": OutcomeUnknown,
}


def taken(error: Callable[[], ImagineError]) -> Fault:
    """Return a fault: the call takes effect, whatever its answer."""
    return Fault(error, took_effect=True)
