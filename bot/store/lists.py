"""Many tasks at once: somebody's history, the queue, how long drawings took."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, RowMapping, String, and_, bindparam, case, func, not_, or_, select

from bot.domain.task import FAILED, OPEN, RUNNING, Reason, State, Task
from bot.domain.task_query import TaskFilter
from bot.errors import UnreadableRow
from bot.store.engine import Database
from bot.store.rows import TASK_COLUMNS, quality_key, task_of
from bot.store.tables import task

# Images from a server that the bot has left.
_left_behind = and_(
    bindparam("knows_servers", type_=Boolean),
    task.c.guild_id != 0,
    task.c.guild_id.not_in(bindparam("servers", expanding=True)),
    task.c.state.in_([State.DELIVERED.value, State.KEPT.value]),
    task.c.deleting.is_(False),
    func.coalesce(task.c.reason, "").not_in([Reason.DELETED.value, Reason.EXPIRED.value]),
)
_of_user = and_(
    task.c.user_id == bindparam("user_id"),
    or_(task.c.guild_id == bindparam("guild_id"), _left_behind),
)
# A task that Evolink has been drawing for too long is still asked for, but lets others go ahead.
_slow = and_(
    task.c.state == State.RUNNING.value,
    task.c.submitted_at.is_not(None),
    task.c.submitted_at < bindparam("slow_before"),
)
#: Queued, and the requester has seen the card.
CONFIRMED = and_(task.c.state == State.QUEUED.value, task.c.card_id.is_not(None))
#: Who holds the rows that cannot be read: nobody works on them.
ASIDE = "unreadable"
_readable = func.coalesce(task.c.owner, "") != ASIDE

# One that is no JSON would fail the search in all of them.
_prompt = case(
    (func.json_valid(task.c.request) == 1, task.c.request["prompt"].as_string()), else_=""
)
# "all" is none of these.
_show = bindparam("show", type_=String)
_wanted = and_(
    _of_user,
    or_(_show != TaskFilter.OPEN.value, task.c.state.in_(sorted(state.value for state in OPEN))),
    or_(
        _show != TaskFilter.FAILED.value, task.c.state.in_(sorted(state.value for state in FAILED))
    ),
    or_(_show != TaskFilter.PRIVATE.value, task.c.private.is_(True)),
    _prompt.ilike(bindparam("pattern", type_=String), escape="\\"),
)

HISTORY = (
    select(*TASK_COLUMNS)
    .where(_wanted)
    .order_by(task.c.created_at.desc(), task.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
COUNT = select(func.count().label("tasks")).where(_wanted).select_from(task)
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
WAITING = select(task.c.id, task.c.user_id).where(CONFIRMED, _readable).order_by(task.c.id)
OPEN_NAMES = select(task.c.id, task.c.interaction_id).where(
    task.c.state.in_(sorted(state.value for state in OPEN))
)
TAKEN = select(task.c.submitted_at).where(
    task.c.submitted_at >= bindparam("since"),
    task.c.id != bindparam("other_than"),
    task.c.reserved >= bindparam("images"),
)
PLACES = (
    select(task.c.user_id, func.count().label("places"))
    .where(task.c.state.in_(sorted(state.value for state in RUNNING)), not_(_slow), _readable)
    .group_by(task.c.user_id)
)
# Its unique index has the greatest at its end.
NEWEST = select(func.max(task.c.interaction_id).label("id"))
USUAL = select(func.avg(task.c.estimate).label("usual")).where(
    task.c.state.in_(sorted(state.value for state in {State.QUEUED, *RUNNING}))
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

    async def history(  # noqa: PLR0913 - each narrows it down
        self,
        guild_id: int,
        user_id: int,
        *,
        limit: int,
        offset: int = 0,
        show: TaskFilter = TaskFilter.ALL,
        search: str = "",
        servers: Collection[int] | None = None,
    ) -> tuple[Task, ...]:
        """Return a user's tasks in one server, newest first; ``search``: in their prompts.

        Of others than ``servers``, those that the bot is in, what has images is among them.
        """
        of = _of(guild_id, user_id, show, servers)
        rows = await self._db.rows(HISTORY, **of, pattern=_pattern(search), most=limit, skip=offset)
        return readable(rows)

    async def count(
        self,
        guild_id: int,
        user_id: int,
        *,
        show: TaskFilter = TaskFilter.ALL,
        search: str = "",
        servers: Collection[int] | None = None,
    ) -> int:
        """Return how many tasks ``history`` has."""
        of = _of(guild_id, user_id, show, servers)
        rows = await self._db.rows(COUNT, **of, pattern=_pattern(search))
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

    async def taken(self, *, since: int, images: int, other_than: int) -> tuple[int, ...]:
        """Return when Evolink has taken others of as many images, from a time on."""
        rows = await self._db.rows(TAKEN, since=since, images=images, other_than=other_than)
        return tuple(row["submitted_at"] for row in rows)

    async def open_names(self) -> frozenset[int]:
        """Return what files are named by of tasks of which something is still to come.

        That is their interactions and, as earlier versions had it, their rows.
        """
        rows = await self._db.rows(OPEN_NAMES)
        return frozenset(number for row in rows for number in (row["id"], row["interaction_id"]))

    async def newest_known(self, task: Task) -> int:
        """Return the greatest id that is known of Discord's: what is asked of it now comes after.

        That is the newest interaction of all, or what has been shown of this task.
        """
        (row,) = await self._db.rows(NEWEST)
        return max(row["id"] or 0, task.interaction_id, task.card_id or 0)

    async def usual(self) -> int:
        """Return how long a drawing takes that waits or is made, in milliseconds; 0: not known."""
        (row,) = await self._db.rows(USUAL)
        return round(row["usual"] or 0)

    async def served(self, *, since: int) -> dict[int, int]:
        """Return when Evolink last took a task of each user, of those accepted after ``since``."""
        return {row["user_id"]: row["at"] for row in await self._db.rows(SERVED, since=since)}

    async def running(self, *, slow_before: int) -> dict[int, int]:
        """Return how many places each user's tasks hold.

        One that Evolink took before ``slow_before`` and is still drawing holds none.
        """
        rows = await self._db.rows(PLACES, slow_before=slow_before)
        return {row["user_id"]: row["places"] for row in rows}


def readable(
    rows: Iterable[RowMapping], unread: Callable[[UnreadableRow], None] = lambda _: None
) -> tuple[Task, ...]:
    """Return the tasks of those rows that can be read; ``unread`` is called with each other."""
    found = list[Task]()
    for row in rows:
        try:
            found.append(task_of(row))
        except UnreadableRow as error:
            unread(error)
    return tuple(found)


def _pattern(search: str) -> str:
    """Return what LIKE finds a text anywhere with, its own signs taken literally."""
    literal = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"


def _of(
    guild_id: int, user_id: int, show: TaskFilter, servers: Collection[int] | None
) -> dict[str, Any]:
    known = {"knows_servers": servers is not None, "servers": list(servers or ())}
    return {"guild_id": guild_id, "user_id": user_id, "show": show.value, **known}
