"""The queue: who waits, who holds a place, and how long Evolink takes."""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, func, not_, select

from bot.domain.ids import TaskId, UserId
from bot.domain.request import Request
from bot.domain.state import RUNNING, State
from bot.store.engine import Database
from bot.store.rows import quality_key
from bot.store.tables import task

#: The owner of rows that cannot be read: nobody works on them.
ASIDE = "unreadable"
#: Queued, and the requester has seen the card.
CONFIRMED = and_(task.c.state == State.QUEUED.value, task.c.card_id.is_not(None))

_readable = func.coalesce(task.c.owner, "") != ASIDE
_running = task.c.state.in_(sorted(state.value for state in RUNNING))
# A task that Evolink has been drawing for too long is still polled, but no longer holds a place.
_slow = and_(
    task.c.state == State.RUNNING.value,
    task.c.submitted_at.is_not(None),
    task.c.submitted_at < bindparam("slow_before"),
)

WAITING = select(task.c.id, task.c.user_id).where(CONFIRMED, _readable).order_by(task.c.id)
PLACES = (
    select(task.c.user_id, func.count().label("places"))
    .where(_running, not_(_slow), _readable)
    .group_by(task.c.user_id)
)
# As a sum, so that SQLite doesn't read all tasks in the order of an index by user.
_served = (task.c.user_id + 0).label("user_id")
SERVED = (
    select(_served, func.max(task.c.submitted_at).label("at"))
    .where(task.c.created_at >= bindparam("since"), task.c.submitted_at.is_not(None))
    .group_by(_served)
)
TAKEN = select(task.c.submitted_at).where(
    task.c.submitted_at >= bindparam("since"),
    task.c.id != bindparam("other_than"),
    task.c.reserved >= bindparam("images"),
)
DURATIONS = (
    select(task.c.drawn_ms)
    .where(
        task.c.model == bindparam("model"),
        task.c.quality == bindparam("quality"),
        task.c.reserved == bindparam("count"),
        task.c.drawn_ms.is_not(None),
    )
    .order_by(task.c.id.desc())
    .limit(bindparam("most"))
)
USUAL = select(func.avg(task.c.estimate).label("usual")).where(
    task.c.state.in_(sorted(state.value for state in {State.QUEUED, *RUNNING}))
)


@dataclass(frozen=True, slots=True)
class Queue:
    """What fairness and estimates are computed from; times in epoch milliseconds."""

    _db: Database

    async def waiting(self) -> tuple[tuple[TaskId, UserId], ...]:
        """Return the queue as ``(id, user_id)``, oldest first; only tasks whose card is shown."""
        return tuple((row["id"], row["user_id"]) for row in await self._db.rows(WAITING))

    async def running(self, *, slow_before: int) -> dict[UserId, int]:
        """Return how many places each user's tasks hold.

        A task that Evolink took before ``slow_before`` and is still drawing holds none.
        """
        rows = await self._db.rows(PLACES, slow_before=slow_before)
        return {row["user_id"]: row["places"] for row in rows}

    async def served(self, *, since: int) -> dict[UserId, int]:
        """Return when Evolink last took a task of each user, of those accepted after ``since``."""
        return {row["user_id"]: row["at"] for row in await self._db.rows(SERVED, since=since)}

    async def taken(self, *, since: int, images: int, other_than: TaskId) -> tuple[int, ...]:
        """Return when Evolink took other tasks of at least as many images, after ``since``."""
        rows = await self._db.rows(TAKEN, since=since, images=images, other_than=other_than)
        return tuple(row["submitted_at"] for row in rows)

    async def durations(self, like: Request, *, limit: int = 20) -> tuple[int, ...]:
        """Return how many milliseconds Evolink took for the newest tasks of the same kind.

        That is of the same model, quality and count.
        """
        kind = {"model": like.model.name, "quality": quality_key(like.quality), "count": like.count}
        rows = await self._db.rows(DURATIONS, **kind, most=limit)
        return tuple(row["drawn_ms"] for row in rows)

    async def usual(self) -> int:
        """Return the mean estimate of open tasks, in milliseconds; 0: not known."""
        (row,) = await self._db.rows(USUAL)
        return round(row["usual"] or 0)
