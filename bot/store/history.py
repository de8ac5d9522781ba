"""What ``/tasks`` reads: a user's tasks, filtered and searched, page by page.

Each page is read from an index, from where the page before it ended: its cost doesn't depend on how
many tasks there are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
)

from bot.domain.ids import InteractionId, ServerId, UserId
from bot.domain.requester import Requester
from bot.domain.state import Reason, State
from bot.domain.task import Task
from bot.domain.task_query import TaskFilter, TaskQuery
from bot.domain.text import LARGEST_ID
from bot.store.engine import Database, Row
from bot.store.full_text import FOUND, INDEXES, search_values
from bot.store.rows import TASK_COLUMNS, readable_tasks
from bot.store.tables import IS_FAILED, IS_OPEN, IS_PRIVATE, member, task

# From servers that the bot has left, only tasks whose images are still stored.
_has_images = and_(
    task.c.state.in_([State.DELIVERED.value, State.KEPT.value]),
    not_(task.c.deleting),
    func.coalesce(task.c.reason, "").not_in([Reason.DELETED.value, Reason.EXPIRED.value]),
)
_everything = bindparam("everything", type_=Boolean)
_show = bindparam("show", type_=String)


def _listed(*conditions: ColumnElement[bool], newest_first: bool) -> Select[Any]:
    by = task.c.interaction_id
    return (
        select(*TASK_COLUMNS)
        .where(
            task.c.user_id == bindparam("user_id", type_=BigInteger),
            task.c.guild_id == bindparam("guild_id", type_=BigInteger),
            by < bindparam("before", type_=BigInteger),
            by > bindparam("after", type_=BigInteger),
            or_(_everything, _has_images),
            task.c.erasure.is_(None),
            *conditions,
        )
        .order_by(by.desc() if newest_first else by)
        .limit(bindparam("most"))
    )


def _by_filter(*, newest_first: bool) -> dict[TaskFilter, Select[Any]]:
    return {
        TaskFilter.ALL: _listed(newest_first=newest_first),
        TaskFilter.EVERYWHERE: _listed(newest_first=newest_first),
        TaskFilter.OPEN: _listed(IS_OPEN, newest_first=newest_first),
        TaskFilter.FAILED: _listed(IS_FAILED, newest_first=newest_first),
        TaskFilter.PRIVATE: _listed(IS_PRIVATE, newest_first=newest_first),
    }


def _searched(dialect: str, *, newest_first: bool) -> Select[Any]:
    index = INDEXES[dialect]
    by = index.c.rowid
    return (
        select(*TASK_COLUMNS)
        .join_from(index, task, task.c.interaction_id == by)
        .where(
            FOUND[dialect],
            by < bindparam("before", type_=BigInteger),
            by > bindparam("after", type_=BigInteger),
            or_(_everything, _has_images),
            task.c.erasure.is_(None),
            or_(_show != TaskFilter.OPEN.value, IS_OPEN),
            or_(_show != TaskFilter.FAILED.value, IS_FAILED),
            or_(_show != TaskFilter.PRIVATE.value, IS_PRIVATE),
        )
        .order_by(by.desc() if newest_first else by)
        .limit(bindparam("most"))
    )


OLDER, NEWER = _by_filter(newest_first=True), _by_filter(newest_first=False)
SEARCH_OLDER = {dialect: _searched(dialect, newest_first=True) for dialect in INDEXES}
SEARCH_NEWER = {dialect: _searched(dialect, newest_first=False) for dialect in INDEXES}
# Only the ids, to find out where a page begins.
IDS = {
    show: statement.with_only_columns(task.c.interaction_id) for show, statement in OLDER.items()
}
SEARCH_IDS = {
    dialect: statement.with_only_columns(task.c.interaction_id)
    for dialect, statement in SEARCH_OLDER.items()
}
TOTALS = select(
    func.count().label("tasks"), func.coalesce(func.sum(task.c.charged), 0).label("images")
).where(
    task.c.user_id == bindparam("user_id", type_=BigInteger),
    task.c.erasure.is_(None),
)
SERVERS = select(member.c.guild_id).where(
    member.c.user_id == bindparam("user_id"), member.c.guild_id != 0
)
#: No filter, no search.
ALL = TaskQuery()


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the tasks, newest first; those that can't be read are left out."""

    tasks: tuple[Task, ...]
    #: ``TaskQuery.after`` and ``before`` of its neighbours; ``None``: there is none.
    newer: InteractionId | None
    older: InteractionId | None


