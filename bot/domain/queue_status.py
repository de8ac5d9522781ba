"""What a card shows besides the task itself."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.task import Task

#: Times the usual duration, after which a task is late.
LATE = 3


class Pause(StrEnum):
    """Why all submissions are paused."""

    OPERATOR = "operator"
    #: The disk is full, or the object store away.
    STORAGE = "storage"
    KEY_REFUSED = "key_refused"
    OUT_OF_CREDITS = "out_of_credits"
    ACCESS_DENIED = "access_denied"
    RATE_LIMITED = "rate_limited"
    #: Submissions got no answer, so what came of them is unknown.
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueStatus:
    """How the state of the whole bot affects one task."""

    #: Position in the queue, from 1; ``None``: not queued.
    position: int | None = None
    #: Milliseconds until the task starts; ``None``: at once, or not known.
    starts_in: int | None = None
    pause: Pause | None = None
    #: Whether drawing takes much longer than usual. Not compared: the card tells it when it is
    #: edited for another reason.
    is_late: bool = field(default=False, compare=False)


def is_late(task: Task, now: int) -> bool:
    """Tell whether drawing takes longer than ``LATE`` times the usual."""
    if task.submitted_at is None or not task.estimate:
        return False
    return now - task.submitted_at > LATE * task.estimate
