"""Numbers over all servers, for the operator."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.domain.state import State
from bot.store.engine import Database
from bot.store.tables import IS_OPEN, task

OPEN_TASKS = (
    select(
        task.c.state,
        func.count().label("tasks"),
        func.min(task.c.created_at).label("oldest"),
    )
    .where(IS_OPEN)
    .group_by(task.c.state)
)


@dataclass(frozen=True, slots=True)
class OpenTasks:
    """The open tasks."""

    #: Only states that some are in.
    by_state: Mapping[State, int]
    #: When the oldest queued one was accepted (epoch milliseconds); ``None``: none is queued.
    oldest_queued: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums by index, whatever number of tasks has ended."""

    _db: Database

    async def open_tasks(self) -> OpenTasks:
        """Return how many tasks are open."""
        rows = {State(row["state"]): row for row in await self._db.rows(OPEN_TASKS)}
        queued = rows.get(State.QUEUED)
        return OpenTasks(
            {state: row["tasks"] for state, row in rows.items()},
            None if queued is None else queued["oldest"],
        )
