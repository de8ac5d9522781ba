"""SQLite: one connection that writes and several that read a file, each on aiosqlite's thread.

SQLite lets one connection write at a time. A transaction that starts by reading and writes later
fails with "database is locked" if another one has written in between, whatever the timeout
(sqlite.org/isolation.html): measured, 162 of 640 concurrent ones. So each writing transaction takes
the lock when it begins, on the only connection that may write.

Transactions that wait for it together are committed together, which takes one flush to the disk.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count
from time import monotonic
from typing import Any, Generic, Self, TypeAlias, TypeVar, cast

import aiosqlite
import sqlalchemy
from sqlalchemy import URL, Engine, Executable, NullPool, create_engine
from sqlalchemy.exc import OperationalError
from typing_extensions import override

from bot.errors import StoreUnavailable
from bot.store.compiled import Compiled, Statements
from bot.store.engine import Body, Connection, Database, Row, as_json
from bot.store.upsert import ByDialect, for_dialect

T = TypeVar("T")

#: What a transaction returned or, if it failed, raised.
_Outcome: TypeAlias = tuple[Any, BaseException | None]

#: Milliseconds that a statement waits for another process's lock.
BUSY = 5_000
#: Connections for reading.
READERS = 4
#: The most transactions that are committed together, and the seconds after which no further one is
#: begun: others that wait for the lock, such as an ``/imagine``, wait no longer than that.
BATCH, LONGEST = 64, 0.03

# FULL waits for the disk: with NORMAL, a power loss may undo the last commits
# (sqlite.org/pragma.html), and "I have submitted this" must never be undone. What may be undone is
# committed with NORMAL: waiting takes 4 ms, and 0.2 ms of processor time.
_FULL, _NORMAL = "synchronous = FULL", "synchronous = NORMAL"
_WRITING = ("journal_mode = WAL", _FULL, "foreign_keys = ON")
_READING = ("query_only = ON",)


class SqliteConnection(Connection):
    """A transaction on the driver; ``core`` is SQLAlchemy's connection over it."""

    writes_alone = True

    def __init__(self, core: sqlalchemy.Connection, statements: Statements) -> None:
        self.core = core
        self.driver = cast("sqlite3.Connection", core.connection.driver_connection)
        self._statements = statements
        self._synchronous = _FULL

    def commit_lasting(self, *, lasting: bool) -> None:
        """Choose whether the next commit waits for the disk, between two transactions."""
        wanted = _FULL if lasting else _NORMAL
        if wanted != self._synchronous:
            self.driver.execute(f"PRAGMA {wanted}")
            self._synchronous = wanted

    @override
    def rows(
        self, statement: Executable | ByDialect, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row]:
        values = {} if values is None else values
        compiled = self._statements.compiled(for_dialect(statement, "sqlite"), values)
        return compiled.rows(compiled.execute(self.driver, values))

    @override
    def execute(
        self,
        statement: Executable | ByDialect,
        values: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    ) -> int:
        only = for_dialect(statement, "sqlite")
        rows = [values] if isinstance(values, Mapping) else values
        return sum(self._execute(only, row) for row in rows)

    def _execute(self, statement: Executable, values: Mapping[str, Any]) -> int:
        compiled: Compiled = self._statements.compiled(statement, values)
        return compiled.execute(self.driver, values).rowcount


