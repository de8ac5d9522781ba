"""Claiming tasks: ``wake_at`` is both timer and lease.

Each claim increments the version, so that the previous owner's writes are refused from then on.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)

from bot.domain.durations import Durations
from bot.domain.ids import TaskId
from bot.domain.queue_status import Pause
from bot.domain.state import State
from bot.domain.task import Task
from bot.errors import UnreadableRow
from bot.store.engine import Connection, Database
from bot.store.queue import CONFIRMED
from bot.store.rows import TASK_COLUMNS, readable_tasks
from bot.store.tables import task, task_event
from bot.store.unreadable import UnreadableRows, set_aside

# A confirmed task waits for its turn, whatever its timer says. Cancelling it needs no turn, and a
# task with an id at Evolink is followed, never started, however it came to be queued.
TAKES_TURN = and_(
    CONFIRMED,
    task.c.cancel_requested.is_(False),
    # As an expression, so that SQLite doesn't scan all past tasks that have no id.
    func.coalesce(task.c.remote_id, "") == "",
)
DUE = task.c.wake_at <= bindparam("now")

# A process never claims what it is working on, whatever the clock says, and claims what others own
# only after their lease has expired.
_claimable = and_(
    or_(task.c.owner.is_(None), task.c.wake_at <= bindparam("expired")),
    task.c.id.not_in(bindparam("busy", expanding=True)),
)
_next_due = (
    select(task.c.id)
    .where(DUE, not_(TAKES_TURN), _claimable)
    .order_by(task.c.wake_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("next_due")
)
CLAIM_DUE = (
    update(task)
    .where(task.c.id.in_(select(_next_due.c.id)))
    .values(
        owner=bindparam("new_owner"),
        wake_at=bindparam("until"),
        version=task.c.version + 1,
    )
    .returning(*TASK_COLUMNS)
)
# Not min(), for which SQLite doesn't use the partial index.
_next_wake = (
    select(task.c.wake_at)
    .where(task.c.wake_at > bindparam("now"))
    .order_by(task.c.wake_at)
    .limit(1)
)
# Usually there is nothing to claim; checking takes no lock.
WAITING = select(
    exists().where(DUE, not_(TAKES_TURN)).label("steps"),
    exists().where(DUE, TAKES_TURN).label("turns"),
    _next_wake.scalar_subquery().label("next_wake"),
)
# By id: leases on tasks that this process no longer works on must expire.
RENEW = (
    update(task)
    .where(
        task.c.owner == bindparam("present_owner"),
        task.c.id.in_(bindparam("ids", expanding=True)),
    )
    .values(wake_at=bindparam("until"))
    .returning(task.c.id)
)
RELEASE = (
    update(task)
    .where(task.c.owner == bindparam("present_owner"))
    .values(owner=None, wake_at=bindparam("now"), version=task.c.version + 1)
)
# Not LIKE, which ignores case in SQLite: "main" must not seize what "Main" owns.
_prefix = bindparam("prefix", type_=task.c.owner.type)
SEIZE = (
    update(task)
    .where(
        task.c.owner.is_not(None),
        func.substr(task.c.owner, 1, func.length(_prefix)) == _prefix,
    )
    .values(owner=None, wake_at=bindparam("now"), version=task.c.version + 1)
)
# Tasks that Evolink refused; each waits longer after every refusal.
WAKE_REFUSED = (
    update(task)
    .where(
        task.c.state == State.QUEUED.value,
        task.c.owner.is_(None),
        task.c.reason.in_(sorted(pause.value for pause in Pause)),
        task.c.wake_at > bindparam("now"),
        task.c.reserved < bindparam("below"),
    )
    .values(wake_at=bindparam("now"))
)
_unowned = task.c.owner.is_(None)
_now, _until = bindparam("now", type_=BigInteger), bindparam("until", type_=BigInteger)
_deadline = bindparam("latest_deadline", type_=BigInteger)


def _later(moment: ColumnElement[int], latest: ColumnElement[int]) -> ColumnElement[int]:
    """Shift a time by as much as the clock was set, but not past ``latest``."""
    moved = moment + bindparam("ahead", type_=BigInteger)
    return case((moved > latest, latest), else_=moved)


_is_dated = and_(
    task.c.owner == bindparam("reader", type_=String),
    task.c.state.in_([State.RUNNING.value, State.READY.value]),
)
_is_at_rest = and_(
    task.c.ended_at.is_not(None),
    task.c.token.is_(None),
    task.c.publishing.is_(False),
    task.c.deleting.is_(False),
    task.c.removing.is_(None),
    task.c.erasure.is_(None),
)
_expiry = bindparam("latest_expiry", type_=BigInteger)
# Timers fire now, leases end no later than if they were renewed now, and no recorded time lies in
# the future. The expiry of kept images is days away and stays, unless it is too many days.
PULL_IN = (
    update(task)
    .where(task.c.wake_at.is_not(None), or_(not_(_is_at_rest), task.c.wake_at > _expiry))
    .values(
        wake_at=case(
            (_is_at_rest, _expiry),
            (and_(_unowned, task.c.wake_at > _now), _now),
            (and_(not_(_unowned), task.c.wake_at > _until), _until),
            else_=task.c.wake_at,
        ),
        intent_at=_later(task.c.intent_at, _now),
        submitted_at=_later(task.c.submitted_at, _now),
        deadline=_later(task.c.deadline, _deadline),
        # A step under way has read the old times: it would end the task by them, or write them
        # back. Nothing is being paid for in these states.
        version=case((_is_dated, task.c.version + 1), else_=task.c.version),
    )
)
# Only whoever holds a task edits its card, so no other process's edit arrives after theirs.
LEND = (
    update(task)
    .where(
        task.c.id == bindparam("task_id"),
        task.c.version == bindparam("read_version"),
        # A queued task isn't claimed when a hold on it ends, for example because its holder died.
        or_(_unowned, and_(task.c.state == State.QUEUED.value, task.c.wake_at <= _now)),
        task.c.cancel_requested.is_(False),
    )
    .values(owner=bindparam("new_owner"), wake_at=_until, version=task.c.version + 1)
)
# Something urgent came in meanwhile: a cancel, or Evolink's id for a task that had none.
_is_urgent = or_(
    task.c.cancel_requested,
    and_(task.c.state == State.SUBMITTING.value, task.c.remote_id.is_not(None)),
)
GIVE_BACK = (
    update(task)
    .where(
        task.c.id == bindparam("task_id"),
        task.c.version == bindparam("read_version"),
        task.c.owner == bindparam("present_owner"),
    )
    .values(
        owner=bindparam("next_owner", type_=String),
        wake_at=case(
            (and_(_is_urgent, bindparam("is_free", type_=Boolean)), _now),
            else_=bindparam("next_wake", type_=BigInteger),
        ),
        version=task.c.version + 1,
    )
)
LATEST_EVENT = select(task_event.c.at).order_by(task_event.c.id.desc()).limit(1)

#: More images than any task has.
ANY_SIZE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whether there is anything to claim."""

    #: A timer has fired, or a lease has expired.
    steps: bool
    #: A queued task waits for its turn.
    turns: bool
    #: When the next timer fires; ``None``: none will. Epoch milliseconds.
    next_wake: int | None


