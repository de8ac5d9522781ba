"""The engines: one writer and several readers of a SQLite file.

SQLite lets one connection write at a time. A transaction that begins as a reader and writes later
fails with "database is locked" when another has written in between, whatever the timeout
(sqlite.org/isolation.html): measured, 162 of 640 concurrent ones. So every writing transaction
takes the lock when it begins, on the one connection for it, and readers may not write at all.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, Executable, RowMapping, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

#: Milliseconds that a writer waits for another process's lock.
BUSY = 5_000
#: Connections that read at a time.
READERS = 4
#: Seconds that a caller waits for its turn to write.
TURN = 30

# FULL: with NORMAL a power loss may take back the last commits (sqlite.org/pragma.html), and
# "I have submitted this" must never be taken back.
_WRITING = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
_READING = ("query_only = ON",)


@dataclass(frozen=True, slots=True)
class Database:
    """Where statements are executed."""

    reader: AsyncEngine
    writer: AsyncEngine

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Begin a transaction that sees one moment of the database and cannot write."""
        return self.reader.connect()

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Begin a writing transaction: committed when the block ends, undone when it raises."""
        return self.writer.begin()

    async def rows(self, statement: Executable, **values: object) -> Sequence[RowMapping]:
        """Execute one reading statement."""
        async with self.read() as connection:
            return (await connection.execute(statement, values)).mappings().all()

    async def close(self) -> None:
        """Close every connection."""
        await self.reader.dispose()
        await self.writer.dispose()


def connect(url: URL) -> Database:
    """Make the engines of a SQLite file; nothing is opened yet."""
    writer = _engine(url, connections=1, pragmas=_WRITING, begin="BEGIN IMMEDIATE")
    reader = _engine(url, connections=READERS, pragmas=_READING, begin="BEGIN")
    return Database(reader, writer)


class _Cursor(Protocol):
    def execute(self, operation: str, /) -> Any: ...  # noqa: ANN401 - each driver's own
    def close(self) -> None: ...


class _Driver(Protocol):
    """A DBAPI connection, as far as it is used here."""

    def cursor(self) -> _Cursor: ...
    def close(self) -> None: ...


def _engine(url: URL, *, connections: int, pragmas: tuple[str, ...], begin: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=TURN,
        # None: the driver begins nothing by itself; the event below does.
        connect_args={"isolation_level": None},
    )
    event.listen(engine.sync_engine, "connect", _settle((f"busy_timeout = {BUSY}", *pragmas)))
    event.listen(engine.sync_engine, "begin", _beginner(begin))
    return engine


def _settle(pragmas: tuple[str, ...]) -> Callable[[_Driver, object], None]:
    def settle(driver: _Driver, _record: object) -> None:
        try:
            cursor = driver.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
        except BaseException:
            # The pool does not know the connection yet, and its thread would live on.
            driver.close()
            raise

    return settle


def _beginner(statement: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin
