"""What ``/tasks`` reads: a user's tasks, filtered and searched."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, String, and_, bindparam, case, func, or_, select

from bot.domain.requester import Requester
from bot.domain.state import FAILED, OPEN, Reason, State
from bot.domain.task import Task
from bot.domain.task_query import TaskFilter, TaskQuery
from bot.store.engine import Database
from bot.store.rows import TASK_COLUMNS, key_of, readable_tasks
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
# A single row with invalid JSON would fail the search in all of them.
_prompt = case(
    (func.json_valid(task.c.request) == 1, task.c.request["prompt"].as_string()), else_=""
)
# TaskFilter.ALL matches none of these, so it filters nothing.
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

PAGE = (
    select(*TASK_COLUMNS)
    .where(_wanted)
    .order_by(task.c.created_at.desc(), task.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
COUNT = select(func.count().label("tasks")).where(_wanted).select_from(task)
#: No filter, no search.
ALL = TaskQuery()


@dataclass(frozen=True, slots=True)
class History:
    """A user's tasks in one server; also those with images in servers that the bot has left.

    ``servers`` are the servers that the bot is in; ``None``: not known, so none counts as left.
    """

    _db: Database

    async def page(
        self,
        requester: Requester,
        query: TaskQuery = ALL,
        *,
        limit: int,
        offset: int = 0,
        servers: Collection[int] | None = None,
    ) -> tuple[Task, ...]:
        """Return some of the tasks, newest first; ``query.page`` is ignored."""
        where = _where(requester, query, servers)
        rows = await self._db.rows(PAGE, **where, most=limit, skip=offset)
        return readable_tasks(rows)

    async def count(
        self,
        requester: Requester,
        query: TaskQuery = ALL,
        *,
        servers: Collection[int] | None = None,
    ) -> int:
        """Return how many tasks there are over all pages."""
        rows = await self._db.rows(COUNT, **_where(requester, query, servers))
        return int(rows[0]["tasks"])


def _where(
    requester: Requester, query: TaskQuery, servers: Collection[int] | None
) -> dict[str, Any]:
    literal = query.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        **key_of(requester),
        "show": query.filter.value,
        "pattern": f"%{literal}%",
        "knows_servers": servers is not None,
        "servers": list(servers or ()),
    }