class Session(aiosqlite.Connection):
    """A connection that executes functions on its thread."""

    def __init__(self, engine: Engine, statements: Statements) -> None:
        super().__init__(partial(self._connect_both, engine, statements), iter_chunk_size=64)
        # A process that ends without closing it doesn't wait for the thread.
        self._thread.daemon = True

    def _connect_both(self, engine: Engine, statements: Statements) -> sqlite3.Connection:
        # Never ended: transactions are begun and ended on the driver, below SQLAlchemy.
        core = engine.connect()
        core.begin()
        self._transaction = SqliteConnection(core, statements)
        return self._transaction.driver

    @classmethod
    async def opened(cls, engine: Engine, statements: Statements, pragmas: Sequence[str]) -> Self:
        """Open a connection."""
        session = cls(engine, statements)
        await session
        try:
            for pragma in (f"busy_timeout = {BUSY}", *pragmas):
                await session.execute(f"PRAGMA {pragma}")
        except BaseException:
            await session.close()
            raise
        return session

    def run(self, work: Callable[[SqliteConnection], T]) -> "asyncio.Future[T]":
        """Begin to execute a function on the thread."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        # Protected, but aiosqlite has no public call for this: each of its calls is one statement.
        self._tx.put_nowait((done, partial(work, self._transaction)))  # pyright: ignore[reportUnknownMemberType]
        return done

    @override
    async def close(self) -> None:
        await self.run(lambda connection: connection.core.close())
        await super().close()


@dataclass(slots=True, order=True)
class _Waiting(Generic[T]):
    """A writing transaction that waits to be executed."""

    #: Urgent ones first, then first come, first served.
    turn: tuple[bool, int]
    body: Body[T] = field(compare=False)
    lasting: bool = field(compare=False)
    outcome: "asyncio.Future[T]" = field(compare=False)
    #: The commit that executes it, once that has begun.
    commit: "asyncio.Future[list[_Outcome]] | None" = field(default=None, compare=False)


class SqliteDatabase(Database):
    """A SQLite file; connections are opened as they are needed."""

    def __init__(self, url: URL) -> None:
        self.engine = create_engine(
            url.set(drivername="sqlite"),
            poolclass=NullPool,
            # None: the driver begins no transactions of its own.
            connect_args={"isolation_level": None},
            json_serializer=as_json,
            hide_parameters=True,  # as in bot/store/postgres.py
        )
        #: Statements that were executed, compiled once for all connections.
        self.statements = Statements(self.engine.dialect)
        self._is_closed = False
        self._writer: Session | None = None
        self._opening = asyncio.Lock()
        self._line = list[_Waiting[Any]]()
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._numbers = count()
        # The one that became free last is used first, so that most are never opened.
        self._readers = asyncio.LifoQueue[Session | None]()
        for _ in range(READERS):
            self._readers.put_nowait(None)

    @override
    async def read(self, body: Body[T]) -> T:
        return await self._read(partial(_snapshot, body))

    @override
    async def rows(self, statement: Executable | ByDialect, **values: object) -> Sequence[Row]:
        return await self._read(lambda connection: connection.rows(statement, values))

    @override
    async def write(self, body: Body[T], *, urgent: bool = False, lasting: bool = True) -> T:
        with _passing_failures():
            writer = self._writer or await self._open_writer()
            loop = asyncio.get_running_loop()
            outcome: asyncio.Future[T] = loop.create_future()
            waiting = _Waiting((not urgent, next(self._numbers)), body, lasting, outcome)
            heappush(self._line, waiting)
            if self._is_idle.is_set():
                self._is_idle.clear()
                # Not at once: others may write at the same moment.
                loop.call_soon(self._commit_next, writer)
            try:
                return await outcome
            except asyncio.CancelledError:
                if waiting.commit is not None:
                    await asyncio.wait([waiting.commit])
                raise

    @override
    async def close(self) -> None:
        self._is_closed = True
        readers = [await self._readers.get() for _ in range(READERS)]
        # Last: while we waited for a slow read, more may have been written.
        await self._is_idle.wait()
        sessions = [self._writer, *readers]
        self._writer = None
        for session in sessions:
            if session is not None:
                await session.close()
        for _ in range(READERS):
            self._readers.put_nowait(None)

    async def _session(self, pragmas: Sequence[str]) -> Session:
        if self._is_closed:
            raise StoreUnavailable("the database is closed")
        return await Session.opened(self.engine, self.statements, pragmas)

    async def _read(self, work: Callable[[SqliteConnection], T]) -> T:
        session = await self._readers.get()
        try:
            with _passing_failures():
                session = session or await self._session(_READING)
                return await session.run(work)
        finally:
            self._readers.put_nowait(session)

    async def _open_writer(self) -> Session:
        async with self._opening:
            self._writer = self._writer or await self._session(_WRITING)
            return self._writer

    def _commit_next(self, writer: Session) -> None:
        """Begin to execute the transactions that wait, if there are any."""
        batch = list[_Waiting[Any]]()
        while self._line and len(batch) < BATCH:
            waiting = heappop(self._line)
            if not waiting.outcome.cancelled():
                batch.append(waiting)
        if not batch:
            self._is_idle.set()
            return
        lasting = any(each.lasting for each in batch)
        commit = writer.run(partial(_commit, [each.body for each in batch], lasting))
        for each in batch:
            each.commit = commit
        commit.add_done_callback(partial(self._committed, writer, batch))

    def _committed(
        self,
        writer: Session,
        batch: Sequence[_Waiting[Any]],
        commit: "asyncio.Future[list[_Outcome]]",
    ) -> None:
        """Hand out what came of each, and go on with those that wait."""
        failed = commit.exception()
        done = commit.result() if failed is None else [(None, failed)] * len(batch)
        for waiting, (result, error) in zip(batch, done, strict=False):
            if waiting.outcome.cancelled():
                continue
            if error is None:
                waiting.outcome.set_result(result)
            else:
                waiting.outcome.set_exception(error)
        for waiting in batch[len(done) :]:
            heappush(self._line, waiting)
        self._commit_next(writer)


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


def _snapshot(body: Body[T], connection: SqliteConnection) -> T:
    with transaction(connection.driver, "BEGIN"):
        return body(connection)


def _commit(
    bodies: Sequence[Body[Any]],
    lasting: bool,  # noqa: FBT001 - bound by position, before the connection
    connection: SqliteConnection,
) -> list[_Outcome]:
    """Execute some of the transactions as one; return what came of each.

    One that raises is rolled back alone.
    """
    driver = connection.driver
    connection.commit_lasting(lasting=lasting)
    with transaction(driver, "BEGIN IMMEDIATE"):
        if len(bodies) == 1:
            return [(bodies[0](connection), None)]
        ends = monotonic() + LONGEST
        done = list[_Outcome]()
        for body in bodies:
            driver.execute("SAVEPOINT body")
            try:
                done.append((body(connection), None))
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
    """Turn transient failures (locked, full) into ``StoreUnavailable``."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(str(error.orig)) from error
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(str(error)) from error
