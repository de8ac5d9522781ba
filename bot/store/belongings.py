"""What belongs to a task: its results, posts and events."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    insert,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.result import PUBLISHED, Post, Result
from bot.domain.task import State
from bot.store.engine import Database
from bot.store.rows import (
    Event,
    StoredResult,
    event_of,
    post_of,
    result_of,
    row_of_post,
)
from bot.store.tables import post, result, task, task_event
from bot.store.upsert import Proposed, insert_absent, replaced, upsert

_id = bindparam("id", type_=BigInteger)
_ended = task.c.ended_at.is_not(None)
# Paid for by their requester, who has not taken them yet.
_awaited = and_(task.c.state == State.KEPT.value, task.c.collected_at.is_(None))

RESULTS = select(result).where(result.c.task_id == _id).order_by(result.c.position)
POSTS = select(post).where(post.c.task_id == _id).order_by(post.c.page)
POST_AT = select(post).where(
    post.c.message_id == bindparam("message_id", type_=BigInteger),
    post.c.channel_id == bindparam("channel_id", type_=BigInteger),
)
EVENTS = (
    select(
        task_event.c.task_id,
        task_event.c.at,
        task_event.c.kind,
        task_event.c.actor,
        task_event.c.detail,
    )
    .where(task_event.c.task_id == _id)
    .order_by(task_event.c.id)
)
STORED_RESULTS = (
    select(result, task.c.ended_at)
    .join_from(result, task)
    .where(result.c.file.is_not(None), _ended)
    .order_by(case((_awaited, 1), else_=0), task.c.ended_at, result.c.task_id, result.c.position)
)
INSERT_EVENT = insert(task_event)
SAVE_RESULT = upsert(result, replaced(result))


def _known(proposed: Proposed) -> Mapping[str, ColumnElement[Any]]:
    # A writer that has lost its lease knows the links, and nothing of a file that came since.
    kept = ("file", "width", "height", "bytes", "sha256")
    files = {name: func.coalesce(result.c[name], proposed[name]) for name in kept}
    return {"url": proposed.url, **files}


def _posted(proposed: Proposed) -> Mapping[str, ColumnElement[Any]]:
    names = ("channel_id", "message_id")
    where = {name: func.coalesce(proposed[name], post.c[name]) for name in names}
    return {**replaced(post)(proposed), **where}


SAVE_LINKS = upsert(result, _known)
SAVE_POST = upsert(post, _posted)
PLAN_POST = insert_absent(post)


@dataclass(frozen=True)
class Belongings:
    """The rows that belong to tasks."""

    _db: Database

    async def results(self, task_id: int) -> tuple[Result, ...]:
        """Return a task's results, in Evolink's order."""
        return tuple(map(result_of, await self._db.rows(RESULTS, id=task_id)))

    async def save_result(self, result: Result) -> None:
        """Write what has become of a result; ``file=None``: it is no longer kept."""
        async with self._db.write() as connection:
            await connection.execute(SAVE_RESULT[connection.dialect.name], asdict(result))

    async def posts(self, task_id: int) -> tuple[Post, ...]:
        """Return a task's pages."""
        return tuple(map(post_of, await self._db.rows(POSTS, id=task_id)))

    async def post_at(self, channel_id: int, message_id: int) -> Post | None:
        """Return the page that a message is; ``None``: it is none of ours."""
        rows = await self._db.rows(POST_AT, channel_id=channel_id, message_id=message_id)
        return post_of(rows[0]) if rows else None

    async def public_posts(self, task_id: int) -> tuple[Post, ...]:
        """Return the pages that were shown to the requester alone, as posted for everybody."""
        return tuple(post for post in await self.posts(task_id) if post.page >= PUBLISHED)

    async def save_posts(self, posts: Sequence[Post]) -> None:
        """Write pages; a message's id that is known is never unlearnt."""
        async with self._db.write() as connection:
            await save_posts(connection, posts)

    async def plan_posts(self, task_id: int, posts: Sequence[Post]) -> tuple[Post, ...]:
        """Write pages that are not there yet, and return those that are.

        Whoever planned the same before may have stated an intent to post since.
        """
        async with self._db.write() as connection:
            rows = [row_of_post(each) for each in posts]
            await connection.execute(PLAN_POST[connection.dialect.name], rows)
        return await self.posts(task_id)

    async def events(self, task_id: int) -> tuple[Event, ...]:
        """Return what happened to a task, oldest first."""
        return tuple(map(event_of, await self._db.rows(EVENTS, id=task_id)))

    async def stored_results(self) -> tuple[StoredResult, ...]:
        """Return the results of ended tasks whose files are kept, first to go first.

        That is the first ended; what its user has not fetched yet goes last.
        """
        rows = await self._db.rows(STORED_RESULTS)
        return tuple(StoredResult(result_of(row), row["ended_at"]) for row in rows)


async def save_posts(connection: AsyncConnection, posts: Sequence[Post]) -> None:
    """Write pages in the caller's transaction."""
    if posts:
        rows = [row_of_post(each) for each in posts]
        await connection.execute(SAVE_POST[connection.dialect.name], rows)


async def save_links(connection: AsyncConnection, results: Sequence[Result]) -> None:
    """Write links in the caller's transaction; what is known of files stays."""
    if results:
        rows = [asdict(each) for each in results]
        await connection.execute(SAVE_LINKS[connection.dialect.name], rows)


async def write_event(  # noqa: PLR0913 - a row's columns
    connection: AsyncConnection,
    task_id: int,
    kind: str,
    *,
    now: int,
    actor: str = "bot",
    detail: str = "",
) -> None:
    """Write what happened to a task, in the transaction in which it happens."""
    row = {"task_id": task_id, "at": now, "kind": kind, "actor": actor, "detail": detail}
    await connection.execute(INSERT_EVENT, row)
