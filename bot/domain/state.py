"""The states of a task, and why it is in one."""

from enum import StrEnum


class State(StrEnum):
    """The state of a task; ``bot.domain.task`` has the transitions."""

    QUEUED = "queued"
    PREPARING = "preparing"
    SUBMITTING = "submitting"
    RUNNING = "running"
    READY = "ready"
    DELIVERED = "delivered"
    KEPT = "kept"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


#: Nothing has been sent to Evolink yet, so cancelling costs nothing.
UNPAID = frozenset({State.QUEUED, State.PREPARING})
#: These count towards ``MAX_RUNNING``.
RUNNING = frozenset({State.PREPARING, State.SUBMITTING, State.RUNNING})
#: Images may still come.
OPEN = frozenset({*RUNNING, State.QUEUED, State.READY})
ENDED = frozenset(State) - OPEN
#: Listed as failed in ``/tasks``.
FAILED = frozenset({State.FAILED, State.UNKNOWN})


class Reason(StrEnum):
    """Why a task has ended or is waiting, if its state alone doesn't say so.

    A task's reason may also be one of Evolink's error codes (``content_policy_violation`` …).
    ``bot/ui`` has a sentence for each that it knows.
    """

    #: Its card never appeared.
    NEVER_SHOWN = "never_shown"
    #: Another process with the same bot token has answered the interaction.
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    STOPPED = "stopped"
    NO_WAY_TO_POST = "no_way_to_post"
    EXPIRED = "expired"
    GAVE_UP = "gave_up"
    NO_IMAGES = "no_images"
    RESULTS_GONE = "results_gone"
    #: Waiting: a result's link doesn't work yet.
    RESULTS_AWAITED = "results_awaited"
    REFERENCE_GONE = "reference_gone"
    #: Waiting: a reference can't be downloaded or uploaded at the moment.
    REFERENCE_AWAITED = "reference_awaited"
    SERVER_FAILED = "server_failed"
    #: Evolink refuses this task while it takes others.
    REFUSED_ALONE = "refused_alone"
    #: An unexpected error, again and again.
    UNEXPECTED = "unexpected"
    UNKNOWN_OUTCOME = "unknown_outcome"
    #: Evolink's code for a task that it doesn't know.
    NOT_FOUND = "resource_not_found"
    #: Waiting: the outcome of the submission isn't known yet.
    CHECKING = "checking"
    DELETED = "deleted"
    #: The server's admins blocked the requester while the task was queued.
    BLOCKED = "blocked"
    #: The operator removed the server from ``ALLOWED_SERVERS`` while the task was queued.
    SERVER_NOT_ALLOWED = "server_not_allowed"
