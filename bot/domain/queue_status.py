"""What a card says beyond its row."""

from dataclasses import dataclass
from enum import StrEnum


class Pause(StrEnum):
    """Why submissions wait, for everybody."""

    OPERATOR = "operator"
    DISK_FULL = "disk_full"
    KEY_REFUSED = "key_refused"
    OUT_OF_CREDITS = "out_of_credits"
    ACCESS_DENIED = "access_denied"
    RATE_LIMITED = "rate_limited"


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueStatus:
    """How the bot as a whole stands towards one task."""

    #: Place in the queue, from 1; ``None``: not waiting.
    position: int | None = None
    #: In how many milliseconds its turn comes; ``None``: not known, or at once.
    starts_in: int | None = None
    pause: Pause | None = None
    #: How long such a task usually takes, in milliseconds; ``None``: not known.
    usual: int | None = None
