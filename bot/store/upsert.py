"""INSERT ... ON CONFLICT: the one place where the databases' statements are built apart."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection

#: One statement for each dialect, by the dialect's name.
Upsert = Mapping[str, Executable]
#: The row that was to be inserted.
Proposed = ReadOnlyColumnCollection[str, ColumnElement[Any]]


def upsert(table: Table, changes: Callable[[Proposed], Mapping[str, ColumnElement[Any]]]) -> Upsert:
    """Insert a row; where its key is taken, change the row that is there."""
    keys = list(table.primary_key)
    lite, postgres = sqlite.insert(table), postgresql.insert(table)
    return {
        "sqlite": lite.on_conflict_do_update(index_elements=keys, set_=changes(lite.excluded)),
        "postgresql": postgres.on_conflict_do_update(
            index_elements=keys, set_=changes(postgres.excluded)
        ),
    }


def insert_absent(table: Table) -> Upsert:
    """Insert a row; where its key is taken, do nothing."""
    keys = list(table.primary_key)
    return {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(index_elements=keys),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(index_elements=keys),
    }


def replaced(table: Table) -> Callable[[Proposed], Mapping[str, ColumnElement[Any]]]:
    """Take every column but the key from the row that was to be inserted."""
    names = [column.name for column in table.columns if not column.primary_key]
    return lambda proposed: {name: proposed[name] for name in names}
