"""Executing SQLAlchemy's statements on the driver.

Each is compiled once. Executed through SQLAlchemy's connection, a statement costs a hundred Python
calls, which was a fifth of a task's processor time.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, Executable, SelectBase, UpdateBase
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from bot.refusals import NotFound

Convert = Callable[[Any], Any]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement as the driver takes it."""

    sql: str
    #: For each of its parameters: the name of its value, or "" and the value itself.
    parameters: tuple[tuple[str, Any], ...]
    #: Converters for those that need one, by position.
    stored: tuple[tuple[int, Convert], ...]
    #: Converters for the columns of a row that need one; empty: none does.
    columns: tuple[Convert | None, ...]

    def execute(self, driver: sqlite3.Connection, values: Values) -> sqlite3.Cursor:
        """Execute it.

        Raises:
            NotFound: an integer is larger than any id.
        """
        given = [values[name] if name else constant for name, constant in self.parameters]
        for place, convert in self.stored:
            given[place] = convert(given[place])
        try:
            return driver.execute(self.sql, given)
        except OverflowError:
            raise NotFound from None
        except UnicodeEncodeError:
            # Half a surrogate pair can't be stored, whatever part of the bot sends it.
            return driver.execute(self.sql, [_storable(value) for value in given])

    def rows(self, cursor: sqlite3.Cursor) -> list[dict[str, Any]]:
        """Return all rows that a cursor has."""
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        for name, convert in zip(names, self.columns, strict=False):
            if convert is not None:
                for row in rows:
                    row[name] = convert(row[name])
        return rows


class Statements:
    """All statements that were executed, by the names of their values."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._built = dict[tuple[Executable, tuple[str, ...]], SQLCompiler]()
        #: Those that are the same for all values.
        self._compiled = dict[tuple[Executable, tuple[str, ...]], Compiled]()

    def compiled(self, statement: Executable, values: Values) -> Compiled:
        """Return a statement for these values."""
        key = statement, tuple(values)
        known = self._compiled.get(key)
        if known is None:
            built = self._built.get(key) or self._build(statement, values)
            known = self._expanded(built, values)
            if any(isinstance(value, list) for value in values.values()):
                # It has as many parameters as the list has values.
                self._built[key] = built
            else:
                self._compiled[key] = known
        return known

    def _build(self, statement: Executable, values: Values) -> SQLCompiler:
        assert isinstance(statement, ClauseElement)
        built = statement.compile(dialect=self._dialect, column_keys=list(values))
        assert isinstance(built, SQLCompiler)
        return built

    def _expanded(self, built: SQLCompiler, values: Values) -> Compiled:
        state = built.construct_expanded_state(dict(values))
        parameters, stored = list[tuple[str, Any]](), list[tuple[int, Convert]]()
        for place, name in enumerate(state.positiontup or ()):
            bind = built.binds.get(name)
            convert = None
            if bind is not None:
                convert = bind.type.dialect_impl(self._dialect).bind_processor(self._dialect)
            if bind is not None and bind.key in values:
                stored += [] if convert is None else [(place, convert)]
                parameters.append((bind.key, None))
            else:
                constant = state.additional_parameters[name]
                parameters.append(("", constant if convert is None else convert(constant)))
        statement = built.statement
        assert isinstance(statement, SelectBase | UpdateBase)
        columns = tuple(
            column.type.dialect_impl(self._dialect).result_processor(self._dialect, None)
            for column in statement.exported_columns
        )
        return Compiled(state.statement, tuple(parameters), tuple(stored), columns)


def _storable(value: object) -> object:
    return value.encode(errors="replace").decode() if isinstance(value, str) else value
