"""Converting rows of the table ``task`` to tasks, and back."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import String, cast

from bot.domain.ids import NO_SERVER, InteractionId
from bot.domain.models import model_of
from bot.domain.requester import Requester
from bot.domain.result import Post, Result
from bot.domain.state import State
from bot.domain.task import NewTask, Task
from bot.domain.upload import Upload
from bot.errors import UnreadableRow
from bot.store import codec
from bot.store.engine import Row
from bot.store.tables import task

_FIRST_MARK, _MARKS = 1_000_000, 2_000_000_000

#: The fields of a task that are stored unchanged in a column.
_PLAIN = [
    field.name for field in fields(Task) if field.name not in {"request", "requester", "state"}
]
#: The columns of a ``Task``. The request is read as text: if SQLAlchemy parsed it, one invalid
#: JSON would fail the whole query.
TASK_COLUMNS = [
    task.c.model,
    task.c.state,
    cast(task.c.request, String).label("request"),
    task.c.guild_id,
    task.c.user_id,
    *(task.c[name] for name in _PLAIN),
]


def task_of(row: Row) -> Task:
    """Return the task of a row with ``TASK_COLUMNS``.

    Raises:
        UnreadableRow: it is damaged, or was written by a later version.
    """
    values = {name: row[name] for name in _PLAIN}
    try:
        values["request"] = codec.decode(json.loads(row["request"]), model_of(row["model"]))
        values["requester"] = Requester(row["guild_id"] or None, row["user_id"])
        values["state"] = State(row["state"])
    except Exception as error:  # whatever the row may contain
        raise UnreadableRow(row["id"], repr(error)) from error
    return Task(**values)


def readable_tasks(
    rows: Iterable[Row], unread: Callable[[UnreadableRow], None] = lambda _: None
) -> tuple[Task, ...]:
    """Return the tasks of those rows that can be read; call ``unread`` for each of the others."""
    found = list[Task]()
    for row in rows:
        try:
            found.append(task_of(row))
        except UnreadableRow as error:
            unread(error)
    return tuple(found)


def row_of_new(
    new: NewTask, *, now: int, owner: str, wake_at: int, estimate: int | None
) -> dict[str, Any]:
    """Return the row of a new task."""
    values: dict[str, Any] = {field.name: getattr(new, field.name) for field in fields(NewTask)}
    del values["requester"]
    return values | {
        **key_of(new.requester),
        "model": new.request.model.name,
        "request": codec.encode(new.request),
        "quality": quality_key(new.request.quality),
        "state": State.QUEUED.value,
        "reserved": new.request.count,
        "attempt": 0,
        "progress": 0,
        "drawn": 0,
        "estimate": estimate,
        "wake_at": wake_at,
        "owner": owner,
        "version": 0,
        "cancel_requested": False,
        "publishing": False,
        "deleting": False,
        "failures": 0,
        "card_mark": _card_mark(owner, new.interaction_id),
        "created_at": now,
    }


def _card_mark(owner: str, interaction_id: InteractionId) -> int:
    """Return a number by which this run of the bot recognizes its card for an interaction.

    It is stored at Discord as a component's id: a signed 32-bit integer. Those that Discord assigns
    itself are small.
    """
    digest = hashlib.sha256(f"{owner} {interaction_id}".encode()).digest()
    return _FIRST_MARK + int.from_bytes(digest[:4]) % _MARKS


def plain_row(value: Result | Post | Upload) -> dict[str, Any]:
    """Return the row of a value whose fields are the columns."""
    return {name: getattr(value, name) for name in value.__slots__}


def key_of(requester: Requester) -> dict[str, int]:
    """Return the columns that tell whose a row is; without a server, ``guild_id`` is 0."""
    return {"guild_id": requester.server or NO_SERVER, "user_id": requester.user}


def quality_key(quality: str | None) -> str:
    """Return the value of the column ``quality``: "" for none, as ``=`` doesn't match NULL."""
    return "" if quality is None else str(quality)
