"""A server's tasks of a period, for its admins."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, String, and_, bindparam, cast, or_, select

from bot.domain.ids import ServerId
from bot.domain.window import Period
from bot.store.engine import Database
from bot.store.rules import IMAGES
from bot.store.tables import task

#: Rows that are read at once.
ROWS = 1000

_after = bindparam("after", type_=BigInteger)
EXPORT = (
    select(
        task.c.id,
        task.c.interaction_id,
        task.c.created_at,
        task.c.user_id,
        task.c.channel_id,
        task.c.state,
        task.c.private,
        task.c.model,
        task.c.quality,
        task.c.reserved,
        task.c.charged,
        task.c.weight,
        IMAGES.label("used"),
        task.c.granted,
        # As text, so that a damaged one is exported, too.
        cast(task.c.request, String).label("request"),
        # Nobody sees what is to be forgotten, however long it takes.
        or_(task.c.private, task.c.erasure.is_not(None)).label("hidden"),
    )
    .where(
        task.c.guild_id == bindparam("of_guild", type_=BigInteger),
        task.c.created_at >= _after,
        task.c.created_at < bindparam("until", type_=BigInteger),
        or_(
            task.c.created_at > _after,
            and_(task.c.created_at == _after, task.c.id > bindparam("after_id", type_=BigInteger)),
        ),
    )
    .order_by(task.c.created_at, task.c.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class TaskExport:
    """Reads it page by page, so nothing is held for long."""

    _db: Database

    async def pages(self, server: ServerId, when: Period) -> AsyncGenerator[list[dict[str, Any]]]:
        """Yield the tasks, oldest first; ``prompt`` is empty for private and forgotten ones."""
        after, after_id = when.since, 0
        while True:
            place = {"after": after, "after_id": after_id, "until": when.until}
            rows = await self._db.rows(EXPORT, of_guild=server, **place, most=ROWS)
            if not rows:
                return
            after, after_id = rows[-1]["created_at"], rows[-1]["id"]
            yield [{**row, "prompt": _prompt(row["hidden"], row["request"])} for row in rows]


def _prompt(hidden: bool, request: str | None) -> str:  # noqa: FBT001 - two columns
    try:
        return "" if hidden else str(json.loads(request or "")["prompt"])
    except (LookupError, TypeError, ValueError):
        return ""
