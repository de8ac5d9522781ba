"""PostgreSQL: several processes write at once, each transaction on a connection of a pool.

A transaction's function runs in a greenlet, so its statements are awaited on the event loop
(docs.sqlalchemy.org, "Running Synchronous Methods and Functions under asyncio").
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
import sqlalchemy
from sqlalchemy import URL, Executable, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import create_async_engine
from typing_extensions import override

from bot.clock import Clocks, FollowedClock
from bot.domain.text import LARGEST_ID
from bot.errors import StartError, StoreUnavailable
from bot.refusals import NotFound
from bot.store.engine import Body, Connection, Database, Row, as_json, as_text
from bot.store.facts import write_opened
from bot.store.migrate import Migrate
from bot.store.upsert import ByDialect, for_dialect

T = TypeVar("T")

#: Connections of one process, and the seconds for which further transactions wait for one.
CONNECTIONS, PATIENCE = 10, 30
#: Seconds for a connection, and for one statement: a host that is gone must not hold up everything.
CONNECT, STATEMENT = 10, 30
#: The same for one statement of a migration, which may rewrite a table of many millions of rows.
MIGRATION = 60 * 60
#: Seconds that a transaction may be idle between statements; normally it is milliseconds. A process
#: that is frozen or cut off there holds locks that all others need, and they wait no longer than
#: ``STATEMENT``.
IDLE = 15
#: The server notices within 11 s that our machine is gone. Its default is two hours.
KEEPALIVE = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "11000",
}
#: An answer that takes more milliseconds than this says too little about the time.
SLOW = 500
#: Seconds until we ask the server again what became of a transaction.
ASK_AGAIN = 0.1
#: How often we try a transaction that conflicts with another one.
TRIES = 5

#: Transient classes of SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html): connection,
#: read-only after a failover, rollback, resources, object state, operator, system.
_PASSING = ("08", "25006", "40", "53", "55", "57", "58")
#: Serialization failure and deadlock: the same transaction may succeed at once.
_IN_THE_WAY = ("40001", "40P01")

#: Our key space among PostgreSQL's advisory locks; every bot holds ``IN_USE``, shared.
NAMES, IN_USE = 7_433_021, 0
_SHARE = f"SELECT pg_try_advisory_xact_lock_shared({NAMES}, {IN_USE})"
#: Taken by ``python -m bot copy`` until its connection ends.
EXCLUDE = f"SELECT pg_try_advisory_lock({NAMES}, {IN_USE})"
BEING_COPIED = StartError(
    "DATABASE_URL: python -m bot copy is using the database; start again when it has ended.", 69
)

#: The transaction's number, if it has written anything; and what became of that one, even after a
#: crash (postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT).
NUMBER = text("SELECT CAST(pg_current_xact_id_if_assigned() AS TEXT)")
FATE = text("SELECT pg_xact_status(CAST(CAST(:number AS TEXT) AS XID8))")
NOW = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)")


class PostgresConnection(Connection):
    """A transaction."""

    def __init__(self, core: sqlalchemy.Connection) -> None:
        self.core = core

    @override
    def rows(
        self, statement: Executable | ByDialect, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row]:
        only = for_dialect(statement, "postgresql")
        return [dict(row) for row in self.core.execute(only, _stored(values or {})).mappings()]

    @override
    def execute(
        self,
        statement: Executable | ByDialect,
        values: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    ) -> int:
        only = for_dialect(statement, "postgresql")
        rows = [values] if isinstance(values, Mapping) else values
        return sum(self.core.execute(only, _stored(row)).rowcount for row in rows)


class PostgresDatabase(Database):
    """A PostgreSQL database; connections are opened as they are needed."""

    def __init__(self, url: URL, *, migrates: bool = False) -> None:
        #: Opens connections, and compiles each statement once for all of them.
        self.engine = create_async_engine(
            url,
            json_serializer=as_json,
            # Errors are logged, and prompts must not be.
            hide_parameters=True,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=PATIENCE,
            # After a failover, connections to the old server are replaced before they are used.
            pool_pre_ping=True,
            connect_args={
                "timeout": CONNECT,
                "command_timeout": MIGRATION if migrates else STATEMENT,
                "server_settings": {
                    # Whatever the server's default is: "off" may undo the last commits after a
                    # crash (postgresql.org/docs/current/wal-async-commit.html).
                    "synchronous_commit": "on",
                    "idle_in_transaction_session_timeout": f"{IDLE}s",
                    **KEEPALIVE,
                },
            },
        )
        self._clock = FollowedClock()
        self.clocks = Clocks(
            self._clock.wall,
            self._clock.steady,
            name="The database server's clock",
            machine=self._clock.machine,
        )
        self._snapshots = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @override
    async def read(self, body: Body[T]) -> T:
        with passing_failures():
            async with self._snapshots.connect() as connection:
                return await connection.run_sync(_executing(body))

    @override
    async def rows(self, statement: Executable | ByDialect, **values: object) -> Sequence[Row]:
        with passing_failures():
            async with self.engine.connect() as connection:
                return await connection.run_sync(
                    _executing(lambda transaction: transaction.rows(statement, values))
                )

    @override
    async def write(self, body: Body[T], *, urgent: bool = False, lasting: bool = True) -> T:
        with passing_failures():
            return await _to_its_end(self._written(body))

    async def _written(self, body: Body[T]) -> T:
        for tries_left in reversed(range(TRIES)):
            try:
                return await self._written_once(body)
            except DBAPIError as error:
                if _state_of(error) not in _IN_THE_WAY or not tries_left:
                    raise
        raise AssertionError

    async def _written_once(self, body: Body[T]) -> T:
        written: tuple[T, str | None] | None = None
        try:
            async with self.engine.connect() as connection:
                written = await connection.run_sync(_numbered(body))
                await connection.commit()
        except Exception:
            if written is None or not await self._has_committed(written[1]):
                raise
        assert written is not None
        return written[0]

    async def _has_committed(self, number: str | None) -> bool:
        """Tell whether a transaction took effect whose COMMIT got no answer, or was refused.

        If the server is away for longer than ``PATIENCE``, we assume that it didn't.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while number is not None and loop.time() < until:
            with suppress(DBAPIError, OSError, TimeoutError, asyncpg.PostgresError):
                async with self.engine.connect() as connection:
                    fate = await connection.scalar(FATE, {"number": number})
                # Its old connection may still be committing.
                if fate != "in progress":
                    return fate == "committed"
            await asyncio.sleep(ASK_AGAIN)
        return False

    async def look_at_clock(self, *, patience: int = SLOW) -> None:
        """Ask for the server's time; ignore an answer that takes longer than ``patience`` ms.

        Raises:
            StoreUnavailable: as ``read``.
        """
        with passing_failures():
            async with self.engine.connect() as connection:
                asked_at = self._clock.steady()
                time = await connection.scalar(NOW)
        if self._clock.steady() - asked_at < patience:
            assert time is not None
            self._clock.heard(time, asked_at=asked_at)

    @override
    async def close(self) -> None:
        await self.engine.dispose()


