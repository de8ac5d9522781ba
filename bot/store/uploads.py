"""The table ``upload``: references at Evolink, and their files on our disk."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
    update,
)

from bot.domain.ids import InteractionId, TaskId
from bot.domain.reference import lent_key
from bot.domain.state import Reason
from bot.domain.upload import Upload
from bot.store.engine import Connection, Database
from bot.store.rows import plain_row
from bot.store.tables import task, upload
from bot.store.upsert import Proposed, replaced, upsert

T = TypeVar("T")

_id = bindparam("id", type_=BigInteger)
_file = bindparam("of_file", type_=String)
_picture = upload.c.source.in_(bindparam("keys", type_=String, expanding=True))
_stored = upload.c.file.is_not(None)
_other = upload.alias("other")
_needed = exists().where(
    _other.c.file == _file, _other.c.task_id == task.c.id, task.c.ended_at.is_(None)
)
# Deleting the results of a task also gives up its references.
_used_at = func.max(case((task.c.reason == Reason.DELETED.value, 0), else_=task.c.ended_at))
_open = func.sum(case((task.c.ended_at.is_(None), 1), else_=0))

UPLOADS = select(upload).where(upload.c.task_id == _id).order_by(upload.c.position)
FILES_OF_PICTURE = (
    select(upload.c.file)
    .where(_picture, _stored)
    .order_by(upload.c.task_id.desc())
    .limit(bindparam("most"))
)
FILES_OF_PARENT = select(upload.c.file).where(
    _picture, _stored, upload.c.task_id == bindparam("parent_id", type_=BigInteger)
)
LENT_UPLOADS = (
    select(upload)
    .join_from(upload, task)
    # An open task may be about to send its copy; it gives it up when it is closed.
    .where(_picture, _stored, task.c.ended_at.is_not(None))
)
UNUSED_FILES = (
    select(upload.c.file, _used_at.label("used_at"))
    .join_from(upload, task)
    .where(_stored)
    .group_by(upload.c.file)
    .having(_open == 0)
    .order_by(_used_at, upload.c.file)
)
STORED_FILES = select(upload.c.file).where(_stored).distinct()
NAMING = select(upload.c.task_id).where(upload.c.file == _file).limit(1)
DROP_FILE = update(upload).where(upload.c.file == _file, ~_needed).values(file=None)
RELEASE_FILE = (
    update(upload)
    .where(upload.c.task_id == bindparam("of_task"), upload.c.position == bindparam("at"))
    .values(file=None)
)
FORGET_UPLOAD = (
    update(upload)
    .where(
        upload.c.task_id == bindparam("of_task"),
        upload.c.position == bindparam("at"),
        # A newer upload has yet to be deleted.
        upload.c.file_id == bindparam("known"),
    )
    .values(file_id=None)
)
#: The newest rows of a picture that are tried: their files are the likeliest to exist.
ROWS = 5


def _uploaded(proposed: Proposed) -> Mapping[str, ColumnElement[Any]]:
    # The writer may not know that another has uploaded the reference meanwhile, and an upload whose
    # id is lost is never deleted.
    names = ("file", "file_id", "url")
    there = {name: func.coalesce(proposed[name], upload.c[name]) for name in names}
    changed = {**replaced(upload)(proposed), **there}
    # What is forgotten stays so: a fetch may have been under way.
    is_forgotten = upload.c.source == literal_column("''")
    return {
        name: case((is_forgotten, upload.c[name]), else_=value) for name, value in changed.items()
    }


SAVE_UPLOAD = upsert(upload, _uploaded)


class UnusedFile(NamedTuple):
    """A file that no open task uses, and when the last task that did ended; 0: it was deleted."""

    file: str
    used_at: int


@dataclass(frozen=True, slots=True)
class Uploads:
    """References, and what has become of them."""

    _db: Database

    async def of_task(self, task_id: TaskId) -> tuple[Upload, ...]:
        """Return a task's references, in the order in which they were attached."""
        return tuple(Upload(**row) for row in await self._db.rows(UPLOADS, id=task_id))

    async def save(self, upload: Upload) -> None:
        """Write a reference; fields that are already known are never overwritten with nothing."""
        # What a power cut undoes is fetched and uploaded again.
        row = plain_row(upload)
        await self._db.write(lambda connection: connection.execute(SAVE_UPLOAD, row), lasting=False)

    async def forget(self, uploads: Sequence[Upload]) -> None:
        """Record that references are deleted at Evolink; our own files stay."""
        # What a power cut undoes is deleted again.
        rows = [
            {"of_task": each.task_id, "at": each.position, "known": each.file_id}
            for each in uploads
        ]
        await self._db.write(
            lambda connection: connection.execute(FORGET_UPLOAD, rows), lasting=False
        )

    async def files_of(self, keys: Collection[str], parent_id: TaskId | None) -> tuple[str, ...]:
        """Return the stored files of a picture that has these keys, the likeliest to exist first.

        ``parent_id``: only those of this task's references; ``None``: those of any task.
        """
        if parent_id is None:
            rows = await self._db.rows(FILES_OF_PICTURE, keys=list(keys), most=ROWS)
        else:
            rows = await self._db.rows(FILES_OF_PARENT, keys=list(keys), parent_id=parent_id)
        return tuple(dict.fromkeys(row["file"] for row in rows))

    async def lent(self, by: InteractionId, uploads: Collection[Upload]) -> tuple[Upload, ...]:
        """Return the copies that others' closed tasks still have of what was attached to a task."""
        keys = [lent_key(by, upload.source) for upload in uploads]
        return tuple(Upload(**row) for row in await self._db.rows(LENT_UPLOADS, keys=keys))

    async def files(self) -> frozenset[str]:
        """Return every file that a row refers to."""
        # Made on the database's thread: there may be a hundred thousand.
        return await self._db.read(
            lambda connection: frozenset(row["file"] for row in connection.rows(STORED_FILES))
        )

    async def unused(self) -> tuple[UnusedFile, ...]:
        """Return the files that no open task uses, least recently used first."""
        rows = await self._db.rows(UNUSED_FILES)
        return tuple(UnusedFile(row["file"], row["used_at"]) for row in rows)

    async def drop(
        self, file: str, remove: Callable[[], T], *, by: Upload | None = None
    ) -> T | None:
        """Clear references to a file; if none is left, remove it and return what that returned.

        ``by``: clear only this row. Otherwise all rows are cleared, unless an open task uses the
        file. No row can start to refer to it meanwhile. If the process dies before this returns,
        rows refer to a missing file, which is treated as never fetched.
        """

        def drop(connection: Connection) -> T | None:
            if by is None:
                connection.execute(DROP_FILE, {"of_file": file})
            else:
                connection.execute(RELEASE_FILE, {"of_task": by.task_id, "at": by.position})
            named = connection.first(NAMING, {"of_file": file})
            return remove() if named is None else None

        return await self._db.write(drop)
