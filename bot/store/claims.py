"""Claiming tasks: ``wake_at`` is both timer and lease.

Each claim increments the version, so that the previous owner's writes are refused from then on.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import (
    BigInteger,
    ColumnElement,
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

from bot.domain import queue
from bot.domain.queue_status import Pause
from bot.domain.state import State
from bot.domain.task import Task
from bot.errors import UnreadableRow
from bot.store.engine import Connection, Database
from bot.store.events import write_event
from bot.store.locks import TOTALS, lock
from bot.store.queue import ASIDE, CONFIRMED, PLACES, SERVED
from bot.store.rows import TASK_COLUMNS, readable_tasks, task_of
from bot.store.tables import task, task_event

# A confirmed task waits for its turn, whatever its timer says. Cancelling it needs no turn, and a
# task with an id at Evolink is followed, never started, however it came to be queued.
_takes_turn = and_(
    CONFIRMED,
    task.c.cancel_requested.is_(False),
    # As an expression, so that SQLite doesn't go through all tasks of the past without an id.
    func.coalesce(task.c.remote_id, "") == "",
)
_due = task.c.wake_at <= bindparam("now")

# A process never claims what it is working on, whatever the clock says, and claims what others own
# only after their lease has expired.
_claimable = and_(
    or_(task.c.owner.is_(None), task.c.wake_at <= bindparam("expired")),
    task.c.id.not_in(bindparam("busy", expanding=True)),
)
_next_due = (
    select(task.c.id)
    .where(_due, not_(_takes_turn), _claimable)
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
    exists().where(_due, not_(_takes_turn)).label("steps"),
    exists().where(_due, _takes_turn).label("turns"),
    _next_wake.scalar_subquery().label("next_wake"),
)
TURNS = select(task.c.id, task.c.user_id, task.c.failures).where(
    _takes_turn, _due, task.c.reserved < bindparam("below")
)
# Those that were started since then and are still trying; one that takes longer delays nobody.
TRYING = (
    select(task.c.id)
    .join(task_event, task_event.c.task_id == task.c.id)
    .where(
        task.c.state.in_([State.PREPARING.value, State.SUBMITTING.value]),
        task.c.remote_id.is_(None),
        task_event.c.kind == State.PREPARING.value,
        task_event.c.at > bindparam("since"),
    )
    .limit(1)
)
START = (
    update(task)
    .where(task.c.id == bindparam("task_id"), _takes_turn, _due)
    .values(
        state=State.PREPARING.value,
        owner=bindparam("new_owner"),
        wake_at=bindparam("until"),
        version=task.c.version + 1,
    )
    .returning(*TASK_COLUMNS)
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
# Nobody works on it for a while; it holds no place, and becomes due again.
PUT_ASIDE = (
    update(task)
    .where(task.c.id == bindparam("task_id"))
    .values(owner=ASIDE, wake_at=bindparam("until"), version=task.c.version + 1)
)
TO_START = select(*TASK_COLUMNS).where(task.c.id == bindparam("task_id"))
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
    """Shift a time by as much as the clock was set, but not past another one."""
    moved = moment + bindparam("ahead", type_=BigInteger)
    return case((moved > latest, latest), else_=moved)


# Timers fire now, leases end no later than if they were renewed now, and no recorded time lies in
# the future. The expiry of closed tasks is days away and stays.
PULL_IN = (
    update(task)
    .where(task.c.wake_at.is_not(None), or_(task.c.ended_at.is_(None), task.c.token.is_not(None)))
    .values(
        wake_at=case(
            (and_(_unowned, task.c.wake_at > _now), _now),
            (and_(not_(_unowned), task.c.wake_at > _until), _until),
            else_=task.c.wake_at,
        ),
        intent_at=_later(task.c.intent_at, _now),
        submitted_at=_later(task.c.submitted_at, _now),
        deadline=_later(task.c.deadline, _deadline),
    )
)
# Only whoever holds a task edits its card, so no other process's edit arrives after theirs.
LEND = (
    update(task)
    .where(
        task.c.id == bindparam("task_id"),
        task.c.version == bindparam("read_version"),
        _unowned,
        task.c.cancel_requested.is_(False),
    )
    .values(owner=bindparam("new_owner"), wake_at=_until, version=task.c.version + 1)
)
GIVE_BACK = (
    update(task)
    .where(
        task.c.id == bindparam("task_id"),
        task.c.version == bindparam("read_version"),
        task.c.owner == bindparam("present_owner"),
    )
    .values(
        owner=None,
        wake_at=case((task.c.cancel_requested, _now), else_=bindparam("was", type_=BigInteger)),
        version=task.c.version + 1,
    )
)
LATEST_EVENT = select(task_event.c.at).order_by(task_event.c.id.desc()).limit(1)

#: Milliseconds until an unreadable row is tried again: a later version of the bot may be able to
#: read it, or somebody may have repaired it by hand.
ASIDE_FOR = 24 * 60 * 60 * 1000
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
    #: Unreadable rows found since this process started.
    _unreadable: dict[int, UnreadableRow] = field(default_factory=dict[int, UnreadableRow])
    #: Those of them that haven't been reported yet.
    _news: dict[int, UnreadableRow] = field(default_factory=dict[int, UnreadableRow])

    def unreadable(self) -> tuple[UnreadableRow, ...]:
        """Return newly found unreadable rows; each is returned once."""
        news = tuple(self._news.values())
        self._news.clear()
        return news

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
        busy: Collection[int] = (),
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
            _put_aside(connection, unread, now)
            return tasks

        claimed = await self._db.write(claim)
        self._note(unread)
        return tuple(sorted(claimed, key=lambda task: task.id))

    async def queued(  # noqa: PLR0913 - each limit is its own setting
        self,
        owner: str,
        *,
        now: int,
        until: int,
        max_running: int,
        user_running: int,
        slow_before: int,
        limit: int,
        below: int = ANY_SIZE,
        alone_since: int | None = None,
    ) -> tuple[Task, ...]:
        """Start queued tasks in fair order while there are places; their state becomes preparing.

        There are ``max_running`` places in all and ``user_running`` per user; ``Queue.running``
        says who holds them. Only tasks of fewer than ``below`` images are started. Counting and
        starting are one transaction.

        ``alone_since``: start a single one, if none that was started since then is still trying;
        those that were tried in vain come last.
        """
        unread = list[UnreadableRow]()

        def start(connection: Connection) -> tuple[Task, ...]:
            lock(connection, TOTALS)
            turns = connection.rows(TURNS, {"now": now, "below": below})
            if not turns:
                return ()
            if alone_since is not None and connection.first(TRYING, {"since": alone_since}):
                return ()
            places = connection.rows(PLACES, {"slow_before": slow_before})
            running = {row["user_id"]: row["places"] for row in places}
            served = connection.rows(SERVED, {"since": now - queue.TURNS_REMEMBERED})
            waiting = [(row["id"], row["user_id"]) for row in turns]
            picked = _pick(
                queue.order(
                    waiting,
                    running,
                    {row["user_id"]: row["at"] for row in served},
                    {row["id"]: row["failures"] for row in turns}
                    if alone_since is not None
                    else {},
                ),
                dict(waiting),
                running,
                user_running=user_running,
                places=min(limit, max_running - sum(running.values())),
            )
            started = list[Task]()
            for each in picked:
                try:
                    task = _start(connection, each, owner, now=now, until=until)
                except UnreadableRow as error:
                    unread.append(error)
                else:
                    started += [] if task is None else [task]
            _put_aside(connection, unread, now)
            return tuple(started)

        started = await self._db.write(start)
        self._note(unread)
        return started

    async def renew(self, owner: str, task_ids: Collection[int], *, until: int) -> set[int]:
        """Extend an owner's leases on these tasks; return which are still the owner's."""
        values = {"present_owner": owner, "ids": list(task_ids), "until": until}
        return await self._db.write(
            lambda connection: {row["id"] for row in connection.rows(RENEW, values)}
        )

    async def lend(self, task: Task, owner: str, *, until: int) -> bool:
        """Hold a task that nobody holds, to edit its card; return whether it is as it was read."""
        values = {"task_id": task.id, "read_version": task.version, "new_owner": owner}
        return bool(await self._db.change(LEND, **values, until=until))

    async def give_back(self, task: Task, owner: str, *, now: int, wake_at: int | None) -> bool:
        """Return a task that was lent, as it was before ``lend``, to be due at ``wake_at``.

        One that was cancelled meanwhile is due ``now``. Returns whether it was still lent.
        """
        values = {"task_id": task.id, "read_version": task.version + 1, "present_owner": owner}
        return bool(await self._db.change(GIVE_BACK, **values, now=now, was=wake_at))

    async def release(self, owner: str, *, now: int) -> int:
        """Release an owner's leases, so that the tasks are due for anybody; return how many."""
        return await self._db.change(RELEASE, present_owner=owner, now=now)

    async def seize(self, instance: str, *, now: int) -> int:
        """Release what earlier runs of an instance owned; return how many tasks."""
        return await self._db.change(SEIZE, prefix=f"{instance}/", now=now)

    async def wake_refused(self, *, now: int, below: int = ANY_SIZE) -> int:
        """Make queued tasks due that Evolink refused, if they have fewer than ``below`` images.

        Returns how many.
        """
        return await self._db.change(WAKE_REFUSED, now=now, below=below)

    async def pull_in(self, *, now: int, ahead: int, lease: int, give_up: int) -> None:
        """Adjust timers after the clock was set back, or ``ahead`` by so many milliseconds.

        Idempotent: nothing is ever postponed.
        """
        until, latest_deadline = now + lease, now + give_up
        await self._db.change(
            PULL_IN, now=now, ahead=ahead, until=until, latest_deadline=latest_deadline
        )

    async def latest(self) -> int | None:
        """Return when the latest event was recorded."""
        rows = await self._db.rows(LATEST_EVENT)
        return rows[0]["at"] if rows else None

    def _note(self, unread: Iterable[UnreadableRow]) -> None:
        for error in unread:
            if error.task_id not in self._unreadable:
                self._unreadable[error.task_id] = self._news[error.task_id] = error


