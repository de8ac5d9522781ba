"""Database addresses, files as we left them, and the errors for one that can't be opened."""

import sqlite3
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import StartError

#: Exit code EX_UNAVAILABLE of sysexits.h: it may work later, with the same settings.
LATER = 69


def address_of(url: str) -> URL:
    """Parse DATABASE_URL; ``database`` of the result is the file.

    Raises:
        StartError: what is wrong with it.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise StartError(
            "DATABASE_URL isn't a database address; "
            "it should look like sqlite+aiosqlite:///data/imagine.db."
        ) from None
    if address.drivername != "sqlite+aiosqlite":
        raise StartError(
            f"DATABASE_URL: the driver {address.drivername} isn't supported; use sqlite+aiosqlite."
        )
    if not address.database or address.database == ":memory:":
        raise StartError(
            "DATABASE_URL names no file, so a restart would forget every task; "
            "it should look like sqlite+aiosqlite:///data/imagine.db."
        )
    try:
        return address.set(database=str(Path(address.database).expanduser()))
    except RuntimeError:
        raise StartError(
            f"DATABASE_URL: ~ can't be expanded here ({address.database}); give the full path."
        ) from None


def file_of(url: str) -> Path:
    """Return the file of DATABASE_URL.

    Raises:
        StartError: as ``address_of``.
    """
    file = address_of(url).database
    assert file is not None
    return Path(file)


def leave(file: Path) -> None:
    """Note that a database was closed, so that the next start needn't read all of it."""
    with suppress(OSError):
        _note(file).write_text(_looks(file))


def is_as_left(file: Path) -> bool:
    """Tell whether nobody has touched a database since it was closed; forgets the note."""
    note = _note(file)
    with suppress(OSError):
        left = note.read_text()
        note.unlink()
        return left == _looks(file)
    return False


def _note(file: Path) -> Path:
    return file.with_name(f"{file.name}-closed")


def _looks(file: Path) -> str:
    """Return what changes with a file; while it has changes beside it, nothing equals it."""
    found = file.stat()
    wal = file.with_name(f"{file.name}-wal")
    return f"{found.st_size} {found.st_mtime_ns} {'open' if wal.exists() else 'closed'}"


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