@dataclass(frozen=True, slots=True)
class History:
    """A user's tasks in one server, or in all; and those with images in servers the bot has left.

    ``servers`` are the servers that the bot is in; ``None``: not known, so none counts as left.
    """

    _db: Database

    async def page(
        self,
        requester: Requester,
        query: TaskQuery = ALL,
        *,
        limit: int,
        servers: Collection[ServerId] | None = None,
    ) -> Slice:
        """Return a page; if that of ``query.after`` isn't full, the first page instead."""
        places = await self._places(requester, query, servers)
        if query.after is not None:
            rows = await self._rows(requester, query, places, most=limit + 1)
            if len(rows) >= limit:
                return _slice(rows[:limit][::-1], newer=len(rows) > limit, older=True)
            query = replace(query, before=None, after=None)
        rows = await self._rows(requester, query, places, most=limit + 1)
        return _slice(rows[:limit], newer=query.before is not None, older=len(rows) > limit)

    async def ids(
        self,
        requester: Requester,
        query: TaskQuery,
        *,
        most: int,
        servers: Collection[ServerId] | None = None,
    ) -> list[InteractionId]:
        """Return the interactions of the newest tasks, at most ``most``, as ``page`` lists them."""
        statement = SEARCH_IDS if query.search else IDS[query.filter]
        places = await self._places(requester, query, servers)
        rows = await self._fetch(statement, requester, query, places, most=most)
        return sorted((row["interaction_id"] for row in rows), reverse=True)[:most]

    async def totals(self, user_id: UserId) -> tuple[int, int]:
        """Return how many tasks a user has had in all servers, and how many images."""
        (row,) = await self._db.rows(TOTALS, user_id=user_id)
        return row["tasks"], row["images"]

    async def _places(
        self, requester: Requester, query: TaskQuery, servers: Collection[ServerId] | None
    ) -> list[int]:
        """Return the servers whose tasks are listed, this one first; 0: direct messages."""
        here = requester.server or 0
        if query.filter is not TaskFilter.EVERYWHERE:
            return [here, *await self._left(requester, servers)]
        rows = await self._db.rows(SERVERS, user_id=requester.user)
        return list(dict.fromkeys((here, 0, *(row["guild_id"] for row in rows))))

    async def _left(self, requester: Requester, servers: Collection[ServerId] | None) -> list[int]:
        """Return the servers that the bot has left, of those where the user has drawn."""
        if servers is None:
            return []
        there = {requester.server, *servers}
        rows = await self._db.rows(SERVERS, user_id=requester.user)
        return [row["guild_id"] for row in rows if row["guild_id"] not in there]

    async def _rows(
        self, requester: Requester, query: TaskQuery, places: Sequence[int], *, most: int
    ) -> list[Row]:
        """Return the rows that come next, in the direction of the query."""
        newest_first = query.after is None
        if query.search:
            statement = SEARCH_OLDER if newest_first else SEARCH_NEWER
        else:
            statement = (OLDER if newest_first else NEWER)[query.filter]
        found = await self._fetch(statement, requester, query, places, most=most)
        return sorted(found, key=lambda row: row["interaction_id"], reverse=newest_first)[:most]

    async def _fetch(
        self,
        statement: Select[Any] | Mapping[str, Select[Any]],
        requester: Requester,
        query: TaskQuery,
        places: Sequence[int],
        *,
        most: int,
    ) -> list[Row]:
        found = list[Row]()
        for guild_id in places:
            found += await self._db.rows(
                statement,
                user_id=requester.user,
                guild_id=guild_id,
                **search_values(query.search, guild_id, requester.user),
                show=query.filter.value,
                everything=guild_id == places[0] or query.filter is TaskFilter.EVERYWHERE,
                before=LARGEST_ID if query.before is None else query.before,
                after=0 if query.after is None else query.after,
                most=most,
            )
        return found


def _slice(rows: Sequence[Row], *, newer: bool, older: bool) -> Slice:
    return Slice(
        readable_tasks(rows),
        newer=rows[0]["interaction_id"] if newer and rows else None,
        older=rows[-1]["interaction_id"] if older and rows else None,
    )
