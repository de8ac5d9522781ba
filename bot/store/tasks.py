"""The table ``task``: guarded transitions, and facts that no race may lose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from bot.domain.ids import InteractionId, MessageId, RemoteId, TaskId
from bot.domain.result import Post, Result
from bot.domain.state import OPEN, UNPAID, Reason, State
from bot.domain.task import Task, copied
from bot.errors import Stale
from bot.store.engine import Connection, Database
from bot.store.events import write_event
from bot.store.posts import plan_posts, save_posts
from bot.store.results import save_links
from bot.store.rows import TASK_COLUMNS, readable_tasks, task_of
from bot.store.tables import IS_OPEN, task

#: Columns that ``save`` writes. ``card_id``, ``remote_id`` and ``cancel_requested`` have statements
#: of their own, which need no version.
CHANGING = (
    "token",
    "charged",
    "charged_at",
    "drawn",
    "credits",
    "attempt",
    "intent_at",
    "progress",
    "estimate",
    "wake_at",
    "owner",
    "failures",
    "deadline",
    "publishing",
    "deleting",
    "removing",
    "reason",
    "ended_at",
    "collected_at",
)
#: The event of the transition at which the links become known.
READY = "ready"
#: Events of transitions that a power cut may undo: the step is then repeated, and it only asks or
#: does what may be asked or done twice.
REPEATED = frozenset({READY, "running", "read", "unread", "unlinked", "waiting", "closed"})

#: Milliseconds; longer durations are ignored in estimates.
_LONGEST_DRAWING = 24 * 60 * 60 * 1000
#: States in which the request is still to be submitted, or counts as never submitted.
_UNASKED = sorted(state.value for state in (*UNPAID, State.CANCELLED, State.UNKNOWN))

_id = bindparam("task_id", type_=BigInteger)
_now = bindparam("now", type_=BigInteger)
_open = task.c.state.in_(sorted(state.value for state in OPEN))
_unowned = task.c.owner.is_(None)

TASK = select(*TASK_COLUMNS).where(task.c.id == _id)
TASKS = select(*TASK_COLUMNS).where(task.c.id.in_(bindparam("ids", expanding=True)))
# The condition makes it read by the key, not by a scan of the table.
ANY_TASK = select(task.c.id).where(task.c.id > 0).limit(1)
TASK_BY_REMOTE = select(*TASK_COLUMNS).where(task.c.remote_id == bindparam("remote_id"))
TASK_BY_INTERACTION = select(*TASK_COLUMNS).where(
    task.c.interaction_id == bindparam("interaction_id")
)
OPEN_NAMES = select(task.c.id, task.c.interaction_id).where(_open)
# Somebody has pressed Cancel since the task was read: it does not wait for another try.
_to_cancel = and_(
    task.c.cancel_requested,
    bindparam("new_state", type_=String) == State.QUEUED.value,
    bindparam("owner", type_=String).is_(None),
)
SAVE = (
    update(task)
    .where(
        task.c.id == _id,
        task.c.version == bindparam("read_version"),
        # A charge is never changed once it is settled, even by a writer that doesn't know it.
        or_(task.c.charged.is_(None), task.c.charged == bindparam("charged")),
        # Evolink has the task: a writer that doesn't know its id decides nothing, and no writer may
        # have it submitted again.
        task.c.remote_id.is_not_distinct_from(bindparam("known_remote", type_=String)),
        or_(task.c.remote_id.is_(None), bindparam("new_state", type_=String).not_in(_UNASKED)),
    )
    .values(
        {name: bindparam(name, type_=task.c[name].type) for name in CHANGING}
        | {
            "state": bindparam("new_state", type_=String),
            "wake_at": case((_to_cancel, _now), else_=bindparam("wake_at", type_=BigInteger)),
            "version": task.c.version + 1,
            "submitted_at": func.coalesce(task.c.submitted_at, bindparam("submitted")),
            "drawn_ms": func.coalesce(task.c.drawn_ms, bindparam("took")),
        }
    )
    .returning(
        task.c.version,
        task.c.card_id,
        task.c.remote_id,
        task.c.submitted_at,
        task.c.cancel_requested,
        task.c.wake_at,
    )
)
# Cancelled because its card seemed to be missing, but it exists: the task is closed again, so that
# the card shows the end. A process that is closing it now doesn't know the card, and is refused.
_card_missed = and_(
    task.c.state == State.CANCELLED.value,
    func.coalesce(task.c.reason, "") != Reason.ANSWERED_ELSEWHERE.value,
)
RECORD_CARD = (
    update(task)
    .where(task.c.id == _id, task.c.card_id.is_(None))
    .values(
        card_id=bindparam("card"),
        owner=case((_card_missed, null()), else_=task.c.owner),
        wake_at=case((_card_missed, bindparam("now", type_=BigInteger)), else_=task.c.wake_at),
        version=task.c.version + case((_card_missed, 1), else_=0),
    )
)
_other = task.alias("other")
# The submission was thought lost or refused, but was accepted: the task continues from there and
# isn't submitted again; refunds stay. An earlier attempt counts, too, whatever becomes of the
# present one.
_astray = task.c.state != State.SUBMITTING.value
RECORD_REMOTE = (
    update(task)
    .where(
        task.c.id == _id,
        task.c.attempt >= bindparam("of_attempt"),
        task.c.remote_id.is_(None),
        # What is forgotten isn't posted.
        task.c.erasure.is_(None),
        ~exists().where(_other.c.remote_id == bindparam("remote")),
    )
    .values(
        remote_id=bindparam("remote"),
        submitted_at=func.coalesce(task.c.submitted_at, _now),
        # It was paid for even if it had returned to the queue.
        intent_at=func.coalesce(task.c.intent_at, _now),
        drawn=None,
        state=State.SUBMITTING.value,
        ended_at=None,
        owner=case((_astray, None), else_=task.c.owner),
        wake_at=case((or_(_astray, _unowned), _now), else_=task.c.wake_at),
        version=task.c.version + case((_astray, 1), else_=0),
    )
)
# It was drawn after all, and continues as if its id had just become known.
REOPEN = (
    update(task)
    .where(
        task.c.id == _id,
        task.c.state == State.FAILED.value,
        task.c.remote_id == bindparam("remote"),
        task.c.drawn.is_(None),
        task.c.erasure.is_(None),
    )
    .values(
        state=State.SUBMITTING.value,
        ended_at=None,
        owner=None,
        wake_at=_now,
        version=task.c.version + 1,
    )
)
_cancel = {
    "cancel_requested": True,
    "wake_at": case((and_(_unowned, task.c.wake_at > _now), _now), else_=task.c.wake_at),
}
REQUEST_CANCEL = (
    update(task)
    # Once the links are known, the images are being posted, or are already.
    .where(
        task.c.id == _id,
        _open,
        task.c.state != State.READY.value,
        task.c.cancel_requested.is_(False),
    )
    .values(_cancel)
    .returning(task.c.state)
)
# Tasks that are already paid for are still drawn and delivered.
CANCEL_WAITING = (
    update(task)
    .where(
        task.c.guild_id == bindparam("of_guild", type_=BigInteger),
        task.c.user_id == bindparam("of_user", type_=BigInteger),
        # For its index, so that a user's past isn't read.
        IS_OPEN,
        task.c.state.in_(sorted(state.value for state in UNPAID)),
        task.c.cancel_requested.is_(False),
    )
    .values(_cancel)
    .returning(task.c.id)
)
# An ended task without a token is closed; its ``wake_at`` is its expiry. The holder of a running
# task only polls: it may be taken over, and what the holder would write is refused.
_held_to_poll = and_(task.c.state == State.RUNNING.value, task.c.owner.is_not(None))
WAKE = (
    update(task)
    .where(
        task.c.id == _id,
        task.c.wake_at > _now,
        or_(_unowned, and_(_held_to_poll, bindparam("take_over", type_=Boolean))),
        or_(_open, task.c.token.is_not(None)),
    )
    .values(
        wake_at=_now,
        owner=None,
        version=task.c.version + case((_held_to_poll, 1), else_=0),
    )
)


@dataclass(frozen=True)
class Tasks:
    """Tasks, one by one."""

    _db: Database

    async def get(self, task_id: TaskId) -> Task | None:
        """Return a task."""
        return await self._one(TASK, task_id=task_id)

    async def several(self, task_ids: Sequence[TaskId]) -> list[Task]:
        """Return the tasks of these ids, as far as they can be read."""
        return list(readable_tasks(await self._db.rows(TASKS, ids=task_ids)))

    async def are_none(self) -> bool:
        """Tell whether there has never been a task."""
        return not await self._db.rows(ANY_TASK)

    async def by_remote(self, remote_id: RemoteId) -> Task | None:
        """Return the task with this id at Evolink."""
        return await self._one(TASK_BY_REMOTE, remote_id=remote_id)

    async def by_interaction(self, interaction_id: InteractionId) -> Task | None:
        """Return the task that an interaction made."""
        return await self._one(TASK_BY_INTERACTION, interaction_id=interaction_id)

    async def open_names(self) -> frozenset[int]:
        """Return the numbers that files of open tasks are named by.

        These are their interactions' ids and, in earlier versions, their rows'.
        """
        rows = await self._db.rows(OPEN_NAMES)
        return frozenset(number for row in rows for number in (row["id"], row["interaction_id"]))

    async def save(  # noqa: PLR0913 - one write, and all that is committed with it
        self,
        task: Task,
        kind: str,
        *,
        now: int,
        actor: str = "bot",
        detail: str = "",
        posted: Post | None = None,
        planned: Sequence[Post] = (),
        results: Sequence[Result] = (),
        card: MessageId | None = None,
        also: Callable[[Connection], object] | None = None,
    ) -> Task:
        """Write a transition and its event, with what else became known, in one transaction.

        Returns the task with its new version, and with the facts that others have recorded since it
        was read. Links, the message of a page and that of the ``card`` are committed even if the
        transition is refused; an intent to post, ``planned`` pages and what ``also`` writes aren't.

        Raises:
            Stale: the row has changed since the task was read, or has another charge; or Evolink
                has the task, and the writer doesn't know that or would have it submitted again.
        """

        def save(connection: Connection) -> Task | None:
            save_links(connection, results)
            if card is not None:
                _record(connection, RECORD_CARD, task.id, "shown", str(card), card=card, now=now)
            saved = connection.first(SAVE, _changes(task, kind, now))
            if saved is not None:
                plan_posts(connection, planned)
            if posted is not None and (saved is not None or posted.message_id is not None):
                save_posts(connection, (posted,))
            if saved is None:
                return None
            write_event(connection, task.id, kind, now=now, actor=actor, detail=detail)
            if also is not None:
                also(connection)
            return copied(task, **saved)

        is_lasting = kind not in REPEATED or posted is not None or card is not None
        saved = await self._db.write(save, lasting=is_lasting)
        # Not within the transaction, which it would roll back.
        if saved is None:
            raise Stale
        return saved

    async def record_card(self, task_id: TaskId, card_id: MessageId, *, now: int) -> None:
        """Record the card's message; the first one recorded stays."""
        await self._record(RECORD_CARD, task_id, "shown", str(card_id), card=card_id, now=now)

    async def record_remote(
        self, task_id: TaskId, attempt: int, remote_id: RemoteId, *, now: int
    ) -> bool:
        """Record Evolink's id, whoever owns the task by now: it is paid for.

        A task that has left ``submitting`` returns there; one that was refunded stays free. Returns
        whether the id was recorded: the task had none, no other task has it, and there was such an
        attempt.
        """
        values = {"of_attempt": attempt, "remote": remote_id}
        return await self._record(RECORD_REMOTE, task_id, "taken", remote_id, now=now, **values)

    async def reopen(self, task_id: TaskId, remote_id: RemoteId, *, now: int) -> bool:
        """Continue a task that was given up without Evolink saying that it failed; it stays free.

        Returns whether it was reopened.
        """
        return await self._record(REOPEN, task_id, "reopened", remote_id, remote=remote_id, now=now)

    async def request_cancel(self, task_id: TaskId, *, now: int, actor: str) -> State | None:
        """Record that the requester cancels the task; its owner acts on that.

        Returns the task's state at that moment; ``None``: already recorded, or too late.
        """

        def request(connection: Connection) -> State | None:
            values = {"task_id": task_id, "now": now}
            row = connection.first(REQUEST_CANCEL, values)
            if row is None:
                return None
            write_event(connection, task_id, "cancel_requested", now=now, actor=actor)
            return State(row["state"])

        return await self._db.write(request)

    async def wake(self, task_id: TaskId, *, now: int, take_over: bool) -> None:
        """Make a task due now, unless it is closed or somebody does more with it than polling.

        ``take_over``: even if somebody is polling it. Not if that may be another process: its edit
        of the card may be under way, and would arrive after the last one.
        """
        await self._db.change(WAKE, task_id=task_id, now=now, take_over=take_over)

    async def _one(self, statement: Select[Any], **values: object) -> Task | None:
        rows = await self._db.rows(statement, **values)
        return task_of(rows[0]) if rows else None

    async def _record(
        self,
        statement: Update,
        task_id: TaskId,
        kind: str,
        detail: str,
        *,
        now: int,
        **values: object,
    ) -> bool:
        return await self._db.write(
            lambda connection: _record(
                connection, statement, task_id, kind, detail, now=now, **values
            )
        )


def _record(  # noqa: PLR0913 - a fact, and what its event says
    connection: Connection,
    statement: Update,
    task_id: TaskId,
    kind: str,
    detail: str,
    *,
    now: int,
    **values: object,
) -> bool:
    """Write a fact, and its event if it was new; return whether it was."""
    done = connection.execute(statement, {"task_id": task_id, "now": now, **values})
    if done:
        write_event(connection, task_id, kind, now=now, detail=detail)
    return bool(done)


def _changes(task: Task, kind: str, now: int) -> dict[str, Any]:
    took = None
    if kind == READY and task.submitted_at is not None:
        # A negative or huge duration means that the clock was set.
        took = now - task.submitted_at
        took = took if 0 <= took < _LONGEST_DRAWING else None
    return {name: getattr(task, name) for name in CHANGING} | {
        "task_id": task.id,
        # If the clock was set back since, it is in the future, and would count towards no day.
        "intent_at": None if task.intent_at is None else min(task.intent_at, now),
        "now": now,
        "read_version": task.version,
        "new_state": task.state.value,
        "known_remote": task.remote_id,
        "submitted": task.submitted_at,
        "took": took,
    }
