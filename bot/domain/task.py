"""A task: one request by one user. Its transitions return copies, which the store saves.

            reserve              intent written           remote id known        links known
 /imagine ──────────▶ queued ─▶ preparing ─▶ submitting ─▶ running ─▶ ready ─▶ delivered | kept
                        │           │            └─▶ unknown    └─▶ failed
                        └───────────┴─▶ cancelled | failed

If an unknown task turns out to have been submitted, it returns to *submitting*, free of charge.

An ended task is *closed* once its card shows the outcome, its uploads are deleted and its token is
erased; until then ``wake_at`` is set. Times are epoch milliseconds, UTC.
"""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Self, TypeVar

from bot.domain.ids import ChannelId, InteractionId, MessageId, RemoteId, TaskId
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.state import ENDED, OPEN, UNPAID, Reason, State

#: Milliseconds for which a message that requests a task may still get its card. We search the
#: channel's history for a card posted within 15 minutes, so a later one might be posted twice.
REPLY_LIFE = 10 * 60 * 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTask:
    """A task that is about to be accepted and stored."""

    requester: Requester
    channel_id: ChannelId
    #: Discord's code of the requester's language: "zh-CN".
    locale: str
    #: Unique, so that a repeated interaction makes no second task.
    interaction_id: InteractionId
    application_id: int
    #: The interaction's token: a secret, valid for 15 minutes. Empty: a message that mentions the
    #: bot requested it; its id takes the place of the interaction's.
    token: str
    request: Request
    private: bool = False
    #: Bytes of one file that Discord accepts in this channel.
    upload_limit: int
    parent_id: TaskId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A row of the table ``task``."""

    id: TaskId
    requester: Requester
    channel_id: ChannelId
    locale: str
    interaction_id: InteractionId
    application_id: int
    #: As in ``NewTask``; ``None`` once the task is closed.
    token: str | None
    #: Message id of the card; ``None`` until Discord has confirmed it.
    card_id: MessageId | None = None
    #: A number in the card that tells it from another process's card for the same interaction.
    card_mark: int | None = None
    request: Request
    private: bool = False
    state: State = State.QUEUED
    #: Images reserved from the quota.
    reserved: int
    #: Images charged to the requester; ``None`` while they are only reserved.
    charged: int | None = None
    charged_at: int | None = None
    #: How many images each of them counts as, towards the requester's quota.
    weight: int = 1
    #: How many a 4K image, and one made from pictures, counted as in the server at that time.
    weight_4k: int = 1
    weight_references: int = 1
    #: How many of the reserved ones, times ``weight``, came from grants.
    granted: int = 0
    #: Images that Evolink drew. ``None``: not known, so all of them may have been drawn; that is so
    #: from the intent to submit until the outcome.
    drawn: int | None = None
    #: What it cost at Evolink, in thousandths of a credit; until that is known, what it is expected
    #: to cost. ``None``: it is from before this was counted.
    credits: int | None = None
    #: How many times the intent to submit was written with a new key.
    attempt: int = 0
    #: When the intent of the current attempt was written. A queued task has one if it will be sent
    #: again with the same key.
    intent_at: int | None = None
    #: Evolink's id of the task.
    remote_id: RemoteId | None = None
    #: When Evolink took it.
    submitted_at: int | None = None
    #: Evolink's percentage.
    progress: int = 0
    #: How long such a task usually takes, in milliseconds.
    estimate: int | None = None
    #: Timer and lease: when the next step is due, or the claim expires. ``None``: closed.
    wake_at: int | None = None
    #: Which process works on it, "instance/start"; ``None``: none.
    owner: str | None = None
    #: Incremented by each transition; a writer that has read an older version is refused.
    version: int = 0
    cancel_requested: bool = False
    #: The requester wants private results posted publicly; the worker does that next.
    publishing: bool = False
    #: The images are being deleted, and already hidden from everybody.
    deleting: bool = False
    #: The position of an image that is being deleted, the others staying; it is already hidden.
    removing: int | None = None
    #: Failures of the current step in a row, for growing waits.
    failures: int = 0
    #: When the task is given up.
    deadline: int | None = None
    parent_id: TaskId | None = None
    upload_limit: int
    reason: str | None = None
    created_at: int
    ended_at: int | None = None
    #: When kept images were first collected.
    collected_at: int | None = None
    #: Where it is logged for the server's admins, once it is closed; ``None``: nowhere.
    log_channel: ChannelId | None = None
    #: ``bot.domain.erasure.Erasure``; ``None``: it isn't to be forgotten.
    erasure: str | None = None

    @property
    def name(self) -> str:
        """The task's name outside the database: in file names and keys.

        It isn't made from the row number, which a new or restored database would repeat.
        """
        return f"imagine-{self.interaction_id}"

    @property
    def idempotency_key(self) -> str:
        """The key of the current attempt: 16 to 96 of ``[A-Za-z0-9._-]``, like other clients'."""
        return f"{self.name}-{self.attempt}"

    def nonce(self, page: int) -> str:
        """Return Discord's nonce for a page of the results."""
        return f"{self.interaction_id}.{page}"

    @property
    def by_message(self) -> bool:
        """Whether a message that mentions the bot requested it: the card is a reply to it."""
        return self.token is not None and not self.token

    @property
    def by_interaction(self) -> bool:
        """Whether only the interaction's token gives access to where the task was requested.

        It is private, or was requested where only the user has installed the bot.
        """
        return self.private or self.requester.server is None

    @property
    def images_gone(self) -> bool:
        """Whether the images were deleted, are being deleted, or weren't collected in time."""
        return self.deleting or self.reason in {Reason.DELETED, Reason.EXPIRED}

    @property
    def may_be_drawn(self) -> bool:
        """Whether it failed although it may have been drawn: given up, lost, or without links."""
        return self.state is State.FAILED and self.remote_id is not None and self.drawn is None

    def kept_until(self, keep: int) -> int | None:
        """Return when images that wait in ``/tasks`` expire, ``keep`` milliseconds after its end.

        ``None``: none wait.
        """
        if self.state is not State.KEPT or self.ended_at is None:
            return None
        return self.ended_at + keep

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will be drawn, and nothing posted unless a user asks for it."""
        return self.state in ENDED

    def requeued(
        self, until: int, *, failures: int = 0, reason: str | None = None, same_key: bool = False
    ) -> Self:
        """Return the task to the queue, as Evolink didn't take it.

        ``same_key``: that isn't certain, so the next attempt must not be charged as well. It keeps
        the intent, and sends the same request with the same key. The intent is also kept if an
        earlier attempt may have got through; its date counts towards the operator's caps.
        """
        assert self.remote_id is None
        keeps_intent = same_key or self.drawn is None
        return copied(
            self,
            state=State.QUEUED,
            owner=None,
            wake_at=until,
            intent_at=self.intent_at if keeps_intent else None,
            failures=failures,
            reason=reason,
        )

    def submitting(self, now: int) -> Self:
        """Record the intent to submit, which must be committed before the request is sent."""
        self._from(State.PREPARING)
        assert self.remote_id is None, "Evolink has taken it already"
        return copied(
            self,
            state=State.SUBMITTING,
            attempt=self.attempt + (self.intent_at is None),
            intent_at=now,
            drawn=None,
        )

    def unsent(self, before: Self) -> Self:
        """Take the intent back, as nothing was sent: return to the state ``before`` it."""
        undrawn = self.undrawn(before)
        return copied(undrawn, attempt=before.attempt, intent_at=before.intent_at)

    def undrawn(self, before: Self) -> Self:
        """Record that this attempt drew nothing, which says nothing about those ``before`` it."""
        self._from(State.SUBMITTING)
        return copied(self, drawn=before.drawn)

    def checking(self, until: int) -> Self:
        """Wait ``until`` the outcome of the submission may be known."""
        self._from(State.SUBMITTING)
        return copied(self, owner=None, wake_at=until, reason=Reason.CHECKING)

    def running(self, now: int, until: int, estimate: int | None, deadline: int) -> Self:
        """Record that Evolink took the task; the first poll is due at ``until``."""
        return copied(
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
        """Record Evolink's progress; the next poll is due at ``until``."""
        self._from(State.RUNNING)
        return copied(
            self,
            owner=None,
            wake_at=until,
            progress=max(progress, self.progress),
            failures=0,
        )

    def waiting(self, until: int, *, failures: int | None = None) -> Self:
        """Try the same step again at ``until``."""
        counted = self.failures + 1 if failures is None else failures
        return copied(self, owner=None, wake_at=until, failures=counted)

    def failing(self, reason: str) -> Self:
        """Count a failure that ends the task if it persists. Only the same one in a row counts."""
        before = self.failures if self.reason == reason else 0
        return copied(self, failures=before + 1, reason=reason)

    def ready(
        self,
        now: int,
        *,
        drawn: int | None = None,
        credits_used: int | None = None,
        deadline: int | None = None,
    ) -> Self:
        """Record that the results' links are known; download and delivery are due.

        ``drawn``: how many there are; ``None``: an earlier attempt may have drawn others. Evolink
        never charges for more than were requested. ``credits_used``: thousandths of a credit, as
        Evolink says; ``None``: it doesn't. At ``deadline`` the links expire.
        """
        costs = self.credits
        if drawn is not None and credits_used is not None:
            costs = credits_used
        elif drawn is not None and costs is not None:
            costs = costs * min(drawn, self.reserved) // self.reserved
        return copied(
            self,
            state=State.READY,
            owner=None,
            wake_at=now,
            progress=100,
            failures=0,
            reason=None,
            drawn=None if drawn is None else min(drawn, self.reserved),
            credits=costs,
            deadline=deadline or self.deadline,
        )

    def awaiting(self, until: int) -> Self:
        """Wait for links that don't work yet; they are tried again at ``until``."""
        self._from(State.READY)
        return copied(self.waiting(until), reason=Reason.RESULTS_AWAITED)

    def delivered(self, now: int, images: int, reason: Reason | None = None) -> Self:
        """End: ``images`` were posted, and are charged up to the number reserved.

        ``RESULTS_GONE``: there were more, which could not be downloaded.
        """
        self._from(State.READY)
        return self._ended(State.DELIVERED, now, charged=images, reason=reason)

    def kept(self, now: int, reason: Reason, images: int) -> Self:
        """End: ``images`` are ready to collect in ``/tasks``, or were posted before a stop.

        They are charged now, collected or not. Otherwise one could look at images for free, use
        them as references, and delete them.
        """
        self._from(State.READY)
        return self._ended(State.KEPT, now, charged=images, reason=reason)

    def collected(self, now: int) -> Self:
        """Record that kept images were collected."""
        self._from(State.KEPT)
        return copied(self, collected_at=self.collected_at or now)

    def to_publish(self, now: int) -> Self:
        """Request that private results are posted publicly; the worker does it."""
        self._from(State.DELIVERED, State.KEPT)
        assert self.private
        assert self.removing is None
        return copied(self, publishing=True, wake_at=now, failures=0)

    def expired(self) -> Self:
        """End the time in which kept images can be collected."""
        self._from(State.KEPT)
        closed = copied(self, owner=None, wake_at=None)
        if self.collected_at or self.images_gone:
            return closed
        return copied(closed, reason=Reason.EXPIRED)

    def to_delete(self, now: int) -> Self:
        """Request that the images are deleted; the worker does it."""
        self._from(State.DELIVERED, State.KEPT)
        return copied(self, deleting=True, removing=None, publishing=False, wake_at=now, failures=0)

    def deleted(self, now: int) -> Self:
        """Record that the images were deleted. Nothing is refunded."""
        self._from(State.DELIVERED, State.KEPT)
        # A task that has just ended may not be closed yet.
        wake_at = None if self.token is None else now
        return copied(self, reason=Reason.DELETED, deleting=False, owner=None, wake_at=wake_at)

    def to_remove(self, now: int, position: int) -> Self:
        """Request that one of several images is deleted; the worker does it."""
        self._from(State.DELIVERED, State.KEPT)
        assert not self.publishing
        return copied(self, removing=position, wake_at=now, failures=0)

    def request_ended(self, now: int, until: int | None) -> Self:
        """End what was requested after the task's end, done or given up; nothing is refunded.

        Only one thing is requested at a time: publishing, deleting all images, or deleting one.
        Once all are deleted, call ``deleted`` instead. Kept images expire at ``until``.
        """
        # A task that has just ended may not be closed yet.
        wake_at = until if self.token is None else now
        idle = copied(self, publishing=False, deleting=False, removing=None)
        return copied(idle, owner=None, wake_at=wake_at, failures=0)

    def failed(self, now: int, reason: str, *, drawn: int | None = None) -> Self:
        """End without images; nothing is charged.

        ``drawn=0``: Evolink has said that it drew nothing; ``None``: it hasn't, so ``drawn`` stays.
        """
        failed = self._ended(State.FAILED, now, charged=0, reason=reason)
        return failed if drawn is None else copied(failed, drawn=drawn)

    def cancelled(self, now: int, reason: Reason | None = None) -> Self:
        """End before anything was paid; nothing is charged."""
        assert self.state in UNPAID
        assert self.remote_id is None, "Evolink has taken it"
        return self._ended(State.CANCELLED, now, charged=0, reason=reason)

    def unknown(self, now: int) -> Self:
        """End without knowing whether Evolink took it; nothing is charged."""
        self._from(State.SUBMITTING)
        assert self.remote_id is None, "Evolink has taken it"
        return self._ended(State.UNKNOWN, now, charged=0, reason=Reason.UNKNOWN_OUTCOME)

    def closed(self, wake_at: int | None = None) -> Self:
        """Close an ended task: the card shows the outcome, the uploads are deleted.

        ``wake_at``: when kept images expire.
        """
        assert self.has_ended
        # Without a due step, nobody would publish or delete any more.
        closed = copied(self, publishing=False, deleting=False, removing=None)
        wake_at = None if closed.images_gone else wake_at
        return copied(closed, owner=None, token=None, failures=0, wake_at=wake_at)

    def _ended(self, state: State, now: int, *, charged: int, reason: str | None = None) -> Self:
        assert self.state in OPEN, "a task ends once"
        charged, charged_at = min(charged, self.reserved), now
        if self.charged is not None and self.charged_at is not None:
            # It was refunded when its outcome was unknown; images that come after that are free.
            charged, charged_at = self.charged, self.charged_at
        return copied(
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


_T = TypeVar("_T", bound=Task)
_values = attrgetter(*Task.__slots__)
_setters = [getattr(Task, name).__set__ for name in Task.__slots__]


def copied(task: _T, **changes: Any) -> _T:  # noqa: ANN401 - whatever the fields hold
    """Return a copy with other values, as ``dataclasses.replace`` does, in a third of the time.

    A task has forty fields, and is copied thirty times.
    """
    copy = object.__new__(type(task))
    for setter, value in zip(_setters, _values(task), strict=True):
        setter(copy, value)
    for name, value in changes.items():
        object.__setattr__(copy, name, value)
    return copy
