"""Backing the database up and restoring it: ``python -m bot backup`` and ``python -m bot restore``.

Both use SQLite's own functions. A file copied while the bot runs is inconsistent, and one restored
next to the ``-wal`` of another database is silently reverted by it, or corrupted.
"""

import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import StartError
from bot.store.addresses import file_of
from bot.store.deleted_since import delete_again
from bot.store.facts import MOVED_TO, RESTORED
from bot.store.migrate import is_known
from bot.store.opening import LATER, damaged, explained

#: Seconds to wait for another program's lock.
PATIENCE = 2.0
#: Suffixes of SQLite's other files (sqlite.org/tempfiles.html).
_BESIDE = ("-wal", "-shm", "-journal")
#: Suffix of the new database while it is made.
_COPY = ".restoring"
#: How opening a damaged database fails; the last is for an unknown schema format.
_UNREADABLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup contains."""

    tasks: int
    #: Tasks that weren't submitted yet; a bot that is started on the backup draws them.
    waiting: int


def back_up(url: str, to: Path) -> Contents:
    """Write a copy of the database to a new file; the bot may be running.

    Raises:
        StartError: what prevents it.
    """
    source = file_of(url)
    if not source.is_file():
        raise StartError(f"DATABASE_URL: there is no database at {source}.")
    if to.exists():
        raise StartError(f"{to} exists already; name a new file.")
    part = to.with_name(f"{to.name}.part")
    try:
        part.unlink(missing_ok=True)
        with closing(_connect(source, "ro")) as present:
            # A snapshot, however long it takes and whatever is written meanwhile.
            present.execute("VACUUM INTO ?", (str(part),))
        with _checked(part) as copy:
            found = _contents(copy)
        _sync(part)
        part.rename(to)
    except sqlite3.Error as error:
        part.unlink(missing_ok=True)
        raise StartError(
            f"The backup failed: {error}. Can this user write to {to.parent.resolve()}?"
        ) from error
    except OSError as error:
        raise StartError(f"{to} can't be written ({error.strerror}).") from error
    _sync(to.parent)
    return found


def restore(url: str, backup: Path) -> tuple[Contents, Path | None]:
    """Replace the database with a backup; return what it contains, and where the old one is kept.

    This is a single SQLite transaction under an exclusive lock: if it is killed, the database is
    the old or the new one, and no bot can be running or start meanwhile. A database that SQLite
    can't lock is renamed, and the new one renamed into its place.

    Beside the database it needs space for a copy of the old one, one of the new one, and a journal.

    Raises:
        StartError: the bot is running, the file isn't a backup of it, or there is no room; nothing
            was changed.
    """
    database = file_of(url)
    if backup.exists() and database.exists() and backup.samefile(database):
        raise StartError(f"{backup} is the database itself.")
    with _checked(backup) as there:
        try:
            database.parent.mkdir(parents=True, exist_ok=True)
            with _marked(there, _with(database, _COPY)) as copy:
                return _put(copy, database)
        except sqlite3.Error as error:
            raise explained(f"DATABASE_URL: {database}", error) from error
        except OSError as error:
            raise StartError(f"{error.filename} can't be written ({error.strerror}).") from error


def locked(database: Path) -> sqlite3.Connection:
    """Open the database exclusively: nobody else has it open, or can open it until it is closed.

    Every connection of a bot holds a lock, even an idle one: that is how WAL works
    (sqlite.org/wal.html, "use of WAL without shared memory"). A killed process holds none.

    Raises:
        StartError: another program has it open.
    """
    connection = sqlite3.connect(database, timeout=PATIENCE, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
        # Merges the -wal into the file first.
        connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise StartError(
                f"{database} is in use: stop the bot first, and whatever else has it open.", LATER
            ) from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _marked(backup: sqlite3.Connection, file: Path) -> Generator[sqlite3.Connection]:
    """Make a copy that records when it was restored, for as long as the block lasts.

    Its rows don't know what their tasks have posted since the backup.

    Raises:
        StartError: it is being made already.
    """
    # Not one of SQLite's own temporary files: their folder is often in memory (compose.yaml).
    copy = _lockable(file)
    if copy is None:
        # A power cut left a part of it.
        _remove(file)
        copy = locked(file)
    try:
        backup.backup(copy)
        # One transaction for many statements.
        copy.isolation_level = "DEFERRED"
        now = time.time_ns() // 1_000_000
        with copy:
            mark = "INSERT OR REPLACE INTO fact (key, value) VALUES (?, ?)"
            copy.execute(mark, (RESTORED, str(now)))
            copy.execute("DELETE FROM fact WHERE key = ?", (MOVED_TO,))
        yield copy
    finally:
        copy.close()
        _remove(file)


def _put(copy: sqlite3.Connection, database: Path) -> tuple[Contents, Path | None]:
    kept = _free(database)
    present = _lockable(database)
    if present is None:
        found = _contents(copy)
        # The copy of a backup in WAL mode is in WAL mode, too: the mark may be in its -wal.
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.close()
        # Its other files must not be mistaken for the new database's, and so go first.
        there = [end for end in (*_BESIDE, "") if _with(database, end).exists()]
        for end in there:
            _with(database, end).rename(_with(kept, end))
        _with(database, _COPY).rename(database)
        _sync(database.parent)
        return found, kept if there else None
    with closing(present):
        try:
            with closing(sqlite3.connect(kept)) as old:
                present.backup(old)
        except BaseException:
            _remove(kept)
            raise
        _sync(kept)
        delete_again(present, copy)
        found = _contents(copy)
        copy.backup(present)
        return found, kept


@contextmanager
def _checked(file: Path) -> Generator[sqlite3.Connection]:
    """Open a backup after checking that it is intact, and this bot's.

    Raises:
        StartError: it isn't.
    """
    if not file.is_file():
        raise StartError(f"There is no file {file}.")
    try:
        # A copied database may have a -wal. Without one, SQLite must not create files beside it.
        wal = file.with_name(f"{file.name}-wal").exists()
        with closing(_connect(file, "ro" if wal else "ro&immutable=1")) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != ("ok",):
                raise damaged(str(file))
            tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
            if not {("alembic_version",), ("task",)} <= set(tables):
                raise StartError(f"{file} isn't a database of this bot.")
            (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            if not is_known(version):
                raise StartError(f"{file} is from a later version of the bot; run that version.")
            yield connection
    except sqlite3.Error as error:
        raise explained(str(file), error) from error


def _contents(copy: sqlite3.Connection) -> Contents:
    (tasks,) = copy.execute("SELECT count(*) FROM task").fetchone()
    waits = "SELECT count(*) FROM task WHERE ended_at IS NULL AND remote_id IS NULL"
    (waiting,) = copy.execute(waits).fetchone()
    return Contents(tasks, waiting)


def _lockable(database: Path) -> sqlite3.Connection | None:
    """Return the database as ``locked`` does; ``None``: there is none that SQLite can read.

    Raises:
        StartError: another program has it open.
    """
    # If damaged under a running bot, it still counts as in use: the lock on its -wal comes first.
    try:
        return locked(database) if database.exists() else None
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in _UNREADABLE:
            return None
        raise


def _remove(file: Path) -> None:
    for end in ("", *_BESIDE):
        _with(file, end).unlink(missing_ok=True)


def _free(database: Path) -> Path:
    """Return a new path next to the database, to keep the old one at."""
    now = datetime.now(UTC)
    return _with(database, f".before-restore-{now:%Y%m%d-%H%M%S-%f}")


def _with(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{file.resolve().as_uri()}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None
    )


def _sync(path: Path) -> None:
    """Flush a file, or a folder's entries, to disk."""
    if path.is_dir() and os.name != "posix":
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