def _put_aside(connection: Connection, unread: Iterable[UnreadableRow], now: int) -> None:
    """Keep unreadable rows from holding up the others."""
    for error in unread:
        connection.execute(PUT_ASIDE, {"task_id": error.task_id, "until": now + ASIDE_FOR})


def _pick(
    turns: Sequence[int],
    users: Mapping[int, int],
    running: Mapping[int, int],
    *,
    user_running: int,
    places: int,
) -> list[int]:
    holds = dict(running)
    picked = list[int]()
    for task_id in turns:
        user_id = users[task_id]
        if len(picked) >= places:
            break
        if holds.get(user_id, 0) < user_running:
            holds[user_id] = holds.get(user_id, 0) + 1
            picked.append(task_id)
    return picked


def _start(
    connection: Connection, task_id: int, owner: str, *, now: int, until: int
) -> Task | None:
    """Start a task; ``None``: another process has just cancelled it, or edits its card."""
    # Read it first: an unreadable row must not be changed.
    task_of(connection.rows(TO_START, {"task_id": task_id})[0])
    values = {"task_id": task_id, "new_owner": owner, "now": now, "until": until}
    row = connection.first(START, values)
    if row is None:
        return None
    write_event(connection, task_id, State.PREPARING.value, now=now)
    return task_of(row)