def prepare(update: Migrate, connection: Connection) -> None:
    """Migrate a database, and write to it, so that one that is read-only is noticed now.

    Raises:
        StartError: it is being copied.
    """
    if not connection.core.exec_driver_sql(_SHARE).scalar():
        raise BEING_COPIED
    update(connection.core)
    write_opened(connection)


def _executing(body: Body[T]) -> Callable[[sqlalchemy.Connection], T]:
    return lambda core: body(PostgresConnection(core))


def _numbered(body: Body[T]) -> Callable[[sqlalchemy.Connection], tuple[T, str | None]]:
    return lambda core: (body(PostgresConnection(core)), core.scalar(NUMBER))


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Replace what PostgreSQL can't store, whatever part of the bot sends it.

    Raises:
        NotFound: an integer is larger than any id.
    """
    return {name: _storable(value) for name, value in values.items()}


def _storable(value: object) -> object:
    if isinstance(value, int) and not -LARGEST_ID <= value <= LARGEST_ID:
        raise NotFound
    return as_text(value) if isinstance(value, str) else value


async def _to_its_end(work: Awaitable[T]) -> T:
    """Await work to its end even if cancelled: halfway, nobody could tell what was committed."""
    running = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        # Nobody else retrieves it, and asyncio would complain about that.
        _ = running.cancelled() or running.exception()
        raise


def _state_of(error: DBAPIError) -> str:
    """Return the SQLSTATE; empty: the server said nothing."""
    return getattr(error.orig, "sqlstate", None) or ""


@contextmanager
def passing_failures() -> Generator[None]:
    """Turn transient failures (no connection, full, shutting down) into ``StoreUnavailable``."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or _state_of(error).startswith(_PASSING):
            raise StoreUnavailable(str(error.orig)) from error
        raise
    except (OSError, TimeoutError, PoolTimeout, asyncpg.PostgresError) as error:
        raise StoreUnavailable(str(error) or type(error).__name__) from error
