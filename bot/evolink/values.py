"""What Evolink told, as values of ours."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How far a remote task is."""

    WAITING = "waiting"
    DRAWING = "drawing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Submitted:
    """Evolink has taken a request."""

    remote_id: str
    #: How long it may take, in milliseconds, where Evolink says so.
    estimate: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteTask:
    """Evolink's side of a task, as it was read."""

    remote_id: str
    status: Status
    #: Percentage; it may stay 0 and jump.
    progress: int = 0
    #: Links that live 24 hours.
    results: tuple[str, ...] = ()
    error_code: str | None = None
    error_message: str = ""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file at Evolink; it lives 72 hours."""

    file_id: str | None
    url: str
