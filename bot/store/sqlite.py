"""SQLite: one connection that writes and several that read a file, each on aiosqlite's thread.

SQLite lets one connection write at a time. A transaction that starts by reading and writes later
fails with "database is locked" if another one has written in between, whatever the timeout
(sqlite.org/isolation.html): measured, 162 of 640 concurrent ones. So each writing transaction takes
the lock when it begins, on the only connection that may write.

Transactions that wait for it together are committed together, which takes one flush to the disk.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from heapq import heapify, heappop, heappush
from itertools import count
from time import monotonic
from typing import Any, Generic, Self, TypeVar, cast

import aiosqlite
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Executable,
    NullPool,
    RowMapping,
    create_engine,
    event,
)
from sqlalchemy.exc import OperationalError
from typing_extensions import override

from bot.domain.text import LARGEST_ID
from bot.errors import StoreUnavailable
from bot.refusals import NotFound
from bot.store.engine import Body, Database

T = TypeVar("T")

#: Milliseconds that a statement waits for another process's lock.
BUSY = 5_000
#: Connections for reading.
READERS = 4
#: Transactions that are committed together, and the seconds after which no further one is begun:
#: whoever waits for the lock, such as an ``/imagine``, waits no longer than that.
BATCH, LONGEST = 64, 0.03

# FULL: with NORMAL, a power loss may undo the last commits (sqlite.org/pragma.html), and
# "I have submitted this" must never be undone.
_WRITING = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
_READING = ("query_only = ON",)


class Session(aiosqlite.Connection):
    """A connection that executes functions on its thread, and SQLAlchemy's connection over it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(partial(self._connect_both, engine), iter_chunk_size=64)
        # A process that ends without closing it doesn't wait for the thread.
        self._thread.daemon = True

    def _connect_both(self, engine: Engine) -> sqlite3.Connection:
        # Never ended: transactions are begun and ended on the driver, below SQLAlchemy.
        self._core = engine.connect()
        self._core.begin()
        return driver_of(self._core)

    @classmethod
    async def opened(cls, engine: Engine, pragmas: Sequence[str]) -> Self:
        """Open a connection."""
        session = cls(engine)
        await session
        try:
            for pragma in (f"busy_timeout = {BUSY}", *pragmas):
                await session.execute(f"PRAGMA {pragma}")
        except BaseException:
            await session.close()
            raise
        return session

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Execute a function on the thread."""
        # Protected, but aiosqlite has no public call for this: each of its own is one statement.
        return await self._execute(work, self._core)  # pyright: ignore[reportUnknownMemberType]

    @override
    async def close(self) -> None:
        await self.run(Connection.close)
        await super().close()


@dataclass(slots=True, order=True)
class _Waiting(Generic[T]):
    """A writing transaction that waits to be executed."""

    #: Urgent ones first, then first come, first served.
    turn: tuple[bool, int]
    body: Body[T] = field(compare=False)
    outcome: "asyncio.Future[T]" = field(compare=False)


class SqliteDatabase(Database):
    """A SQLite file; connections are opened as they are needed."""

    def __init__(self, url: URL) -> None:
        #: Opens connections, and compiles each statement once for all of them.
        self.engine = create_engine(
            url.set(drivername="sqlite"),
            poolclass=NullPool,
            # None: the driver begins no transactions of its own.
            connect_args={"isolation_level": None},
        )
        event.listen(self.engine, "before_cursor_execute", _storable, retval=True)
        self._is_closed = False
        self._writer: Session | None = None
        self._writing: asyncio.Task[None] | None = None
        self._line = list[_Waiting[Any]]()
        self._numbers = count()
        # The one that became free last is used first, so that most are never opened.
        self._readers = asyncio.LifoQueue[Session | None]()
        for _ in range(READERS):
            self._readers.put_nowait(None)

    @override
    async def read(self, body: Body[T]) -> T:
        return await self._read(partial(_snapshot, body))

    @override
    async def rows(self, statement: Executable, **values: object) -> Sequence[RowMapping]:
        return await self._read(lambda core: core.execute(statement, values).mappings().all())

    @override
    async def write(self, body: Body[T], *, urgent: bool = False) -> T:
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        waiting = _Waiting((not urgent, next(self._numbers)), body, outcome)
        heappush(self._line, waiting)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        with _passing_failures():
            try:
                return await asyncio.shield(outcome)
            except asyncio.CancelledError:
                if waiting in self._line:
                    self._line.remove(waiting)
                    heapify(self._line)
                else:
                    await asyncio.wait([outcome])
                    # Nobody else asks for it, and asyncio would report it as forgotten.
                    _ = outcome.cancelled() or outcome.exception()
                raise

    @override
    async def close(self) -> None:
        self._is_closed = True
        if self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])
        sessions = [self._writer, *[await self._readers.get() for _ in range(READERS)]]
        self._writer = None
        for session in sessions:
            if session is not None:
                await session.close()
        for _ in range(READERS):
            self._readers.put_nowait(None)

    async def _session(self, pragmas: Sequence[str]) -> Session:
        if self._is_closed:
            raise StoreUnavailable("the database is closed")
        return await Session.opened(self.engine, pragmas)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        session = await self._readers.get()
        try:
            with _passing_failures():
                session = session or await self._session(_READING)
                return await session.run(work)
        finally:
            self._readers.put_nowait(session)

    async def _write_all(self) -> None:
        while self._line:
            batch = [heappop(self._line) for _ in range(min(BATCH, len(self._line)))]
            try:
                self._writer = self._writer or await self._session(_WRITING)
                done = await self._writer.run(partial(_commit, [each.body for each in batch]))
            except Exception as error:  # noqa: BLE001 - whoever waits for it is told
                for waiting in batch:
                    waiting.outcome.set_exception(error)
            except BaseException:
                for waiting in batch:
                    waiting.outcome.cancel()
                raise
            else:
                for waiting, (result, error) in zip(batch, done, strict=False):
                    if error is None:
                        waiting.outcome.set_result(result)
                    else:
                        waiting.outcome.set_exception(error)
                for waiting in batch[len(done) :]:
                    heappush(self._line, waiting)


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Return the driver's connection under SQLAlchemy's."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


@contextmanager
def transaction(driver: sqlite3.Connection, begin: str) -> Generator[None]:
    """Commit when the block ends; roll back if it raises."""
    driver.execute(begin)
    try:
        yield
        driver.execute("COMMIT")
    except BaseException:
        # Some errors end it by themselves (sqlite.org/lang_transaction.html).
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        raise


def _snapshot(body: Body[T], core: Connection) -> T:
    with transaction(driver_of(core), "BEGIN"):
        return body(core)


def _commit(bodies: Sequence[Body[Any]], core: Connection) -> list[tuple[Any, Exception | None]]:
    """Execute some of the transactions as one; return what came of each.

    One that raises is undone by itself.
    """
    driver = driver_of(core)
    with transaction(driver, "BEGIN IMMEDIATE"):
        if len(bodies) == 1:
            return [(bodies[0](core), None)]
        ends = monotonic() + LONGEST
        done = list[tuple[Any, Exception | None]]()
        for body in bodies:
            driver.execute("SAVEPOINT body")
            try:
                done.append((body(core), None))
            except Exception as error:
                if not driver.in_transaction:
                    raise
                driver.execute("ROLLBACK TO body")
                done.append((None, error))
            driver.execute("RELEASE body")
            if monotonic() > ends:
                break
        return done


@contextmanager
def _passing_failures() -> Generator[None]:
    """Turn passing failures (locked, full) into ``StoreUnavailable``."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(str(error.orig)) from error
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(str(error)) from error


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
