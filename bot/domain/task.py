"""A task is one request by one user, as a row; its transitions return copies.

            reserve              intent written           remote id known        links known
 /imagine ──────────▶ queued ─▶ preparing ─▶ submitting ─▶ running ─▶ ready ─▶ delivered | kept
                        │           │            └─▶ unknown    └─▶ failed
                        └───────────┴─▶ cancelled | failed

A later sign of an unknown one leads back to *submitting*, free of charge.

A task that has ended is *closed* once its card tells the end, its uploads are deleted and its token
is erased; until then ``wake_at`` is set. Times are epoch milliseconds, UTC.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from bot.domain.request import Request


class State(StrEnum):
    """Where a task stands."""

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


#: States before the intent to submit is written: stopping here costs nothing.
UNPAID = frozenset({State.QUEUED, State.PREPARING})
#: States that hold a place in ``MAX_RUNNING``.
RUNNING = frozenset({State.PREPARING, State.SUBMITTING, State.RUNNING})
#: States in which something is still to come.
OPEN = frozenset({*RUNNING, State.QUEUED, State.READY})
ENDED = frozenset(State) - OPEN
#: Nothing came of it, and nobody wanted that.
FAILED = frozenset({State.FAILED, State.UNKNOWN})


class Reason(StrEnum):
    """Why a task ended, or waits, where its state alone does not say it.

    Evolink's task error codes (``content_policy_violation`` …) are reasons of their own: the
    column holds any text, and ``bot/ui`` has a sentence for each that it knows.
    """

    NEVER_SHOWN = "never_shown"
    #: Another process with the same token has answered, and draws.
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    STOPPED = "stopped"
    NO_WAY_TO_POST = "no_way_to_post"
    EXPIRED = "expired"
    GAVE_UP = "gave_up"
    NO_IMAGES = "no_images"
    RESULTS_GONE = "results_gone"
    #: Waits: links lead to nothing yet.
    RESULTS_AWAITED = "results_awaited"
    REFERENCE_GONE = "reference_gone"
    #: Waits: a reference cannot be had now, or not be given to Evolink.
    REFERENCE_AWAITED = "reference_awaited"
    SERVER_FAILED = "server_failed"
    #: Evolink refuses it, and takes others meanwhile.
    REFUSED_ALONE = "refused_alone"
    #: Its steps failed again and again, in a way that nobody foresaw.
    UNEXPECTED = "unexpected"
    UNKNOWN_OUTCOME = "unknown_outcome"
    #: Evolink's own code: it knows no such task.
    NOT_FOUND = "resource_not_found"
    #: Waits: the outcome of the submission is looked for.
    CHECKING = "checking"
    DELETED = "deleted"
    #: While it waited, the server's admins have blocked its requester, or the operator the server.
    BLOCKED = "blocked"
    SERVER_NOT_ALLOWED = "server_not_allowed"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTask:
    """A task as it is accepted, before it has a row."""

    guild_id: int
    channel_id: int
    user_id: int
    #: The requester's language, as Discord spells it: "zh-CN".
    locale: str
    #: The interaction that asked for it; unique, so that a replayed one makes no second task.
    interaction_id: int
    application_id: int
    #: The interaction's token: a secret, good for 15 minutes.
    token: str
    request: Request
    private: bool = False
    #: Bytes that one file may have here.
    upload_limit: int
    parent_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A row of the table ``task``."""

    id: int
    #: 0 in a direct message, and in a server where only the user has installed the bot.
    guild_id: int
    channel_id: int
    user_id: int
    locale: str
    interaction_id: int
    application_id: int
    #: ``None`` once it is dead.
    token: str | None
    #: The card's message; ``None`` until Discord has confirmed it.
    card_id: int | None = None
    #: What the card bears, and no other process's card for the same interaction; ``None``: nothing.
    card_mark: int | None = None
    request: Request
    private: bool = False
    state: State = State.QUEUED
    #: Images held from the quota.
    reserved: int
    #: Images charged to the requester; ``None`` until the reservation is settled or given back (0).
    charged: int | None = None
    charged_at: int | None = None
    #: Images that Evolink drew: 0 as long as it surely drew none, ``None`` while that is not known,
    #: from an intent on: then all may have been drawn.
    drawn: int | None = None
    #: How many times the intent to submit was written.
    attempt: int = 0
    #: When the intent of the present attempt was written; of a queued task that is to be sent again
    #: under the same key, too.
    intent_at: int | None = None
    #: Evolink's id.
    remote_id: str | None = None
    #: When Evolink had taken it.
    submitted_at: int | None = None
    #: Evolink's percentage.
    progress: int = 0
    #: How long it usually takes, in milliseconds.
    estimate: int | None = None
    #: Timer and lease in one: when the next step is due, or the claim runs out. ``None``: closed.
    wake_at: int | None = None
    #: Who works on it, "instance/start"; ``None``: nobody.
    owner: str | None = None
    #: Counts the ordinary transitions; a writer that read an older one is refused.
    version: int = 0
    cancel_requested: bool = False
    #: It was asked to be posted for everybody, which is the next step of its own.
    publishing: bool = False
    #: Whether its images are to be taken away, and are not all gone yet: nobody sees them any more.
    deleting: bool = False
    #: Later failures of the present step, for growing waits; 0 after each success.
    failures: int = 0
    #: When it is given up.
    deadline: int | None = None
    parent_id: int | None = None
    upload_limit: int
    reason: str | None = None
    created_at: int
    ended_at: int | None = None
    #: When kept images were first handed out; ``None``: nobody has taken them yet.
    collected_at: int | None = None

    @property
    def name(self) -> str:
        """What it is called outside the database, in names of files and keys.

        Never by its row: a new data folder, or a backup that was put back, counts from there again.
        """
        return f"imagine-{self.interaction_id}"

    @property
    def idempotency_key(self) -> str:
        """Key of the present attempt; 16 to 96 of ``[A-Za-z0-9._-]``, as Evolink's clients do."""
        return f"{self.name}-{self.attempt}"

    def nonce(self, page: int) -> str:
        """Return what a page of its results is called at Discord."""
        return f"{self.interaction_id}.{page}"

    @property
    def by_interaction(self) -> bool:
        """Whether only the interaction reaches where it was asked for.

        It is private, or was asked for where only its user has installed the bot.
        """
        return self.private or self.guild_id == 0

    @property
    def images_gone(self) -> bool:
        """Whether its images were deleted, are about to be, or were not fetched in time."""
        return self.deleting or self.reason in {Reason.DELETED, Reason.EXPIRED}

    @property
    def may_be_drawn(self) -> bool:
        """Whether it failed, and not at Evolink's word: given up, lost there, without links."""
        return self.state is State.FAILED and self.remote_id is not None and self.drawn is None

    @property
    def has_ended(self) -> bool:
        """Nothing more will be drawn or posted for it."""
        return self.state in ENDED

    def requeued(
        self, until: int, *, failures: int = 0, reason: str | None = None, same_key: bool = False
    ) -> Self:
        """Return it to the queue: nothing was taken by Evolink.

        ``same_key``: should that be wrong, the next try must not be charged as well, so its intent
        stands: it is sent again as it was, under the same key. What an earlier try may have drawn
        keeps the key, too, and its day in the operator's caps, whatever a later one is answered.
        """
        assert self.remote_id is None
        stands = same_key or self.drawn is None
        return replace(
            self,
            state=State.QUEUED,
            owner=None,
            wake_at=until,
            intent_at=self.intent_at if stands else None,
            failures=failures,
            reason=reason,
        )

    def submitting(self, now: int) -> Self:
        """State the intent to submit. It must be committed before the request is sent."""
        self._from(State.PREPARING)
        assert self.remote_id is None, "Evolink draws it already"
        return replace(
            self,
            state=State.SUBMITTING,
            attempt=self.attempt + (self.intent_at is None),
            intent_at=now,
            drawn=None,
        )

    def unsent(self, before: Self) -> Self:
        """Take the intent back: it was not sent, so all is as it was ``before``."""
        undrawn = self.undrawn(before)
        return replace(undrawn, attempt=before.attempt, intent_at=before.intent_at)

    def undrawn(self, before: Self) -> Self:
        """Nothing came of this try, surely; what is known of those ``before`` it stands."""
        self._from(State.SUBMITTING)
        return replace(self, drawn=before.drawn)

    def checking(self, until: int) -> Self:
        """Say that the outcome of the submission is being looked for."""
        self._from(State.SUBMITTING)
        return replace(self, owner=None, wake_at=until, reason=Reason.CHECKING)

    def running(self, now: int, until: int, estimate: int | None, deadline: int) -> Self:
        """Evolink has taken it; its first read is due at ``until``."""
        return replace(
            self,
            state=State.RUNNING,
            owner=None,
            wake_at=until,
            submitted_at=self.submitted_at or now,
            estimate=estimate,
            deadline=deadline,
            failures=0,
            reason=None,
        )

    def read(self, progress: int, until: int) -> Self:
        """Evolink has told how far it is; the next read is due at ``until``."""
        self._from(State.RUNNING)
        return replace(
            self,
            owner=None,
            wake_at=until,
            progress=max(progress, self.progress),
            failures=0,
        )

    def waiting(self, until: int, *, failures: int | None = None) -> Self:
        """The same step is tried again at ``until``."""
        counted = self.failures + 1 if failures is None else failures
        return replace(self, owner=None, wake_at=until, failures=counted)

    def failing(self, reason: str) -> Self:
        """A step failed in a way that ends the task when it goes on: counted by its kind alone."""
        before = self.failures if self.reason == reason else 0
        return replace(self, failures=before + 1, reason=reason)

    def ready(self, now: int, *, drawn: int | None = None, deadline: int | None = None) -> Self:
        """The results' links are known; they are due for download and delivery.

        ``drawn``: how many there are; ``None``: an earlier try may have drawn others. Evolink
        charges for what was reserved at most. At ``deadline`` the links' day is over.
        """
        return replace(
            self,
            state=State.READY,
            owner=None,
            wake_at=now,
            progress=100,
            failures=0,
            reason=None,
            drawn=None if drawn is None else min(drawn, self.reserved),
            deadline=deadline or self.deadline,
        )

    def awaiting(self, until: int) -> Self:
        """Some links lead to nothing yet; they are tried again at ``until``."""
        self._from(State.READY)
        return replace(self.waiting(until), reason=Reason.RESULTS_AWAITED)

    def delivered(self, now: int, images: int, reason: Reason | None = None) -> Self:
        """The images are posted; ``images`` of them, at most what was reserved, are charged.

        ``RESULTS_GONE``: there were more.
        """
        self._from(State.READY)
        return self._ended(State.DELIVERED, now, charged=images, reason=reason)

    def kept(self, now: int, reason: Reason, images: int) -> Self:
        """So many images wait in ``/tasks``, or were posted before it was stopped.

        They are charged now, taken or not: who could leave them there for nothing could look at
        them, draw from them and delete them for nothing.
        """
        self._from(State.READY)
        return self._ended(State.KEPT, now, charged=images, reason=reason)

    def collected(self, now: int) -> Self:
        """Kept images were handed out."""
        self._from(State.KEPT)
        return replace(self, collected_at=self.collected_at or now)

    def to_publish(self, now: int) -> Self:
        """The requester wants everybody to see what they alone saw; the worker posts it."""
        self._from(State.DELIVERED, State.KEPT)
        assert self.private
        return replace(self, publishing=True, wake_at=now, failures=0)

    def published(self, now: int, until: int | None) -> Self:
        """Nothing more is posted for everybody; kept images are kept ``until`` then."""
        # What ended a moment ago may still be to be closed.
        wake_at = until if self.token is None else now
        return replace(self, publishing=False, owner=None, wake_at=wake_at, failures=0)

    def expired(self) -> Self:
        """The time is over in which kept images can be collected."""
        self._from(State.KEPT)
        closed = replace(self, owner=None, wake_at=None)
        if self.collected_at or self.images_gone:
            return closed
        return replace(closed, reason=Reason.EXPIRED)

    def to_delete(self, now: int) -> Self:
        """Somebody who may wants the images gone; the worker takes them away."""
        self._from(State.DELIVERED, State.KEPT)
        return replace(self, deleting=True, publishing=False, wake_at=now, failures=0)

    def deleted(self, now: int) -> Self:
        """The images were taken away; what was charged stays charged."""
        self._from(State.DELIVERED, State.KEPT)
        # What ended a moment ago may still be to be closed.
        wake_at = None if self.token is None else now
        return replace(self, reason=Reason.DELETED, deleting=False, owner=None, wake_at=wake_at)

    def not_deleted(self, now: int, until: int | None) -> Self:
        """The images stay, as the bot can reach none of their messages."""
        wake_at = until if self.token is None else now
        return replace(self, deleting=False, owner=None, wake_at=wake_at, failures=0)

    def failed(self, now: int, reason: str, *, drawn: int | None = None) -> Self:
        """The requester gets nothing and is charged for nothing.

        ``drawn=0``: Evolink has said that it drew nothing. Else what is known of that stands.
        """
        failed = self._ended(State.FAILED, now, charged=0, reason=reason)
        return failed if drawn is None else replace(failed, drawn=drawn)

    def cancelled(self, now: int, reason: Reason | None = None) -> Self:
        """It was stopped before anything was paid; everything is given back."""
        assert self.state in UNPAID
        assert self.remote_id is None, "Evolink draws it"
        return self._ended(State.CANCELLED, now, charged=0, reason=reason)

    def unknown(self, now: int) -> Self:
        """Whether Evolink took it cannot be known; the requester is charged for nothing."""
        self._from(State.SUBMITTING)
        assert self.remote_id is None, "Evolink draws it"
        return self._ended(State.UNKNOWN, now, charged=0, reason=Reason.UNKNOWN_OUTCOME)

    def closed(self, wake_at: int | None = None) -> Self:
        """The card tells the end, the uploads are deleted; a kept task wakes when it expires."""
        assert self.has_ended
        # Nobody is left to do what it was asked for.
        closed = replace(self, publishing=False, deleting=False, owner=None, token=None, failures=0)
        return replace(closed, wake_at=None if closed.images_gone else wake_at)

    def _ended(self, state: State, now: int, *, charged: int, reason: str | None = None) -> Self:
        assert self.state in OPEN, "a task ends once"
        charged, charged_at = min(charged, self.reserved), now
        if self.charged is not None and self.charged_at is not None:
            # Given back when its outcome was unknown; what came of it after all is free.
            charged, charged_at = self.charged, self.charged_at
        return replace(
            self,
            state=state,
            owner=None,
            wake_at=now,
            charged=charged,
            charged_at=charged_at,
            reason=reason,
            failures=0,
            ended_at=now,
        )

    def _from(self, *states: State) -> None:
        assert self.state in states, f"{self.state} → not from here"
