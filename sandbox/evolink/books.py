"""What really happened, for an audit to compare with what the bot believes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

State = Literal["pending", "processing", "completed", "failed", "cancelled"]


@dataclass(frozen=True)
class Reference:
    """An image that the stand-in has fetched to draw from."""

    url: str
    size: int
    sha256: str
    #: As Pillow names it: JPEG, PNG, WEBP, BMP, TIFF or GIF.
    format: str
    width: int
    height: int
    #: A small JPEG of it, to paste into the pictures.
    thumbnail: bytes = field(repr=False)


@dataclass
class Submission:
    """An accepted submission, which is a task. Times are seconds since 1970."""

    id: str
    prompt: str
    #: What was sent, as parsed.
    payload: Mapping[str, object]
    idempotency_key: str | None
    n: int
    credits_reserved: float
    created_at: float
    #: When it leaves ``pending``, and when its images are ready.
    starts_at: float
    due_at: float
    state: State = "pending"
    #: ``None`` until the task has ended; then what it cost, 0 when it failed.
    credits_charged: float | None = None
    images_made: int = 0
    ended_at: float | None = None
    error_code: str | None = None
    references: list[Reference] = field(default_factory=list[Reference])
    #: Links to the results, in order.
    links: list[str] = field(default_factory=list[str])
    #: How often its idempotency key was sent again.
    replays: int = 0

    @property
    def ended(self) -> bool:
        """Whether the state is final."""
        return self.ended_at is not None


@dataclass(frozen=True)
class Read:
    """A read of a task."""

    task_id: str
    at: float
    state: State


@dataclass(frozen=True)
class Download:
    """A download of a result."""

    task_id: str
    index: int
    at: float
    sha256: str


@dataclass
class Upload:
    """A file that was stored. Times are seconds since 1970."""

    id: str
    path: str
    name: str
    size: int
    mime_type: str
    sha256: str
    stored_at: float
    expires_at: float
    #: When it was deleted or overwritten; ``None``: never.
    deleted_at: float | None = None


@dataclass(frozen=True)
class Callback:
    """One attempt to call back."""

    task_id: str
    url: str
    at: float
    #: From 1 to 4.
    attempt: int
    #: The status of the answer; ``None``: none in time.
    status: int | None


@dataclass(frozen=True)
class Refusal:
    """A request that the API itself refused (faults don't count)."""

    method: str
    path: str
    status: int
    code: str
    at: float


@dataclass
class Books:
    """Plain lists, in the order of events."""

    submissions: list[Submission] = field(default_factory=list[Submission])
    reads: list[Read] = field(default_factory=list[Read])
    downloads: list[Download] = field(default_factory=list[Download])
    uploads: list[Upload] = field(default_factory=list[Upload])
    callbacks: list[Callback] = field(default_factory=list[Callback])
    refusals: list[Refusal] = field(default_factory=list[Refusal])

    @property
    def charged(self) -> float:
        """All credits charged so far."""
        return sum(submission.credits_charged or 0.0 for submission in self.submissions)

    def forget(self) -> None:
        """Forget everything; tasks and stored files go on."""
        for book in fields(self):
            getattr(self, book.name).clear()
