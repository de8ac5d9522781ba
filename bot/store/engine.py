"""Database connections: one writer and several readers of a SQLite file.

SQLite lets one connection write at a time. A transaction that starts by reading and writes later
fails with "database is locked" if another one has written in between, whatever the timeout
(sqlite.org/isolation.html): measured, 162 of 640 concurrent ones. So each writing transaction takes
the lock when it begins, on the only connection that may write.
"""

from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, Executable, RowMapping, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.domain.text import LARGEST_ID
from bot.errors import StoreUnavailable
from bot.refusals import NotFound

#: Milliseconds that a statement waits for another process's lock.
BUSY = 5_000
#: Connections for reading.
READERS = 4
#: Seconds that a caller waits for a free connection.
TURN = 30

# FULL: with NORMAL, a power loss may undo the last commits (sqlite.org/pragma.html), and
# "I have submitted this" must never be undone.
_WRITING = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
_READING = ("query_only = ON",)


@dataclass(frozen=True, slots=True)
class Database:
    """Executes statements."""

    reader: AsyncEngine
    writer: AsyncEngine

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """Begin a read-only transaction on a snapshot of the database.

        Raises:
            StoreUnavailable: the database can't be read now.
        """
        with _passing_failures():
            async with self.reader.connect() as connection:
                await connection.exec_driver_sql("BEGIN")
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """Begin a writing transaction: committed when the block ends, rolled back if it raises.

        Raises:
            StoreUnavailable: the database can't be written now; nothing was.
        """
        with _passing_failures():
            async with self.writer.begin() as connection:
                yield connection

    async def rows(self, statement: Executable, **values: object) -> Sequence[RowMapping]:
        """Execute a single SELECT, which needs no transaction to see a snapshot.

        Raises:
            StoreUnavailable: as ``read``.
        """
        with _passing_failures():
            async with self.reader.connect() as connection:
                return (await connection.execute(statement, values)).mappings().all()

    async def close(self) -> None:
        """Close every connection."""
        await self.reader.dispose()
        await self.writer.dispose()


@contextmanager
def _passing_failures() -> Generator[None]:
    """Turn passing failures (locked, full, out of connections) into ``StoreUnavailable``."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(str(error.orig)) from error
    except NoConnection as error:
        raise StoreUnavailable("no connection became free") from error


def connect(url: URL) -> Database:
    """Create the connection pools of a SQLite file; nothing is opened yet."""
    writer = _engine(url, connections=1, pragmas=_WRITING)
    event.listen(writer.sync_engine, "begin", _take_the_lock)
    return Database(_engine(url, connections=READERS, pragmas=_READING), writer)


def _engine(url: URL, *, connections: int, pragmas: tuple[str, ...]) -> AsyncEngine:
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=TURN,
        # None: the driver begins no transactions of its own.
        connect_args={"isolation_level": None},
    )
    event.listen(engine.sync_engine, "connect", _settle((f"busy_timeout = {BUSY}", *pragmas)))
    event.listen(engine.sync_engine, "before_cursor_execute", _storable, retval=True)
    return engine


def _storable(
    _connection: Connection,
    _cursor: object,
    statement: str,
    values: Any,  # noqa: ANN401 - as the driver takes them: one row of values, or several
    _context: object,
    several: bool,  # noqa: FBT001 - as above
) -> tuple[str, Any]:
    """Replace or reject values that the driver can't store, whatever part of the bot sends them.

    Raises:
        NotFound: an integer is larger than any id.
    """
    rows = [tuple(map(_fitting, row)) for row in (values if several else [values])]
    return statement, rows if several else rows[0]


def _fitting(value: object) -> object:
    if isinstance(value, int) and not -LARGEST_ID <= value <= LARGEST_ID:
        raise NotFound
    if isinstance(value, str) and not value.isascii():
        return value.encode(errors="replace").decode()
    return value


def _settle(pragmas: tuple[str, ...]) -> Callable[[DBAPIConnection, object], None]:
    def settle(driver: DBAPIConnection, _record: object) -> None:
        try:
            cursor = driver.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
        except BaseException:
            # The pool doesn't know the connection yet, and nobody else would end its thread.
            driver.close()
            raise

    return settle


def _take_the_lock(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
