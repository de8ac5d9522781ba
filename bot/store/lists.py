"""Many tasks at once: somebody's history, the queue, how long drawings took."""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, func, not_, select

from bot.domain.task import OPEN, RUNNING, State, Task
from bot.store.engine import Database
from bot.store.rows import TASK_COLUMNS, quality_key, task_of
from bot.store.tables import task

_of_user = and_(task.c.guild_id == bindparam("guild_id"), task.c.user_id == bindparam("user_id"))
# A task that Evolink has been drawing for too long is still asked for, but lets others go ahead.
_slow = and_(
    task.c.state == State.RUNNING.value,
    task.c.submitted_at.is_not(None),
    task.c.submitted_at < bindparam("slow_before"),
)
#: Queued, and the requester has seen the card.
CONFIRMED = and_(task.c.state == State.QUEUED.value, task.c.card_id.is_not(None))

HISTORY = (
    select(*TASK_COLUMNS)
    .where(_of_user)
    .order_by(task.c.created_at.desc(), task.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
COUNT = select(func.count().label("tasks")).where(_of_user).select_from(task)
DURATIONS = (
    select(task.c.drawn_ms)
    .where(
        task.c.quality == bindparam("quality"),
        task.c.reserved == bindparam("count"),
        task.c.drawn_ms.is_not(None),
    )
    .order_by(task.c.id.desc())
    .limit(bindparam("most"))
)
WAITING = select(task.c.id, task.c.user_id).where(CONFIRMED).order_by(task.c.id)
OPEN_IDS = select(task.c.id).where(task.c.state.in_(sorted(state.value for state in OPEN)))
PLACES = (
    select(task.c.user_id, func.count().label("places"))
    .where(task.c.state.in_(sorted(state.value for state in RUNNING)), not_(_slow))
    .group_by(task.c.user_id)
)
SERVED = (
    select(task.c.user_id, func.max(task.c.submitted_at).label("at"))
    .where(task.c.created_at >= bindparam("since"), task.c.submitted_at.is_not(None))
    .group_by(task.c.user_id)
)


@dataclass(frozen=True)
class Lists:
    """Tasks by user, by state, by kind."""

    _db: Database

    async def history(
        self, guild_id: int, user_id: int, *, limit: int, offset: int = 0
    ) -> tuple[Task, ...]:
        """Return a user's tasks in one server, newest first."""
        rows = await self._db.rows(
            HISTORY, guild_id=guild_id, user_id=user_id, most=limit, skip=offset
        )
        return tuple(map(task_of, rows))

    async def count(self, guild_id: int, user_id: int) -> int:
        """Return how many tasks a user has had in one server."""
        rows = await self._db.rows(COUNT, guild_id=guild_id, user_id=user_id)
        return int(rows[0]["tasks"])

    async def durations(
        self, quality: str | None, count: int, *, limit: int = 20
    ) -> tuple[int, ...]:
        """Return how long Evolink drew, in milliseconds, for the newest tasks of one kind."""
        rows = await self._db.rows(DURATIONS, quality=quality_key(quality), count=count, most=limit)
        return tuple(row["drawn_ms"] for row in rows)

    async def waiting(self) -> tuple[tuple[int, int], ...]:
        """Return the queue as ``(id, user_id)``, oldest first; only tasks whose card is there."""
        return tuple((row["id"], row["user_id"]) for row in await self._db.rows(WAITING))

    async def open_ids(self) -> frozenset[int]:
        """Return the tasks of which something is still to come."""
        return frozenset(row["id"] for row in await self._db.rows(OPEN_IDS))

    async def served(self, *, since: int) -> dict[int, int]:
        """Return when Evolink last took a task of each user, of those accepted after ``since``."""
        return {row["user_id"]: row["at"] for row in await self._db.rows(SERVED, since=since)}

    async def running(self, *, slow_before: int) -> dict[int, int]:
        """Return how many places each user's tasks hold.

        One that Evolink took before ``slow_before`` and is still drawing holds none.
        """
        rows = await self._db.rows(PLACES, slow_before=slow_before)
        return {row["user_id"]: row["places"] for row in rows}
