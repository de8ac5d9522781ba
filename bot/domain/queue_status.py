"""What a card shows besides the task itself."""

from dataclasses import dataclass
from enum import StrEnum


class Pause(StrEnum):
    """Why all submissions are paused."""

    OPERATOR = "operator"
    DISK_FULL = "disk_full"
    KEY_REFUSED = "key_refused"
    OUT_OF_CREDITS = "out_of_credits"
    ACCESS_DENIED = "access_denied"
    RATE_LIMITED = "rate_limited"


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueStatus:
    """How the state of the whole bot affects one task."""

    #: Position in the queue, from 1; ``None``: not queued.
    position: int | None = None
    #: Milliseconds until the task starts; ``None``: at once, or not known.
    starts_in: int | None = None
    pause: Pause | None = None
    #: Milliseconds that such a task usually takes; ``None``: not known.
    usual: int | None = None
