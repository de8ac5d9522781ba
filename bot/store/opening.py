"""Opening a database: it is checked, migrated, and written to once."""

import sqlite3
from contextlib import suppress
from functools import partial
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from bot.errors import StartError, StoreUnavailable
from bot.store.addresses import address_of, is_postgres, name_of
from bot.store.engine import Body, Connection, Database
from bot.store.facts import NotCurrent, write_opened
from bot.store.migrate import LaterVersion, Migrate, migrate, migrate_unless_earlier
from bot.store.peers import Peers
from bot.store.sqlite import SqliteConnection, SqliteDatabase

#: Exit code EX_UNAVAILABLE of sysexits.h: it may work later, with the same settings.
LATER = 69
#: Milliseconds that the first reading of the server's clock may take: an imprecise one is better
#: than none.
SLOWEST = 60_000


async def open_database(url: str, *, migrates: bool = True) -> tuple[Database, Peers, Path | None]:
    """Open the database; create it and apply migrations as needed.

    Returns it, the other processes on it, and SQLite's file, to be passed to ``leave`` when it is
    closed. ``migrates``: as in ``Store.open``.

    Raises:
        StartError: what is wrong with the address or the database.
    """
    address = address_of(url)
    update = migrate if migrates else migrate_unless_earlier
    if is_postgres(address):
        return *await _open_postgres(address, update), None
    db, file = await _open_sqlite(address, update)
    return db, Peers(), file


async def _open_sqlite(address: URL, update: Migrate) -> tuple[Database, Path]:
    where, file = _where(address), _made_file(address)
    db = SqliteDatabase(address)
    try:
        await _prepared(db, partial(_prepare_file, update), where, is_known=is_as_left(file))
    except (DBAPIError, sqlite3.Error, StoreUnavailable) as error:
        cause = error.__cause__ if isinstance(error, StoreUnavailable) else error
        raise explained(where, getattr(cause, "orig", cause)) from error
    return db, file


async def _open_postgres(address: URL, update: Migrate) -> tuple[Database, Peers]:
    # Its driver is an extra.
    from bot.store.postgres import PostgresDatabase, prepare  # noqa: PLC0415 - see above
    from bot.store.postgres_peers import PostgresPeers  # noqa: PLC0415 - see above

    where = _where(address)
    try:
        migrating = PostgresDatabase(address, migrates=True)
        await _prepared(migrating, partial(prepare, update), where, is_known=True)
        await migrating.close()
        db = PostgresDatabase(address)
        await db.look_at_clock(patience=SLOWEST)
    except StoreUnavailable as error:
        raise StartError(f"{where} can't be reached ({error}).", LATER) from error
    except DBAPIError as error:
        raise StartError(f"{where} can't be used ({error.orig}).") from error
    return db, PostgresPeers(address, db)


async def _prepared(db: Database, prepare: Body[None], where: str, *, is_known: bool) -> None:
    try:
        if not is_known:
            await _check_pages(db, where)
        await db.write(prepare)
        # Open the first reading connection now, not when somebody waits for an answer.
        await db.read(lambda _: None)
    except LaterVersion as error:
        await db.close()
        raise StartError(
            f"{where} is from a later version of the bot; "
            "run that version, or put back the backup from before it."
        ) from error
    except NotCurrent as error:
        await db.close()
        raise StartError(f"{where} {error}") from error
    except BaseException:
        await db.close()
        raise


async def _check_pages(db: Database, where: str) -> None:
    # Otherwise a damaged page is only noticed by the task that needs it. This reads the whole file;
    # a running bot may write meanwhile.
    if not await db.read(is_intact):
        raise damaged(where)


def _prepare_file(update: Migrate, connection: Connection) -> None:
    update(connection.core)
    # A read-only file is noticed now, not by the first task.
    write_opened(connection)


def is_intact(connection: Connection) -> bool:
    """Read all of a file, and tell whether it is intact; PostgreSQL looks after its own."""
    if not isinstance(connection, SqliteConnection):
        return True
    return connection.core.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok"


def _made_file(address: URL) -> Path:
    assert address.database is not None
    folder = Path(address.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"DATABASE_URL: the folder {folder} can't be created ({error.strerror})."
        ) from error
    try:
        # Not with aiosqlite, which leaks its thread if the file can't be opened (0.22.1).
        sqlite3.connect(address.database).close()
    except sqlite3.Error as error:
        raise explained(_where(address), error) from error
    return Path(address.database)


def _where(address: URL) -> str:
    return f"DATABASE_URL: {name_of(address)}"


def leave(file: Path) -> None:
    """Note that a database was closed, so that the next start needn't read all of it."""
    with suppress(OSError):
        if not _has_changes_beside(file):
            _note(file).write_text(_looks(file))


def is_as_left(file: Path) -> bool:
    """Tell whether nobody has touched a database since it was closed, and delete the note."""
    note = _note(file)
    with suppress(OSError):
        left = note.read_text()
        note.unlink()
        return left == _looks(file) and not _has_changes_beside(file)
    return False


def _note(file: Path) -> Path:
    return file.with_name(f"{file.name}-closed")


def _looks(file: Path) -> str:
    """Return what changes when a file does."""
    found = file.stat()
    return f"{found.st_size} {found.st_mtime_ns}"


def _has_changes_beside(file: Path) -> bool:
    """Tell whether another process has it open, or died with it open (sqlite.org/wal.html)."""
    return file.with_name(f"{file.name}-wal").exists()


def explained(where: str, error: BaseException | None) -> StartError:
    """Return what an SQLite error means and what to do about it; ``where`` names the file."""
    # The low byte is the primary code (sqlite.org/rescode.html).
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return damaged(where)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StartError(f"{where} is locked by another program; stop it first.", LATER)
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return StartError(f"{where} can't be opened for writing; check its permissions.")
    if code == sqlite3.SQLITE_FULL:
        return StartError(f"{where} can't grow: the disk is full.", LATER)
    return StartError(f"{where} can't be used ({error}).")


def damaged(where: str) -> StartError:
    """Return the error for a file that isn't an intact database."""
    return StartError(
        f"{where} is damaged or not a SQLite database; put a backup in its place "
        "(python -m bot restore)."
    )
