"""The table ``post``: the pages that a task's images are posted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, func, select

from bot.domain.erasure import Erasure
from bot.domain.ids import ChannelId, MessageId, TaskId
from bot.domain.result import PUBLISHED, Post, Way
from bot.domain.task import Task
from bot.errors import Stale
from bot.store.engine import Connection, Database, Row
from bot.store.rows import plain_row
from bot.store.tables import post
from bot.store.tables import task as task_table
from bot.store.upsert import Proposed, insert_absent, replaced, upsert

POSTS = (
    select(post).where(post.c.task_id == bindparam("id", type_=BigInteger)).order_by(post.c.page)
)
POST_AT = select(post).where(
    post.c.message_id == bindparam("message_id", type_=BigInteger),
    post.c.channel_id == bindparam("channel_id", type_=BigInteger),
)


def _known_message(proposed: Proposed) -> Mapping[str, ColumnElement[Any]]:
    names = ("channel_id", "message_id")
    known = {name: func.coalesce(proposed[name], post.c[name]) for name in names}
    return {**replaced(post)(proposed), **known}


# Locks the row, so that nobody claims the task meanwhile (SQLite has one writer anyway).
VERSION = (
    select(task_table.c.version)
    .where(task_table.c.id == bindparam("id", type_=BigInteger))
    .with_for_update()
)
_KNOWN = (
    select(task_table.c.id)
    .where(
        task_table.c.id == bindparam("id", type_=BigInteger),
        task_table.c.erasure.is_distinct_from(Erasure.DONE.value),
    )
    .with_for_update()
)
SAVE_POST = upsert(post, _known_message)
PLAN_POST = insert_absent(post)


@dataclass(frozen=True, slots=True)
class Posts:
    """Pages, planned and posted."""

    _db: Database

    async def of_task(self, task_id: TaskId) -> tuple[Post, ...]:
        """Return a task's pages, in order."""
        return await self._db.read(lambda connection: posts_of(connection, task_id))

    async def at(self, channel_id: ChannelId, message_id: MessageId) -> Post | None:
        """Return the page that a message shows; ``None``: it isn't one of ours."""
        rows = await self._db.rows(POST_AT, channel_id=channel_id, message_id=message_id)
        return _post_of(rows[0]) if rows else None

    async def published(self, task_id: TaskId) -> tuple[Post, ...]:
        """Return the public copies of pages that only the requester was shown at first."""
        return tuple(post for post in await self.of_task(task_id) if post.page >= PUBLISHED)

    async def save(self, posts: Sequence[Post]) -> None:
        """Write pages; a known message id is never overwritten with nothing."""
        await self._db.write(lambda connection: save_posts(connection, posts))

    async def plan(self, task: Task, posts: Sequence[Post]) -> tuple[Post, ...]:
        """Insert the pages that are missing, and return all of the task's pages.

        Existing rows stay as they are: an intent to post may already be recorded in them.

        Raises:
            Stale: somebody else has the task by now, and may have planned other pages.
        """

        def plan(connection: Connection) -> tuple[Post, ...]:
            row = connection.first(VERSION, {"id": task.id})
            if row is None or row["version"] != task.version:
                raise Stale
            plan_posts(connection, posts)
            return posts_of(connection, task.id)

        return await self._db.write(plan)


def posts_of(connection: Connection, task_id: TaskId) -> tuple[Post, ...]:
    """Return a task's pages, in order."""
    return tuple(map(_post_of, connection.rows(POSTS, {"id": task_id})))


def plan_posts(connection: Connection, posts: Sequence[Post]) -> None:
    """Insert pages in the caller's transaction; existing rows stay as they are."""
    connection.execute(PLAN_POST, [_row_of(each) for each in posts])


def save_posts(connection: Connection, posts: Sequence[Post]) -> None:
    """Write pages in the caller's transaction, but not those of a forgotten task.

    A process that was suspended after posting may write them a day later.
    """
    known = [each for each in posts if connection.first(_KNOWN, {"id": each.task_id})]
    connection.execute(SAVE_POST, [_row_of(each) for each in known])


def _post_of(row: Row) -> Post:
    values = dict(row)
    values["way"] = Way(row["way"])
    return Post(**values)


def _row_of(post: Post) -> dict[str, Any]:
    return plain_row(post) | {"way": post.way.value}
