"""The store: opening the database, and its parts."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StartError
from bot.store.claims import Claims
from bot.store.engine import Database, connect
from bot.store.facts import Facts, write_opened
from bot.store.migrate import migrate
from bot.store.quotas import Quotas
from bot.store.servers import Servers
from bot.store.tasks import Tasks
from bot.store.trays import Trays
from bot.store.wishes import Wishes

#: EX_UNAVAILABLE of sysexits.h: it may be there later, without a change of settings.
_LATER = 69


@dataclass(frozen=True, slots=True)
class Store:
    """Everything that the bot knows, on disk before it is acted on."""

    tasks: Tasks
    claims: Claims
    quotas: Quotas
    facts: Facts
    wishes: Wishes
    trays: Trays
    servers: Servers
    _db: Database

    @classmethod
    async def open(cls, url: str) -> "Store":
        """Open the database, made and brought to the present tables where it is not.

        Raises:
            StartError: it says what is wrong with the address or with the file.
        """
        address = _address(url)
        _make_file(address)
        db = connect(address)
        try:
            async with db.write() as connection:
                await _check(connection, address)
                await connection.run_sync(migrate)
                # A file that can be read but not written is found now, not by the first task.
                await write_opened(connection)
            # Readers open the file by themselves; the first does it now, not at the first answer.
            async with db.read():
                pass
        except DBAPIError as error:
            await db.close()
            raise _explained(address, error.orig) from error
        except CommandError as error:
            await db.close()
            raise StartError(
                f"DATABASE_URL: {address.database} is from a later version of the bot; "
                "run that version, or put back the backup from before it."
            ) from error
        except BaseException:
            await db.close()
            raise
        return cls(
            Tasks(db), Claims(db), Quotas(db), Facts(db), Wishes(db), Trays(db), Servers(db), db
        )

    async def answers(self) -> bool:
        """Tell whether the database can be read."""
        try:
            await self.claims.next_wake(now=0)
        except (DBAPIError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Close the database; what was written stays."""
        await self._db.close()


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise StartError(
            "DATABASE_URL is not a database's address; "
            "it looks like sqlite+aiosqlite:///data/imagine.db."
        ) from None
    if address.drivername != "sqlite+aiosqlite":
        raise StartError(
            f"DATABASE_URL: the driver {address.drivername} is not known; use sqlite+aiosqlite."
        )
    if not address.database or address.database == ":memory:":
        raise StartError(
            "DATABASE_URL names no file, so a restart would forget every task; "
            "it looks like sqlite+aiosqlite:///data/imagine.db."
        )
    try:
        return address.set(database=str(Path(address.database).expanduser()))
    except RuntimeError:
        raise StartError(
            f"DATABASE_URL: ~ leads nowhere here ({address.database}); give the whole path."
        ) from None


def _make_file(address: URL) -> None:
    assert address.database is not None
    folder = Path(address.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"DATABASE_URL: the folder {folder} cannot be made ({error.strerror})."
        ) from error
    try:
        # aiosqlite leaves its thread behind where a file cannot be opened (0.22.1), so not there.
        sqlite3.connect(address.database).close()
    except sqlite3.Error as error:
        raise _explained(address, error) from error


async def _check(connection: AsyncConnection, address: URL) -> None:
    # A damaged page may else be found only by the task that needs it.
    found = (await connection.exec_driver_sql("PRAGMA quick_check(1)")).scalar()
    if found != "ok":
        raise _damaged(address)


def _explained(address: URL, error: BaseException | None) -> StartError:
    # The lower byte is the primary code (sqlite.org/rescode.html).
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    where = f"DATABASE_URL: {address.database}"
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return _damaged(address)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StartError(f"{where} is locked by another program; stop it first.", _LATER)
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return StartError(f"{where} cannot be opened for writing; check its permissions.")
    if code == sqlite3.SQLITE_FULL:
        return StartError(f"{where} cannot grow: the disk is full.", _LATER)
    return StartError(f"{where} cannot be used ({error}).")


def _damaged(address: URL) -> StartError:
    return StartError(
        f"DATABASE_URL: {address.database} is damaged or not a SQLite database; "
        "put a backup in its place."
    )
