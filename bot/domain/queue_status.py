"""What a card shows besides the task itself."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.task import Task

#: A task is late after this many times its usual duration.
LATE = 3


class Pause(StrEnum):
    """Why all submissions are paused."""

    OPERATOR = "operator"
    #: The disk is full, or the object store unreachable.
    STORAGE = "storage"
    KEY_REFUSED = "key_refused"
    OUT_OF_CREDITS = "out_of_credits"
    ACCESS_DENIED = "access_denied"
    RATE_LIMITED = "rate_limited"
    #: Submissions got no answer, so their outcome is unknown.
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueStatus:
    """How the state of the whole bot affects one task."""

    #: Position in the queue, from 1; ``None``: not queued.
    position: int | None = None
    #: Milliseconds until the task starts; ``None``: at once, or not known.
    starts_in: int | None = None
    pause: Pause | None = None
    #: Whether drawing takes much longer than usual. Not compared, so that it alone never causes an
    #: edit of the card.
    is_late: bool = field(default=False, compare=False)


def is_late(task: Task, now: int) -> bool:
    """Tell whether drawing takes longer than ``LATE`` times the usual."""
    if task.submitted_at is None or not task.estimate:
        return False
    return now - task.submitted_at > LATE * task.estimate
