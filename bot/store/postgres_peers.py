"""Processes on one PostgreSQL database: who is who, who does what, and who wakes whom.

Each has one connection for that, on which it listens. Its advisory locks end when the process dies
(postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from zlib import crc32

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
import structlog
from sqlalchemy import URL
from typing_extensions import override

from bot.domain.ids import TaskId
from bot.domain.text import number
from bot.errors import StartError, StoreUnavailable
from bot.roles import Assignment
from bot.store.peers import Peers
from bot.store.postgres import BEING_COPIED, IN_USE, NAMES, PostgresDatabase

log = structlog.get_logger()

#: Another space among PostgreSQL's advisory locks: how many shards Discord was told of.
COUNTS = 7_433_022
CHANNEL = "imagine_due"
#: Seconds between two looks at the connection and at the database's clock.
HEARTBEAT = 10.0
#: Seconds for one question.
TIMEOUT = 10.0
#: The server notices within 11 s that our machine is gone. Its default is two hours.
KEEPALIVE = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "11000",
}
#: Seconds after which a place that is still taken isn't that of a process which has died.
PATIENCE = 15.0

_TRY = "SELECT pg_try_advisory_lock($1, $2)"
_UNLOCK = "SELECT pg_advisory_unlock($1, $2)"
_NOTIFY = "SELECT pg_notify($1, $2)"
_COUNT = "SELECT pg_advisory_lock_shared($1, $2)"
_SHARE = "SELECT pg_try_advisory_lock_shared($1, $2)"
_OTHER_COUNTS = """
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = $1 AND objid <> $2
"""
_connect: Callable[..., Awaitable[Any]] = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class PostgresPeers(Peers):
    """The others, as far as their locks and calls tell."""

    is_alone = False

    def __init__(self, address: URL, db: PostgresDatabase) -> None:
        self._address = address
        self._db = db
        self._connection: Any = None
        self._instance: str
        self._assignment: Assignment
        self._woken: Callable[[], None]
        self._hurried: Callable[[TaskId], object]
        self._asking = asyncio.Lock()
        #: What this process does until it loses the connection, and what it does just now.
        self._duties = set[str]()
        self._works = set[str]()
        #: Set while others are to be woken, and the tasks that are to be hurried.
        self._calling, self._urgent = asyncio.Event(), set[TaskId]()

    @override
    async def join(
        self,
        instance: str,
        assignment: Assignment,
        *,
        woken: Callable[[], None],
        hurried: Callable[[TaskId], object],
    ) -> None:
        self._instance, self._assignment = instance, assignment
        self._woken, self._hurried = woken, hurried
        try:
            await self._enter()
        except _FAILURES as error:
            raise StartError(f"DATABASE_URL: PostgreSQL can't be reached ({error}).", 69) from error

    @override
    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        look_at = loop.time() + HEARTBEAT
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(look_at):
                    await self._calling.wait()
            # A busy process calls so often that it never waits that long.
            if loop.time() >= look_at:
                with suppress(StoreUnavailable):
                    await self._db.look_at_clock()
                look_at = loop.time() + HEARTBEAT
            try:
                await self._call()
            except _FAILURES as error:
                log.warning("the connection to other processes is lost", error=repr(error))
                await self._come_back()

    @override
    async def leads(self, duty: str) -> bool:
        with suppress(*_FAILURES):
            if duty in self._duties:
                return not self._connection.is_closed()
            if await self._take(duty):
                self._duties.add(duty)
                log.info("this process does what one at a time does", duty=duty)
                return True
        return False

    @override
    @asynccontextmanager
    async def alone(self, work: str) -> AsyncGenerator[bool]:
        # A session gets a lock that it has a second time.
        if work in self._works:
            yield False
            return
        self._works.add(work)
        # Twice is better than never: without the connection nobody knows.
        taken: bool | None = None
        try:
            with suppress(*_FAILURES):
                taken = await self._take(work)
            yield taken is not False
        finally:
            # An answer that was lost or not awaited may have been yes.
            if taken is not False:
                with suppress(*_FAILURES):
                    await self._ask(_UNLOCK, NAMES, _key(work))
            self._works.discard(work)

    @override
    def wake(self) -> None:
        self._calling.set()

    @override
    def hurry(self, task_id: TaskId) -> None:
        self._urgent.add(task_id)
        self._calling.set()

    @override
    async def close(self) -> None:
        if self._connection is None:
            return
        with suppress(*_FAILURES):
            if self._calling.is_set():
                await self._call()
            await self._connection.close(timeout=TIMEOUT)

    async def _enter(self) -> None:
        """Connect and take the place, as soon as whoever has it has gone."""
        await self._connect()
        until = asyncio.get_running_loop().time() + PATIENCE
        while (taken := await self._taken()) is not None:
            if asyncio.get_running_loop().time() > until:
                await self._connection.close(timeout=TIMEOUT)
                raise taken
            await asyncio.sleep(0.2)

    async def _connect(self) -> None:
        _, wanted = self._db.engine.dialect.create_connect_args(self._address)
        wanted = {key: value for key, value in wanted.items() if "cache" not in key}
        wanted |= {"timeout": TIMEOUT, "command_timeout": TIMEOUT, "server_settings": KEEPALIVE}
        connection = await _connect(**wanted)
        await connection.add_listener(CHANNEL, self._heard)
        connection.add_termination_listener(self._lost)
        self._duties.clear()
        self._connection = connection

    async def _come_back(self) -> None:
        while True:
            # What still has the place may be the server's side of a connection that we gave up.
            self._connection.terminate()
            try:
                await self._enter()
            except _FAILURES:
                await asyncio.sleep(1.0)
            else:
                log.info("the connection to other processes is back")
                # Nobody could call meanwhile.
                self._woken()
                return

    async def _taken(self) -> StartError | None:
        """Take the place; return what to say if another process has it."""
        instance, shards = self._instance, self._assignment.shards
        if not await self._ask(_SHARE, NAMES, IN_USE):
            return BEING_COPIED
        if not await self._take(f"instance {instance}"):
            return StartError(
                f"INSTANCE: another process on this database is {instance}; stop it, or give each "
                "process a name of its own."
            )
        if not self._assignment.answers:
            return None
        count = shards.count if shards else 0
        await self._ask(_COUNT, COUNTS, count)
        if await self._ask(_OTHER_COUNTS, COUNTS, count):
            return StartError(
                "--shards: another process is connected to Discord with another number of shards; "
                "all must name the same number."
            )
        for shard in shards.ids if shards else ["all"]:
            if not await self._take(f"shard {shard}"):
                which = f"shard {shard}" if shards else "all shards"
                return StartError(
                    f"--shards: another process has {which} already; each shard takes one process."
                )
        return None

    async def _take(self, name: str) -> bool:
        return await self._ask(_TRY, NAMES, _key(name))

    async def _call(self) -> None:
        self._calling.clear()
        while self._urgent:
            await self._ask(_NOTIFY, CHANNEL, str(self._urgent.pop()))
        await self._ask(_NOTIFY, CHANNEL, "")

    async def _ask(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - one value
        # One question at a time: asyncpg (0.31) refuses a second one.
        async with self._asking:
            if self._connection is None:
                raise ConnectionError("it has not joined the others")
            return await self._connection.fetchval(statement, *values)

    def _lost(self, *_: object) -> None:
        self._calling.set()

    def _heard(self, *heard: object) -> None:
        row = number(str(heard[-1]))
        if row is None:
            self._woken()
        else:
            self._hurried(TaskId(row))


def _key(name: str) -> int:
    """Return a number of 32 bits for a lock; that of another name is the same once in 4e9."""
    return crc32(name.encode()) - 2**31
