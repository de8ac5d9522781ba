"""Copying rows between SQLite and PostgreSQL: insert, compare, delete, number."""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy
import structlog
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    String,
    Table,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.exc import IntegrityError

from bot.domain.ids import InteractionId, ServerId, UserId
from bot.domain.requester import Requester
from bot.errors import StartError
from bot.store.engine import BATCH, as_json, as_text
from bot.store.facts import ABOUT_COPIES
from bot.store.full_text import INSERT_TEXT, text_of
from bot.store.sqlite import transaction
from bot.store.tables import draft, fact, metadata, task, task_event, tray

log = structlog.get_logger()

#: Tables whose rows the database numbers.
_NUMBERED = (task, draft, tray, task_event)
_DELETE_TEXTS = "INSERT INTO task_text (task_text) VALUES ('delete-all')"
_SEQUENCE = "pg_get_serial_sequence(:table, 'id')"

Key: TypeAlias = tuple[Any, ...]


class Different(Exception):
    """The target has different rows in a table; the argument is its name."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two databases, on the only connection that uses it."""

    #: For messages: "FROM" or "TO", and the name.
    where: str
    name: str
    core: sqlalchemy.Connection

    @property
    def is_postgres(self) -> bool:
        """Whether it is PostgreSQL's."""
        return self.core.dialect.name == "postgresql"

    @contextmanager
    def transaction(self) -> Generator[sqlalchemy.Connection]:
        """Commit when the block ends; roll back if it raises."""
        if self.is_postgres:
            with self.core.begin():
                yield self.core
        else:
            driver: Any = self.core.connection.driver_connection
            with transaction(driver, "BEGIN IMMEDIATE"):
                yield self.core


def fill(source: Side, target: Side) -> None:
    """Insert each table's rows after the last one that the target has.

    Raises:
        Different: they conflict with those that the target has.
    """
    for table in metadata.sorted_tables:
        last, rows = _last(target, table), 0
        while some := _rows(source, table, last):
            try:
                with target.transaction() as core:
                    core.execute(insert(table), some)
            except IntegrityError as error:
                raise Different(table.name) from error
            last, rows = _key_of(table, some[-1]), rows + len(some)
        if rows:
            log.info("rows copied", table=table.name, rows=rows)


def compare(source: Side, target: Side) -> dict[str, int]:
    """Compare all rows; return how many each table has.

    Raises:
        Different: they differ.
    """
    counts = dict.fromkeys(metadata.tables, 0)
    for table in metadata.sorted_tables:
        last: Key | None = None
        while True:
            theirs, ours = _rows(source, table, last), _rows(target, table, last)
            if theirs != ours:
                raise Different(table.name)
            if not theirs:
                break
            last = _key_of(table, theirs[-1])
            counts[table.name] += len(theirs)
    return counts


def clear(core: sqlalchemy.Connection) -> None:
    """Delete all rows, in the caller's transaction."""
    if core.dialect.name == "postgresql":
        names = ", ".join([*metadata.tables, "task_text"])
        core.exec_driver_sql(f"TRUNCATE {names}")
        return
    for table in reversed(metadata.sorted_tables):
        core.execute(delete(table))
    core.exec_driver_sql(_DELETE_TEXTS)


def index_prompts(target: Side) -> None:
    """Rebuild the full-text index."""
    columns = (task.c.id, task.c.interaction_id, task.c.guild_id, task.c.user_id, task.c.request)
    page = select(*columns).order_by(task.c.id).limit(BATCH)
    with target.transaction() as core:
        if target.is_postgres:
            core.exec_driver_sql("TRUNCATE task_text")
        else:
            core.exec_driver_sql(_DELETE_TEXTS)
        last = 0
        while rows := core.execute(page.where(task.c.id > last)).all():
            texts = [each for row in rows if (each := _text(*row[1:]))["prompt"]]
            if texts:
                core.execute(INSERT_TEXT[core.dialect.name], texts)
            last = rows[-1].id


def number_on(source: Side, target: Side) -> None:
    """Make the target number new rows after all numbers that the source has ever used."""
    with source.transaction() as core:
        used = {table.name: _used(core, table) for table in _NUMBERED}
    with target.transaction() as core:
        for table in _NUMBERED:
            values = {"table": table.name, "used": used[table.name]}
            if target.is_postgres:
                if values["used"]:
                    core.execute(text(f"SELECT setval({_SEQUENCE}, :used)"), values)
            elif table.dialect_kwargs.get("sqlite_autoincrement"):
                core.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), values)
                core.execute(text("INSERT INTO sqlite_sequence VALUES (:table, :used)"), values)


def _used(core: sqlalchemy.Connection, table: Table) -> int:
    """Return the largest number that a row has or had."""
    values = {"table": table.name}
    if core.dialect.name == "postgresql":
        sequence = core.scalar(text(f"SELECT {_SEQUENCE}"), values)
        last = f"SELECT last_value FROM {sequence} WHERE is_called"  # noqa: S608 - the catalogue's own
        given = core.exec_driver_sql(last).scalar()
    else:
        given = core.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :table"), values)
    return max(given or 0, core.scalar(select(func.max(table.c.id))) or 0)


def _rows(side: Side, table: Table, after: Key | None) -> list[dict[str, Any]]:
    """Return the next rows in the order of their keys, as both databases store them."""
    keys = _keys(side, table)
    page = select(table).order_by(*keys).limit(BATCH)
    if table is fact:
        page = page.where(fact.c.key.not_in(ABOUT_COPIES))
    if after is not None:
        types = [column.type for column in table.primary_key]
        values = [literal(value, type_) for value, type_ in zip(after, types, strict=True)]
        page = page.where(tuple_(*keys) > tuple_(*values))
    with side.transaction() as core:
        try:
            return [_stored(table, row) for row in core.execute(page).mappings()]
        except ValueError as error:
            raise StartError(
                f"{side.where}: the table {table.name} has a row that can't be read ({error})."
            ) from error


def _stored(table: Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    return {column.name: _storable(column, row[column]) for column in table.columns}


def _storable(column: Column[Any], value: Any) -> Any:  # noqa: ANN401 - any of a row
    """Return a value as both databases store it."""
    if value is not None and isinstance(column.type, JSON):
        return json.loads(as_json(value))
    return as_text(value) if isinstance(value, str) else value


def _keys(side: Side, table: Table) -> Sequence[ColumnElement[Any]]:
    """Return the columns of the key, which both databases order in the same way."""
    bytewise = "C" if side.is_postgres else "BINARY"
    return [
        column.collate(bytewise) if isinstance(column.type, String) else column
        for column in table.primary_key
    ]


def _key_of(table: Table, row: Mapping[str, Any]) -> Key:
    return tuple(row[column.name] for column in table.primary_key)


def _last(side: Side, table: Table) -> Key | None:
    keys = _keys(side, table)
    page = select(*table.primary_key).order_by(*[key.desc() for key in keys]).limit(1)
    if table is fact:
        page = page.where(fact.c.key.not_in(ABOUT_COPIES))
    with side.transaction() as core:
        row = core.execute(page).first()
    return None if row is None else tuple(row)


def _text(
    interaction_id: InteractionId,
    guild_id: ServerId,
    user_id: UserId,
    request: Any,  # noqa: ANN401 - any JSON
) -> dict[str, object]:
    try:
        prompt = request["prompt"]
    except (LookupError, TypeError):  # a damaged row is in no search
        prompt = ""
    return text_of(interaction_id, Requester(guild_id or None, user_id), str(prompt))