@dataclass(frozen=True, slots=True)
class Claims:
    """Who works on which task, until when. Times are epoch milliseconds."""

    _db: Database
    _unreadable: UnreadableRows

    async def waiting(self, *, now: int) -> Waiting:
        """Return whether there is anything to claim, and when there will be."""
        (row,) = await self._db.rows(WAITING, now=now)
        return Waiting(bool(row["steps"]), bool(row["turns"]), row["next_wake"])

    async def due(  # noqa: PLR0913 - what is claimed, for whom, until when
        self,
        owner: str,
        *,
        now: int,
        until: int,
        limit: int,
        expired: int | None = None,
        busy: Collection[TaskId] = (),
    ) -> tuple[Task, ...]:
        """Claim tasks whose timer has fired or whose lease has expired, but none that wait in line.

        That includes queued tasks whose card isn't confirmed, or that are to be cancelled.
        ``expired``: claim owned tasks only if their lease ended by then; ``now`` by default,
        earlier if the clock was just set. ``busy``: never claim these.
        """
        values = {
            "new_owner": owner,
            "now": now,
            "until": until,
            "most": limit,
            "expired": now if expired is None else expired,
            "busy": list(busy),
        }
        unread = list[UnreadableRow]()

        def claim(connection: Connection) -> tuple[Task, ...]:
            tasks = readable_tasks(connection.rows(CLAIM_DUE, values), unread.append)
            set_aside(connection, unread, now)
            return tasks

        claimed = await self._db.write(claim, lasting=False)
        self._unreadable.add(unread)
        return tuple(sorted(claimed, key=lambda task: task.id))

    async def renew(self, owner: str, task_ids: Collection[TaskId], *, until: int) -> set[TaskId]:
        """Extend an owner's leases on these tasks; return which are still the owner's."""
        values = {"present_owner": owner, "ids": list(task_ids), "until": until}
        return await self._db.write(
            lambda connection: {row["id"] for row in connection.rows(RENEW, values)}, lasting=False
        )

    async def lend(self, task: Task, owner: str, *, now: int, until: int) -> bool:
        """Hold a task that nobody holds, to edit its card; return whether it was still as read."""
        values = {"task_id": task.id, "read_version": task.version, "new_owner": owner}
        return bool(await self._db.change(LEND, **values, now=now, until=until))

    async def give_back(self, task: Task, owner: str, following: Task, *, now: int) -> bool:
        """Return a task that was lent, with the owner and wake-up time of ``following``.

        If that has no owner, and the task was cancelled or got its id at Evolink meanwhile, it is
        due ``now``. Returns whether it was still lent.
        """
        values = {"task_id": task.id, "read_version": task.version + 1, "present_owner": owner}
        changes = {
            "next_owner": following.owner,
            "next_wake": following.wake_at,
            "is_free": following.owner is None,
        }
        return bool(await self._db.change(GIVE_BACK, **values, **changes, now=now))

    async def release(self, owner: str, *, now: int) -> int:
        """Release an owner's leases, so that the tasks are due for anybody; return how many."""
        return await self._db.change(RELEASE, present_owner=owner, now=now)

    async def seize(self, instance: str, *, now: int) -> int:
        """Release what earlier runs of an instance owned; return how many tasks."""
        return await self._db.change(SEIZE, prefix=f"{instance}/", now=now)

    async def wake_refused(self, *, now: int, below: int = ANY_SIZE) -> int:
        """Make queued tasks that Evolink refused due, if they have fewer than ``below`` images.

        Returns how many.
        """
        return await self._db.change(WAKE_REFUSED, now=now, below=below)

    async def pull_in(
        self, owner: str, clock: Callable[[], int], *, ahead: int, durations: Durations
    ) -> None:
        """Adjust timers after the clock was set back, or ``ahead`` by this many milliseconds.

        What ``owner`` has read of tasks with a deadline is stale from then on.

        Safe to repeat: it moves no time past what it would be if set now. We ask the ``clock`` when
        it is this write's turn: an earlier time would end leases that were renewed meanwhile.
        """

        def pull_in(connection: Connection) -> int:
            now = clock()
            values = {
                "reader": owner,
                "now": now,
                "ahead": ahead,
                "until": now + durations.lease,
                "latest_deadline": now + durations.give_up,
                "latest_expiry": now + durations.keep,
            }
            return connection.execute(PULL_IN, values)

        await self._db.write(pull_in)

    async def latest(self) -> int | None:
        """Return when the latest event was recorded."""
        rows = await self._db.rows(LATEST_EVENT)
        return rows[0]["at"] if rows else None
