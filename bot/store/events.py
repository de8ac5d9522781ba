"""The table ``task_event``: who did what to a task, and when."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, delete, insert, select

from bot.domain.ids import TaskId
from bot.domain.task_events import UNRECORDED
from bot.store.engine import Connection, Database
from bot.store.tables import task, task_event

EVENTS = (
    select(
        task_event.c.at,
        task_event.c.kind,
        task_event.c.actor,
        task_event.c.detail,
    )
    .where(task_event.c.task_id == bindparam("id", type_=BigInteger))
    .order_by(task_event.c.id)
)
INSERT_EVENT = insert(task_event)
_before = bindparam("before", type_=BigInteger)
PRUNE = delete(task_event).where(
    task_event.c.id.in_(
        select(task_event.c.id)
        .join_from(task_event, task)
        .where(task_event.c.at < _before, task.c.ended_at < _before, task.c.wake_at.is_(None))
        .order_by(task_event.c.at)
        .limit(bindparam("most"))
    )
)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a task, when, and who did it."""

    #: Epoch milliseconds.
    at: int
    kind: str
    #: "bot", or a user's id.
    actor: str
    detail: str


@dataclass(frozen=True, slots=True)
class Events:
    """What happened to tasks."""

    _db: Database

    async def of_task(self, task_id: TaskId) -> tuple[Event, ...]:
        """Return a task's events, oldest first."""
        return tuple(Event(**row) for row in await self._db.rows(EVENTS, id=task_id))

    async def prune(self, before: int) -> int:
        """Delete the events of tasks that ended before then and are closed; return how many.

        A newer event stays: somebody may have pressed a button of an old task.
        """
        return await self._db.change_in_batches(PRUNE, before=before)


def write_event(  # noqa: PLR0913 - a row's columns
    connection: Connection,
    task_id: TaskId,
    kind: str,
    *,
    now: int,
    actor: str = "bot",
    detail: str = "",
) -> None:
    """Write an event in the transaction that makes it true, unless it is ``UNRECORDED``."""
    if kind in UNRECORDED:
        return
    row = {"task_id": task_id, "at": now, "kind": kind, "actor": actor, "detail": detail}
    connection.execute(INSERT_EVENT, row)
