"""Executing SQLAlchemy's statements on the driver.

Each is compiled once. Executed through SQLAlchemy's connection, a statement costs a hundred calls
of Python functions, which was a fifth of a task's processor time.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, Executable, SelectBase, UpdateBase
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from bot.domain.text import LARGEST_ID
from bot.refusals import NotFound

Convert = Callable[[Any], Any]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement as the driver takes it."""

    sql: str
    #: For each of its parameters: the name of its value, or "" and the value itself; and how the
    #: driver stores it.
    parameters: tuple[tuple[str, Any, Convert | None], ...]
    #: How each column of a row is read; empty: all as they are.
    columns: tuple[Convert | None, ...]

    def positional(self, values: Values) -> list[Any]:
        """Return what the driver takes.

        Raises:
            NotFound: an integer is larger than any id.
        """
        stored = list[Any]()
        for name, constant, convert in self.parameters:
            value = values[name] if name else constant
            if convert is not None:
                value = convert(value)
            if isinstance(value, int) and not -LARGEST_ID <= value <= LARGEST_ID:
                raise NotFound
            if isinstance(value, str) and not value.isascii():
                # A lone surrogate can't be stored, whatever part of the bot sends it.
                value = value.encode(errors="replace").decode()
            stored.append(value)
        return stored

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
        #: Those that are always the same.
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
        parameters = list[tuple[str, Any, Convert | None]]()
        for name in state.positiontup or ():
            bind = built.binds.get(name)
            if bind is not None and bind.key in values:
                stored = bind.type.dialect_impl(self._dialect).bind_processor(self._dialect)
                parameters.append((bind.key, None, stored))
            else:
                parameters.append(("", state.additional_parameters[name], None))
        statement = built.statement
        assert isinstance(statement, SelectBase | UpdateBase)
        columns = tuple(
            column.type.dialect_impl(self._dialect).result_processor(self._dialect, None)
            for column in statement.exported_columns
        )
        return Compiled(state.statement, tuple(parameters), columns)
