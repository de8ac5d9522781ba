"""The table ``task_event``: who did what to a task, and when."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.engine import Database
from bot.store.rows import Event, event_of
from bot.store.tables import task_event

EVENTS = (
    select(
        task_event.c.task_id,
        task_event.c.at,
        task_event.c.kind,
        task_event.c.actor,
        task_event.c.detail,
    )
    .where(task_event.c.task_id == bindparam("id", type_=BigInteger))
    .order_by(task_event.c.id)
)
INSERT_EVENT = insert(task_event)


@dataclass(frozen=True, slots=True)
class Events:
    """What happened to tasks."""

    _db: Database

    async def of_task(self, task_id: int) -> tuple[Event, ...]:
        """Return a task's events, oldest first."""
        return tuple(map(event_of, await self._db.rows(EVENTS, id=task_id)))


async def write_event(  # noqa: PLR0913 - a row's columns
    connection: AsyncConnection,
    task_id: int,
    kind: str,
    *,
    now: int,
    actor: str = "bot",
    detail: str = "",
) -> None:
    """Write an event in the transaction that makes it true."""
    row = {"task_id": task_id, "at": now, "kind": kind, "actor": actor, "detail": detail}
    await connection.execute(INSERT_EVENT, row)
