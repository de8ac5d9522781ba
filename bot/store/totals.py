"""Numbers over all servers, for the operator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, func, literal_column, select

from bot.domain.ids import TaskId
from bot.domain.state import State
from bot.domain.window import DAY
from bot.store.engine import Connection, Database, Row
from bot.store.rules import DRAWN_IN
from bot.store.tables import IS_OPEN, draft, task

OPEN_TASKS = (
    select(
        task.c.state,
        func.count().label("tasks"),
        func.min(task.c.created_at).label("oldest"),
        func.min(task.c.id).label("first"),
    )
    .where(IS_OPEN)
    .group_by(task.c.state)
)
_since = bindparam("since", type_=BigInteger)
# As an expression, so that SQLite doesn't read all tasks in the order of the index by state.
_end = func.coalesce(task.c.state, literal_column("''")).label("state")
# No index leads to what ended since then, but one leads to what was accepted shortly before.
ENDS = (
    select(_end, func.count().label("tasks"))
    .where(task.c.created_at >= bindparam("accepted", type_=BigInteger), task.c.ended_at >= _since)
    .group_by(_end)
)
REFUSED = select(func.count().label("refusals")).where(
    draft.c.refused_at >= _since, draft.c.reason != literal_column("''")
)
#: How many milliseconds before a period a task that ended in it may have been accepted.
LONGEST_LIFE = 7 * DAY


@dataclass(frozen=True, slots=True)
class OpenTasks:
    """The open tasks."""

    #: Only states that some are in.
    by_state: Mapping[State, int]
    #: When the oldest queued one was accepted (epoch milliseconds); ``None``: none is queued.
    oldest_queued: int | None
    #: The oldest of all, and when it was accepted.
    oldest: tuple[TaskId, int] | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What was done in a period, and what is left to do."""

    #: Tasks that ended, by state.
    ended: Mapping[State, int]
    #: Images that were drawn or may have been.
    images: int
    #: Requests that were refused before anything was spent; those of the last day at most.
    refusals: int
    open: OpenTasks


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums that are read by an index, however many tasks have ended."""

    _db: Database

    async def open_tasks(self) -> OpenTasks:
        """Return how many tasks are open."""
        return _open_tasks(await self._db.rows(OPEN_TASKS))

    async def work(self, *, since: int, until: int) -> Work:
        """Return what was done between two times (epoch milliseconds), from one snapshot."""
        values = {"since": since, "until": until}

        def read(connection: Connection) -> Work:
            ended = connection.rows(ENDS, {"accepted": since - LONGEST_LIFE, **values})
            (drawn,), (refused,) = (connection.rows(each, values) for each in (DRAWN_IN, REFUSED))
            return Work(
                ended={State(row["state"]): row["tasks"] for row in ended},
                images=int(drawn["drawn"]),
                refusals=refused["refusals"],
                open=_open_tasks(connection.rows(OPEN_TASKS)),
            )

        return await self._db.read(read)


def _open_tasks(rows: Sequence[Row]) -> OpenTasks:
    by_state = {State(row["state"]): row for row in rows}
    queued = by_state.get(State.QUEUED)
    return OpenTasks(
        {state: row["tasks"] for state, row in by_state.items()},
        None if queued is None else queued["oldest"],
        min(((row["first"], row["oldest"]) for row in rows), default=None),
    )
