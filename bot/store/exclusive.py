"""Exclusive use of a PostgreSQL database: no bot runs on it meanwhile."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from bot.errors import StartError, StoreUnavailable
from bot.store.opening import LATER

if TYPE_CHECKING:  # it imports SQLAlchemy's ORM: a twentieth of the start, wasted on SQLite
    from sqlalchemy.ext.asyncio import AsyncConnection


@asynccontextmanager
async def exclusive(where: str, address: URL) -> AsyncGenerator["AsyncConnection"]:
    """Connect to a database, and keep every bot off it; ``where`` names it in messages.

    Raises:
        StartError: it can't be reached, or used; a bot is running on it.
    """
    # Its driver is an extra.
    from bot.store.postgres import EXCLUDE, PostgresDatabase, passing_failures  # noqa: PLC0415

    db = PostgresDatabase(address)
    try:
        with passing_failures():
            async with db.engine.connect() as connection:
                if not (await connection.exec_driver_sql(EXCLUDE)).scalar():
                    raise StartError(f"{where} is in use: stop the bot first.", LATER)
                await connection.commit()
                yield connection
    except StoreUnavailable as error:
        raise StartError(f"{where} can't be reached ({error}).", LATER) from error
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise
        raise StartError(f"{where} can't be used ({error.orig}).") from error
    finally:
        await db.close()
