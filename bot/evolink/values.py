"""Evolink's answers as values."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import RemoteId


class Status(StrEnum):
    """How far a remote task is."""

    WAITING = "waiting"
    DRAWING = "drawing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Submitted:
    """A request that Evolink has accepted."""

    remote_id: RemoteId
    #: Evolink's estimate in milliseconds, if it gives one.
    estimate: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteTask:
    """A task as Evolink reports it."""

    remote_id: RemoteId
    status: Status
    #: Percentage; it may stay 0 for a long time, then jump.
    progress: int = 0
    #: Links that are valid for 24 hours.
    results: tuple[str, ...] = ()
    #: What it cost; ``None``: Evolink doesn't say.
    credits_used: float | None = None
    error_code: str | None = None
    error_message: str = ""


@dataclass(frozen=True, slots=True)
class ListedTask:
    """An entry of the account's list; it doesn't say whose task it is or what was asked for."""

    remote_id: RemoteId
    #: Epoch milliseconds.
    created_at: int


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file at Evolink's file service; it is kept for 72 hours."""

    file_id: str | None
    url: str
