"""What the tests of ``python -m bot copy`` share: databases with every kind of row, and readers."""

import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
import pytest
from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, String, create_engine, insert

from bot.domain.text import LARGEST_ID
from bot.errors import StartError
from bot.store.copying import copy
from bot.store.engine import as_json
from bot.store.store import Store
from bot.store.tables import metadata
from tests.integration.store_kit import address, prepared

#: Tables about the database itself.
NOT_COMPARED = ("copying", "moved_to")


def value(column: Column[Any], number: int) -> Any:
    """Return a value for a column: the most it can hold in one row, NULL in another."""
    if column.foreign_keys and column.nullable:
        return None if number == 1 else 1
    if column.nullable and number == 2:
        return None
    text = f"{column.name} {number} 小猫 🦊 \n'"
    by_type: dict[type, Any] = {
        JSON: {"ключ": [None, True, 1.5, LARGEST_ID, f"\0{text}"], "prompt": "ein Fuchs"},
        Boolean: number == 1,
        BigInteger: LARGEST_ID - number,
        Integer: 2**31 - number,
        String: text,
    }
    is_number = isinstance(column.type, Integer)
    if is_number and (column.primary_key or column.foreign_keys):
        return number
    return by_type[type(column.type)]


def every_kind(folder: Path) -> str:
    """Make a database with two rows in each table; return its address."""
    engine = create_engine(
        f"sqlite:///{prepared(folder).partition('///')[2]}", json_serializer=as_json
    )
    with engine.begin() as core:
        for table in metadata.sorted_tables:
            rows = [{each.name: value(each, number) for each in table.c} for number in (1, 2)]
            core.execute(insert(table), rows)
    engine.dispose()
    return address(folder)


async def of_version(folder: Path, dump: str) -> str:
    """Make a database as an earlier version left it, brought up to date; return its address."""
    (folder / "data").mkdir()
    with closing(sqlite3.connect(folder / "data" / "imagine.db")) as db:
        db.executescript(dump)
    await (await Store.open(address(folder))).close()
    return address(folder)


def plain(rows: dict[str, list[Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return rows as Python values, in an order that doesn't depend on the database."""
    read = dict[str, list[dict[str, Any]]]()
    for table in metadata.sorted_tables:
        found = list[dict[str, Any]]()
        for row in rows[table.name]:
            values = dict(row)
            for column in table.c:
                if isinstance(column.type, Boolean):
                    values[column.name] = bool(values[column.name])
                # SQLite stores a JSON number as a number.
                if isinstance(column.type, JSON) and isinstance(values[column.name], str):
                    values[column.name] = json.loads(values[column.name])
            if values.get("key") not in NOT_COMPARED:
                found.append(values)
        read[table.name] = sorted(found, key=repr)
    return read


async def rows_of(url: str) -> dict[str, list[dict[str, Any]]]:
    """Read all rows of a database, without the bot's code."""
    names = [table.name for table in metadata.sorted_tables]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.partition("///")[2])) as db:
            db.row_factory = sqlite3.Row
            return plain({name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names})  # noqa: S608 - our tables
    async with connected(url) as server:
        return plain({name: await server.fetch(f"SELECT * FROM {name}") for name in names})  # noqa: S608 - our tables


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Any]:
    """Connect to PostgreSQL."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


async def starts(url: str) -> bool:
    """Tell whether a bot would start on a database."""
    try:
        await (await Store.open(url)).close()
    except StartError as error:
        if not any(each in error.sentence for each in (" unfinished copy;", " was copied to ")):
            raise
        return False
    return True


async def refused(source: str, target: str) -> StartError:
    """Return the sentence that refuses a copy."""
    with pytest.raises(StartError) as caught:
        await copy(source, target)
    return caught.value
