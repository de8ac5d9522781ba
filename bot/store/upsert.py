"""Statements that differ by the database: INSERT ... ON CONFLICT, and the full-text search."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy import ColumnElement, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection

#: Statements by the dialect's name.
ByDialect = Mapping[str, Executable]
#: The new row, in case of a conflict.
Proposed = ReadOnlyColumnCollection[str, ColumnElement[Any]]


def for_dialect(statement: Executable | ByDialect, dialect: str) -> Executable:
    """Return the statement for a database."""
    # All of them are dicts, and checking for an abstract class takes twice as long.
    if isinstance(statement, dict):
        return statement[dialect]
    return cast("Executable", statement)


def upsert(
    table: Table,
    changes: Callable[[Proposed], Mapping[str, ColumnElement[Any]]],
    where: ColumnElement[bool] | None = None,
) -> ByDialect:
    """Insert a row; if its key exists, change the existing row, unless ``where`` is false of it."""
    keys = list(table.primary_key)
    lite, postgres = sqlite.insert(table), postgresql.insert(table)
    return {
        "sqlite": lite.on_conflict_do_update(
            index_elements=keys, set_=changes(lite.excluded), where=where
        ),
        "postgresql": postgres.on_conflict_do_update(
            index_elements=keys, set_=changes(postgres.excluded), where=where
        ),
    }


def insert_absent(table: Table) -> ByDialect:
    """Insert a row; if its key exists, do nothing."""
    keys = list(table.primary_key)
    return {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(index_elements=keys),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(index_elements=keys),
    }


def replaced(table: Table) -> Callable[[Proposed], Mapping[str, ColumnElement[Any]]]:
    """Take every column except the key from the new row."""
    names = [column.name for column in table.columns if not column.primary_key]
    return lambda proposed: {name: proposed[name] for name in names}
