"""A PostgreSQL database that no bot uses meanwhile, and the note that it comes from a dump."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import sqlalchemy
from sqlalchemy import URL, delete, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StartError, StoreUnavailable
from bot.store.addresses import address_of, name_of
from bot.store.backup import RESTORED, Contents
from bot.store.facts import MOVED_TO
from bot.store.migrate import version_of
from bot.store.opening import LATER
from bot.store.tables import fact, task


@asynccontextmanager
async def exclusive(where: str, address: URL) -> AsyncGenerator[AsyncConnection]:
    """Connect to a database, and keep every bot off it; ``where`` names it in sentences.

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


async def note_restored(url: str) -> Contents:
    """Note that the database comes from a dump, as ``restore`` does with SQLite's.

    From then on, no row knows what its tasks have posted since.

    Raises:
        StartError: as ``exclusive``; the database isn't the bot's.
    """
    address = address_of(url)
    where = f"DATABASE_URL: {name_of(address)}"
    async with exclusive(where, address) as connection:
        found = await connection.run_sync(_noted)
    if found is None:
        raise StartError(f"{where} isn't a database of this bot; run pg_restore first.")
    return found


def _noted(core: sqlalchemy.Connection) -> Contents | None:
    from bot.store.postgres import NOW  # noqa: PLC0415 - as above

    with core.begin():
        if version_of(core) is None:
            return None
        core.execute(delete(fact).where(fact.c.key.in_([RESTORED, MOVED_TO])))
        core.execute(insert(fact), {"key": RESTORED, "value": core.scalar(NOW)})
        tasks = select(func.count()).select_from(task)
        waiting = tasks.where(task.c.ended_at.is_(None), task.c.remote_id.is_(None))
        return Contents(core.scalar(tasks) or 0, core.scalar(waiting) or 0)
