"""Processes on one PostgreSQL database: who is who, who does what, and who wakes whom.

Each has one connection for that, on which it listens. Its advisory locks end when the process dies
(postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
import structlog
from sqlalchemy import URL
from typing_extensions import override

from bot.domain.ids import TaskId
from bot.domain.text import number
from bot.errors import StartError, StoreUnavailable
from bot.roles import Assignment
from bot.store.peers import Peers
from bot.store.postgres import BEING_COPIED, IN_USE, KEEPALIVE, NAMES, PostgresDatabase
from bot.store.postgres_place import FAILURES, PLACES, PostgresPlace, number_of

log = structlog.get_logger()

CHANNEL = "imagine_due"
#: Seconds between two checks of the connection and of the database's clock.
HEARTBEAT = 10.0
#: Seconds for one query.
TIMEOUT = 10.0
#: Seconds after which a place that is still taken belongs to a live process, not to a dead one.
PATIENCE = 15.0

_TRY = "SELECT pg_try_advisory_lock($1, $2)"
_UNLOCK = "SELECT pg_advisory_unlock($1, $2)"
_NOTIFY = "SELECT pg_notify($1, $2)"
_SHARE = "SELECT pg_try_advisory_lock_shared($1, $2)"
_connect: Callable[..., Awaitable[Any]] = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


class PostgresPeers(Peers):
    """The others, as far as their locks and notifications show."""

    is_alone = False

    def __init__(self, address: URL, db: PostgresDatabase) -> None:
        self._address = address
        self._db = db
        self._connection: Any = None
        self._instance: str
        self.place: PostgresPlace
        self._woken: Callable[[], None]
        self._hurried: Callable[[TaskId], object]
        self._asking = asyncio.Lock()
        #: Duties of this process until it loses the connection, and the work that it is doing now.
        self._duties = set[str]()
        self._works = set[str]()
        #: Whether to wake the others, which tasks to hurry, and whether to look at the place;
        #: ``_stirred`` is set if there is any of that to do.
        self._calls, self._urgent, self._looks = False, set[TaskId](), False
        self._stirred = asyncio.Event()

    @override
    async def join(
        self,
        instance: str,
        assignment: Assignment,
        *,
        woken: Callable[[], None],
        hurried: Callable[[TaskId], object],
    ) -> None:
        self._instance = instance
        self.place = PostgresPlace(self._ask, assignment, self._look)
        self._woken, self._hurried = woken, hurried
        try:
            await self._enter()
        except FAILURES as error:
            raise StartError(f"DATABASE_URL: PostgreSQL can't be reached ({error}).", 69) from error

    @override
    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        look_at = loop.time() + HEARTBEAT
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(look_at, self.place.look_at)):
                    await self._stirred.wait()
            self._stirred.clear()
            # A busy process is stirred so often that the wait never times out.
            if loop.time() >= look_at:
                with suppress(StoreUnavailable):
                    await self._db.look_at_clock()
                look_at = loop.time() + HEARTBEAT
                self._calls = self._looks = True
            try:
                if self._calls:
                    await self._call()
                if self._looks or loop.time() >= self.place.look_at:
                    self._looks = False
                    await self.place.look()
            except FAILURES as error:
                log.warning("the connection to other processes is lost", error=repr(error))
                await self._come_back()

    @override
    async def leads(self, duty: str) -> bool:
        with suppress(*FAILURES):
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
        # PostgreSQL grants a session a lock that it already has.
        if work in self._works:
            yield False
            return
        self._works.add(work)
        # Without the connection nobody knows, and twice is better than never.
        taken: bool | None = None
        try:
            with suppress(*FAILURES):
                taken = await self._take(work)
            yield taken is not False
        finally:
            # An answer that was lost or not awaited may have been yes.
            if taken is not False:
                with suppress(*FAILURES):
                    await self._ask(_UNLOCK, NAMES, number_of(work))
            self._works.discard(work)

    @override
    def wake(self) -> None:
        self._calls = True
        self._stirred.set()

    @override
    def hurry(self, task_id: TaskId) -> None:
        self._urgent.add(task_id)
        self.wake()

    @override
    async def close(self) -> None:
        if self._connection is None:
            return
        with suppress(*FAILURES):
            if self._calls:
                await self._call()
            await self._connection.close(timeout=TIMEOUT)

    async def _enter(self) -> None:
        """Connect, and take the place as soon as its holder is gone."""
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
        try:
            await connection.add_listener(CHANNEL, self._heard)
            await connection.add_listener(PLACES, self._look)
        except BaseException:
            # Nobody else knows of it yet.
            connection.terminate()
            raise
        connection.add_termination_listener(self._lost)
        self._duties.clear()
        self.place.forget()
        self._connection = connection

    async def _come_back(self) -> None:
        while True:
            # The place may still be held by the server's side of a connection that we gave up.
            self._connection.terminate()
            try:
                await self._enter()
            except FAILURES:
                await asyncio.sleep(1.0)
            else:
                log.info("the connection to other processes is back")
                # No notification could arrive meanwhile.
                self._woken()
                self._look()
                return

    async def _taken(self) -> StartError | None:
        """Take the place; return what to say if another process has it."""
        if not await self._ask(_SHARE, NAMES, IN_USE):
            return BEING_COPIED
        if not await self._take(f"instance {self._instance}"):
            return StartError(
                f"INSTANCE: another process on this database is {self._instance}; stop it, or give "
                "each process a name of its own."
            )
        return await self.place.enter()

    async def _take(self, name: str) -> bool:
        return await self._ask(_TRY, NAMES, number_of(name))

    async def _call(self) -> None:
        self._calls = False
        while self._urgent:
            await self._ask(_NOTIFY, CHANNEL, str(self._urgent.pop()))
        await self._ask(_NOTIFY, CHANNEL, "")

    async def _ask(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - one value
        # One query at a time: asyncpg (0.31) refuses a second one.
        async with self._asking:
            if self._connection is None:
                raise ConnectionError("it has not joined the others")
            return await self._connection.fetchval(statement, *values)

    def _lost(self, *_: object) -> None:
        self.wake()

    def _look(self, *_: object) -> None:
        self._looks = True
        self._stirred.set()

    def _heard(self, *heard: object) -> None:
        row = number(str(heard[-1]))
        if row is None:
            self._woken()
        else:
            self._hurried(TaskId(row))
