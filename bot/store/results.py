"""The table ``result``: the images that Evolink drew, and their files on our disk."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, bindparam, case, func, select

from bot.domain.result import Result
from bot.domain.state import State
from bot.store.engine import Database, execute
from bot.store.tables import result, task
from bot.store.upsert import Proposed, replaced, upsert

# Paid for, but its requester hasn't collected it yet.
_uncollected = and_(task.c.state == State.KEPT.value, task.c.collected_at.is_(None))

RESULTS = (
    select(result)
    .where(result.c.task_id == bindparam("id", type_=BigInteger))
    .order_by(result.c.position)
)
STORED_RESULTS = (
    select(result, task.c.ended_at)
    .join_from(result, task)
    .where(result.c.file.is_not(None), task.c.ended_at.is_not(None))
    .order_by(
        case((_uncollected, 1), else_=0), task.c.ended_at, result.c.task_id, result.c.position
    )
)
SAVE_RESULT = upsert(result, replaced(result))


def _known_file(proposed: Proposed) -> Mapping[str, ColumnElement[Any]]:
    # A writer that has lost its lease knows the links, but not what was downloaded since.
    kept = ("file", "width", "height", "bytes")
    files = {name: func.coalesce(result.c[name], proposed[name]) for name in kept}
    return {"url": proposed.url, **files}


SAVE_LINKS = upsert(result, _known_file)


class StoredResult(NamedTuple):
    """A result with a file, and when its task ended."""

    result: Result
    ended_at: int


@dataclass(frozen=True, slots=True)
class Results:
    """Links to images, and where they are stored."""

    _db: Database

    async def of_task(self, task_id: int) -> tuple[Result, ...]:
        """Return a task's results, in Evolink's order."""
        return tuple(Result(**row) for row in await self._db.rows(RESULTS, id=task_id))

    async def save(self, result: Result) -> None:
        """Write a result; ``file=None``: its file is no longer stored."""
        await self._db.change(SAVE_RESULT, **asdict(result))

    async def stored(self) -> tuple[StoredResult, ...]:
        """Return the results of ended tasks that have a file, in the order in which to delete them.

        Tasks that ended first come first; images that nobody has collected yet come last.
        """
        rows = await self._db.rows(STORED_RESULTS)
        found = list[StoredResult]()
        for row in rows:
            values = dict(row)
            ended_at = values.pop("ended_at")
            found.append(StoredResult(Result(**values), ended_at))
        return tuple(found)


def save_links(connection: Connection, results: Sequence[Result]) -> None:
    """Write links in the caller's transaction; what is known of files stays."""
    if results:
        execute(connection, SAVE_LINKS, [asdict(each) for each in results])
