"""Starting queued tasks in fair order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from bot.domain import queue
from bot.domain.ids import TaskId, UserId
from bot.domain.state import State
from bot.domain.task import Task
from bot.errors import UnreadableRow
from bot.store.claims import ANY_SIZE, DUE, TAKES_TURN
from bot.store.engine import Connection, Database
from bot.store.events import write_event
from bot.store.locks import TOTALS, lock
from bot.store.queue import PLACES, SERVED
from bot.store.rows import TASK_COLUMNS, task_of
from bot.store.tables import task, task_event
from bot.store.unreadable import UnreadableRows, set_aside

TURNS = select(task.c.id, task.c.user_id, task.c.failures).where(
    TAKES_TURN, DUE, task.c.reserved < bindparam("below")
)
# Tasks that were started since then and are still trying; one that takes longer delays nobody.
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
    .where(task.c.id == bindparam("task_id"), TAKES_TURN, DUE)
    .values(
        state=State.PREPARING.value,
        owner=bindparam("new_owner"),
        wake_at=bindparam("until"),
        version=task.c.version + 1,
    )
    .returning(*TASK_COLUMNS)
)
TO_START = select(*TASK_COLUMNS).where(task.c.id == bindparam("task_id"))


@dataclass(frozen=True, slots=True)
class Turns:
    """Who starts next. Times are epoch milliseconds."""

    _db: Database
    _unreadable: UnreadableRows

    async def start(  # noqa: PLR0913 - each limit is its own setting
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

        ``alone_since``: start only if none that was started since then is still trying; tasks that
        were tried in vain come last.
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
            set_aside(connection, unread, now)
            return tuple(started)

        started = await self._db.write(start, lasting=False)
        self._unreadable.add(unread)
        return started


def _pick(
    turns: Sequence[TaskId],
    users: Mapping[TaskId, UserId],
    running: Mapping[UserId, int],
    *,
    user_running: int,
    places: int,
) -> list[TaskId]:
    holds = dict(running)
    picked = list[TaskId]()
    for task_id in turns:
        user_id = users[task_id]
        if len(picked) >= places:
            break
        if holds.get(user_id, 0) < user_running:
            holds[user_id] = holds.get(user_id, 0) + 1
            picked.append(task_id)
    return picked


def _start(
    connection: Connection, task_id: TaskId, owner: str, *, now: int, until: int
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
