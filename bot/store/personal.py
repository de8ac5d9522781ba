"""What is stored about one person, in all servers: how much, and all of it."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    not_,
    select,
)

from bot.domain.erasure import Erasure, Stored
from bot.domain.ids import UserId
from bot.domain.reference import LENT
from bot.store.engine import Connection, Database, Row
from bot.store.erasures import CHANGES_ABOUT, IDLE, SETTINGS_ABOUT
from bot.store.events import EVENTS
from bot.store.posts import POSTS
from bot.store.results import RESULTS
from bot.store.tables import draft, result, task, task_event, tray, upload, user_default
from bot.store.uploads import UPLOADS

#: Tasks that are read at once.
PAGE = 100

_user = bindparam("of_user", type_=BigInteger)
_theirs = task.c.user_id == _user
_stored = and_(_theirs, task.c.erasure.is_(None))
# Attached by the user, not by somebody else whose request they repeated.
_own = not_(upload.c.source.startswith(LENT))
_own_file = and_(_stored, upload.c.file.is_not(None), _own)
_OWN_UPLOADS = UPLOADS.where(_own)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


TASKS_OF = select(
    _number(task.c.erasure.is_(None)).label("tasks"),
    _number(and_(task.c.erasure.is_(None), not_(IDLE))).label("unfinished"),
    _number(task.c.erasure == Erasure.DONE.value).label("numbers"),
).where(_theirs)
REFERENCES_OF = (
    select(func.count().label("n"))
    .join_from(task, upload, upload.c.task_id == task.c.id)
    .where(_own_file)
)
RESULTS_OF = (
    select(func.count().label("n"))
    .join_from(task, result, result.c.task_id == task.c.id)
    .where(_stored, result.c.file.is_not(None))
)
EVENTS_OF = (
    select(func.count().label("n"))
    .join_from(task, task_event, task_event.c.task_id == task.c.id)
    .where(_theirs)
)
DRAFTS_OF = select(*draft.c).where(draft.c.user_id == _user).order_by(draft.c.id)
TRAYS_OF = select(*tray.c).where(tray.c.user_id == _user).order_by(tray.c.id)
DEFAULTS_OF = select(*user_default.c).where(user_default.c.user_id == _user)
IMAGE_FILES = (
    select(task.c.interaction_id, result.c.position, result.c.file)
    .join_from(task, result, result.c.task_id == task.c.id)
    .where(_stored, result.c.file.is_not(None))
    .order_by(task.c.interaction_id.desc(), result.c.position)
)
REFERENCE_FILES = (
    select(task.c.interaction_id, upload.c.position, upload.c.file)
    .join_from(task, upload, upload.c.task_id == task.c.id)
    .where(_own_file)
    .order_by(task.c.interaction_id.desc(), upload.c.position)
)
#: As text: a damaged request is theirs, too.
TASKS_PAGE = (
    select(
        *(each for each in task.c if each.name not in {"request", "token", "owner"}),
        cast(task.c.request, String).label("request"),
    )
    .where(_theirs, task.c.interaction_id > bindparam("after", type_=BigInteger))
    .order_by(task.c.interaction_id)
    .limit(bindparam("most", type_=Integer))
)


@dataclass(frozen=True, slots=True)
class Personal:
    """By user."""

    _db: Database

    async def stored(self, user_id: UserId) -> Stored:
        """Count what is stored about a user."""
        of = {"of_user": user_id}

        def count(connection: Connection) -> Stored:
            (tasks,) = connection.rows(TASKS_OF, of)
            (references,) = connection.rows(REFERENCES_OF, of)
            (results,) = connection.rows(RESULTS_OF, of)
            (events,) = connection.rows(EVENTS_OF, of)
            return Stored(
                **tasks,
                references=references["n"],
                results=results["n"],
                events=events["n"],
                drafts=len(connection.rows(DRAFTS_OF, of)),
                tray=len(connection.rows(TRAYS_OF, of)),
                defaults=bool(connection.rows(DEFAULTS_OF, of)),
                settings=len(connection.rows(SETTINGS_ABOUT, of)),
                changes=len(connection.rows(CHANGES_ABOUT, of)),
            )

        return await self._db.read(count)

    async def besides(self, user_id: UserId) -> dict[str, list[Row]]:
        """Return everything but the tasks, by what it is."""
        of = {"of_user": user_id}

        def read(connection: Connection) -> dict[str, list[Row]]:
            return {
                "drafts": [
                    {**row, "draft": _without_lent(row["draft"])}
                    for row in connection.rows(DRAFTS_OF, of)
                ],
                "tray": list(connection.rows(TRAYS_OF, of)),
                "defaults": list(connection.rows(DEFAULTS_OF, of)),
                "settings": list(connection.rows(SETTINGS_ABOUT, of)),
                "changes": list(connection.rows(CHANGES_ABOUT, of)),
            }

        return await self._db.read(read)

    async def files(self, user_id: UserId) -> list[tuple[str, str]]:
        """Return names for a user's pictures, and their files on our disk; the newest first."""
        of = {"of_user": user_id}
        found = [
            (f"{kind}/{row['interaction_id']}-{row['position'] + 1}", row["file"])
            for kind, statement in (("images", IMAGE_FILES), ("references", REFERENCE_FILES))
            for row in await self._db.rows(statement, **of)
        ]
        return list({file: (name, file) for name, file in reversed(found)}.values())[::-1]

    async def pages(self, user_id: UserId) -> AsyncGenerator[list[dict[str, Any]]]:
        """Yield the rows of a user's tasks, oldest first, with those that belong to each."""
        after = 0
        while rows := await self._page(user_id, after):
            yield rows
            after = rows[-1]["interaction_id"]

    async def _page(self, user_id: UserId, after: int) -> list[dict[str, Any]]:
        def read(connection: Connection) -> list[dict[str, Any]]:
            rows = connection.rows(TASKS_PAGE, {"of_user": user_id, "after": after, "most": PAGE})
            return [
                {**row, "request": _parsed(row["request"])}
                | {
                    name: list(connection.rows(statement, {"id": row["id"]}))
                    for name, statement in _BELONGING.items()
                }
                for row in rows
            ]

        return await self._db.read(read)


#: What belongs to a task, by its name in an export.
_BELONGING = {"references": _OWN_UPLOADS, "images": RESULTS, "posts": POSTS, "steps": EVENTS}


def _parsed(request: str) -> object:
    try:
        return _without_lent(json.loads(request))
    except ValueError:
        return request


def _without_lent(stored: Any) -> object:  # noqa: ANN401 - JSON, perhaps damaged
    """Take out of a request or a draft what leads to pictures that others attached."""
    try:
        references = [
            {**each, "url": "", "source": ""} if each.get("lent_by") else each
            for each in stored["references"]
        ]
    except (AttributeError, KeyError, TypeError):  # none, or damaged
        return stored
    return {**stored, "references": references}
