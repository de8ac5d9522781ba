"""The table ``result``: the images that Evolink drew, and their files on our disk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    not_,
    select,
)

from bot.domain.ids import TaskId
from bot.domain.result import Result
from bot.domain.state import State
from bot.store.engine import Connection, Database
from bot.store.rows import plain_row
from bot.store.tables import result, task
from bot.store.upsert import Proposed, replaced, upsert

# Paid for, but its requester hasn't collected it yet.
_uncollected = and_(task.c.state == State.KEPT.value, task.c.collected_at.is_(None))

RESULTS = (
    select(result)
    .where(result.c.task_id == bindparam("id", type_=BigInteger))
    .order_by(result.c.position)
)
_stored = result.c.file.is_not(None)
_removable = (
    select(result)
    .join_from(result, task)
    .where(_stored, task.c.ended_at.is_not(None))
    .order_by(result.c.task_id, result.c.position)
    .limit(bindparam("most"))
)
EXPIRED_RESULTS = _removable.where(task.c.ended_at <= bindparam("until"))
OLDEST_RESULTS = _removable.where(not_(_uncollected))
OLDEST_UNCOLLECTED = _removable.where(_uncollected)
STORED_BYTES = select(func.coalesce(func.sum(result.c.bytes), 0).label("bytes")).where(_stored)
STORED_FILES = select(result.c.file).where(_stored)


def _unless_deleted(
    changes: Callable[[Proposed], Mapping[str, ColumnElement[Any]]],
) -> Callable[[Proposed], Mapping[str, ColumnElement[Any]]]:
    """Leave a deleted image deleted: a download may have been under way."""

    def unless_deleted(proposed: Proposed) -> Mapping[str, ColumnElement[Any]]:
        return {
            name: case((result.c.deleted, result.c[name]), else_=value)
            for name, value in changes(proposed).items()
        }

    return unless_deleted


def _known_file(proposed: Proposed) -> Mapping[str, ColumnElement[Any]]:
    # A writer that has lost its lease knows the links, but not what was downloaded since.
    kept = ("file", "width", "height", "bytes")
    files = {name: func.coalesce(result.c[name], proposed[name]) for name in kept}
    return {"url": proposed.url, **files}


SAVE_RESULT = upsert(result, _unless_deleted(replaced(result)))
SAVE_LINKS = upsert(result, _unless_deleted(_known_file))


@dataclass(frozen=True, slots=True)
class Results:
    """Links to images, and where they are stored."""

    _db: Database

    async def of_task(self, task_id: TaskId) -> tuple[Result, ...]:
        """Return a task's results, in Evolink's order."""
        return await self._db.read(lambda connection: results_of(connection, task_id))

    async def save(self, result: Result) -> None:
        """Write a result; ``file=None``: its file is no longer stored."""
        # Whatever is not known after a power cut is fetched, or removed, again.
        row = plain_row(result)
        await self._db.write(lambda connection: connection.execute(SAVE_RESULT, row), lasting=False)

    async def bytes_stored(self) -> int:
        """Return how many bytes all stored files take."""
        (row,) = await self._db.rows(STORED_BYTES)
        return int(row["bytes"])

    async def expired(self, until: int, *, limit: int) -> tuple[Result, ...]:
        """Return results that have a file, of tasks that ended by then (epoch milliseconds)."""
        rows = await self._db.rows(EXPIRED_RESULTS, until=until, most=limit)
        return tuple(Result(**row) for row in rows)

    async def oldest(self, *, limit: int) -> tuple[Result, ...]:
        """Return the results of the oldest ended tasks that have a file.

        Those that nobody has collected yet only come when there are no others.
        """
        for statement in (OLDEST_RESULTS, OLDEST_UNCOLLECTED):
            if rows := await self._db.rows(statement, most=limit):
                return tuple(Result(**row) for row in rows)
        return ()

    async def files(self) -> frozenset[str]:
        """Return every file that a row refers to."""
        # Made on the database's thread: there may be a hundred thousand.
        return await self._db.read(
            lambda connection: frozenset(row["file"] for row in connection.rows(STORED_FILES))
        )


def results_of(connection: Connection, task_id: TaskId) -> tuple[Result, ...]:
    """Return a task's results, in Evolink's order."""
    return tuple(Result(**row) for row in connection.rows(RESULTS, {"id": task_id}))


def save_links(connection: Connection, results: Sequence[Result]) -> None:
    """Write links in the caller's transaction; what is known of files stays."""
    connection.execute(SAVE_LINKS, [plain_row(each) for each in results])
