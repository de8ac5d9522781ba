"""A gateway's place among processes on one PostgreSQL database, and how a successor gets it.

A place is a set of advisory locks, one for each shard. A successor (``--take-over``) marks its
shards with further locks. A process that sees all of its own shards marked releases them, and goes
on answering until the successor is connected, which is a lock, too. Meanwhile Discord may send each
event to both (https://docs.discord.com/developers/events/gateway#sharding), so each claims an event
before handling it, again by a lock. Locks end with their process, so each sees whether the other is
there; NOTIFY only speeds things up.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Any
from zlib import crc32

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
import structlog
from typing_extensions import override

from bot.errors import StartError
from bot.roles import Assignment
from bot.store.peers import Place
from bot.store.postgres import NAMES

log = structlog.get_logger()

#: Another key space among PostgreSQL's advisory locks: with how many shards a process connects.
COUNTS = 7_433_022
#: Notifies that something about places has changed.
PLACES = "imagine_places"
#: Seconds within which Discord accepts the answer to an interaction: for that long, we still handle
#: what it sent just before the successor was connected.
ANSWERABLE = 3.0
#: Seconds between two looks at a place that was handed over; and the most that a claim may take.
LOOK, CLAIM = 1.0, 1.0
#: Seconds for which a successor that isn't connected yet leaves events to the process that is, and
#: that knows all servers.
HEAD_START = 0.5
#: Seconds for which claims are kept: no two processes get the same event further apart. PostgreSQL
#: has room for some thousand locks (max_locks_per_transaction).
KEPT = 60.0
#: Seconds for which a process that is to end waits for its successor to be connected.
GRACE = 15.0

FAILURES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # The server has said that it is closing the connection, but hasn't yet.
    asyncpg.InternalClientError,
)

_CLAIM = "SELECT pg_try_advisory_lock($1)"
_LET_GO = "SELECT count(pg_advisory_unlock(id)) FROM unnest(CAST($1 AS BIGINT[])) AS id"
#: Locks with two keys (``objsubid`` 2) that other processes on this database hold.
_OTHERS = """
    FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND pid <> pg_backend_pid() AND classid = $1
"""
_OTHER_COUNTS = f"SELECT count(*) {_OTHERS} AND objid <> $2"
_THEIRS = f"SELECT count(DISTINCT objid) {_OTHERS} AND objid = ANY(CAST($2 AS OID[]))"


@dataclass(frozen=True, slots=True)
class Lock:
    """One of PostgreSQL's advisory locks."""

    name: str
    shared: bool = False
    space: int = NAMES

    def call(self, function: str) -> str:
        """Return the statement that calls a function for it."""
        return f"SELECT {function}{'_shared' * self.shared}($1, $2)"

    @property
    def key(self) -> int:
        """Its key in its space."""
        return number_of(self.name) if self.space == NAMES else int(self.name)


class PostgresPlace(Place):
    """A place, as far as everybody's locks show."""

    def __init__(
        self, ask: Callable[..., Awaitable[Any]], assignment: Assignment, stir: Callable[[], None]
    ) -> None:
        """``ask`` asks the server, ``stir`` has ``look`` called soon."""
        self._ask, self._stir = ask, stir
        shards = assignment.shards
        self._count = Lock(str(shards.count if shards else 0), shared=True, space=COUNTS)
        which = [str(each) for each in shards.ids] if shards else ["all"]
        if not assignment.answers:
            which = []
        self._shards = {
            Lock(f"shard {each}"): f"shard {each}" if shards else "all shards" for each in which
        }
        #: Locks that say that a successor wants them, or that it is connected to them.
        self._wanted = [
            Lock(f"shard {each}/{self._count.name} is wanted", shared=True) for each in which
        ]
        self._joined = [Lock(f"shard {each}/{self._count.name} is connected") for each in which]
        #: Locks that this process holds: taken twice, one would have to be released twice.
        self._held = set[Lock]()
        self._had_it = self._is_given = self._is_connected = False
        #: Whether this process wants a place that another one has, or had.
        self._is_successor = assignment.takes_over
        self._shared_until = inf if assignment.takes_over else -inf
        #: Since when the successor was seen to be connected.
        self._seen: float | None = None
        self._passed_on, self._finished = asyncio.Event(), asyncio.Event()
        self._claims = deque[tuple[float, int]]()
        #: When to look next, by the loop's clock.
        self.look_at = inf

    # --- what happens at Discord

    @property
    @override
    def is_shared(self) -> bool:
        return self._is_given or _now() < self._shared_until

    @override
    async def claim(self, event: int) -> bool:
        if self._is_successor and not self._is_connected:
            await asyncio.sleep(HEAD_START)
        until = _now() + CLAIM
        while _now() < until and not self._passed_on.is_set():
            with suppress(*FAILURES):
                async with asyncio.timeout_at(until):
                    is_ours = await self._ask(_CLAIM, event)
                if is_ours:
                    self._claims.append((_now(), event))
                return is_ours
            await asyncio.sleep(0.1)
        # If the other process reaches the database, it has answered by now, and Discord accepts no
        # second answer. If it doesn't either, the user at least gets an answer.
        if self._passed_on.is_set():
            return False
        log.warning("handled without a claim: the database doesn't answer", event_id=event)
        return True

    @override
    def connected(self) -> None:
        if self._shared_until == inf:
            self._shared_until = _now() + KEPT
        self._is_connected = True
        self._stir()

    @override
    async def passed_on(self) -> None:
        await self._passed_on.wait()

    @override
    async def leave(self) -> None:
        if self._is_given:
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await self._finished.wait()

    # --- what happens on the database

    def forget(self) -> None:
        """Note that the connection is a new one, which holds no locks."""
        self._held.clear()
        self._claims.clear()

    async def enter(self) -> StartError | None:
        """Take the place, unless it was handed over; return an error if another process has it."""
        if self._is_given:
            return None
        if self._is_successor:
            await self._take_all(self._wanted)
        taken = await self._take_shards()
        if taken is None:
            self._had_it = True
        elif self._had_it and await self._others_have(self._wanted):
            # The successor was waiting when we lost the connection, and the place with it.
            await self._give()
            return None
        elif self._is_successor:
            await self._call()
        return taken

    async def look(self) -> None:
        """Do what the others' locks ask for: hand over, take back, or finish."""
        await self._let_go()
        if self._shards and not self._passed_on.is_set():
            await self._look()
        waits = self._is_given and not self._passed_on.is_set()
        self.look_at = _now() + LOOK if waits else inf

    async def _look(self) -> None:
        if not self._is_given:
            if await self._others_have(self._wanted):
                await self._give()
            else:
                await self._tell()
        elif await self._others_have(self._joined):
            self._seen = self._seen or _now()
            if _now() - self._seen >= ANSWERABLE:
                self._finish()
        else:
            self._seen = None
            if not await self._others_have(self._wanted):
                await self._take_back()

    async def _give(self) -> None:
        self._is_given, self._is_successor = True, False
        try:
            await self._release(self._wanted, self._joined, self._shards, [self._count])
        finally:
            log.info("another process takes over; this one answers until that one is connected")

    async def _take_back(self) -> None:
        if await self._take_shards() is not None:
            await self._release(self._shards, [self._count])
            return
        log.warning("the process that was to take over has gone; this one goes on")
        self._is_given, self._is_successor = False, True
        self._shared_until = _now() + KEPT
        await self._tell()

    async def _tell(self) -> None:
        """Tell the process that waits for it that this one is connected."""
        news = self._is_successor and self._is_connected and not self._held.issuperset(self._joined)
        if news and await self._take_all(self._joined):
            await self._call()

    def _finish(self) -> None:
        log.info("another process has taken over; this one doesn't answer any more, and may end")
        self._passed_on.set()
        # Leaves time for answers that it has begun.
        asyncio.get_running_loop().call_later(ANSWERABLE, self._finished.set)

    async def _take_shards(self) -> StartError | None:
        if not self._shards:
            return None
        await self._take(self._count)
        if await self._ask(_OTHER_COUNTS, COUNTS, self._count.key):
            return StartError(
                "--shards: another process is connected to Discord with another number of shards; "
                "all must name the same number."
            )
        for lock, name in self._shards.items():
            if not await self._take(lock):
                return StartError(
                    f"--shards: another process has {name} already; each shard takes one process."
                )
        return None

    async def _take_all(self, locks: Collection[Lock]) -> bool:
        return all([await self._take(each) for each in locks])

    async def _take(self, lock: Lock) -> bool:
        if lock not in self._held:
            take = lock.call("pg_try_advisory_lock")
            if await self._ask(take, lock.space, lock.key):
                self._held.add(lock)
        return lock in self._held

    async def _release(self, *groups: Collection[Lock]) -> None:
        for lock in [each for group in groups for each in group if each in self._held]:
            await self._ask(lock.call("pg_advisory_unlock"), lock.space, lock.key)
            self._held.discard(lock)

    async def _others_have(self, locks: Collection[Lock]) -> bool:
        # In pg_locks the keys are unsigned.
        keys = {lock.key % 2**32 for lock in locks}
        return await self._ask(_THEIRS, NAMES, list(keys)) == len(keys)

    async def _call(self) -> None:
        await self._ask("SELECT pg_notify($1, '')", PLACES)

    async def _let_go(self) -> None:
        """Release claims that nobody else can ask for any more."""
        old = list[int]()
        while self._claims and self._claims[0][0] < _now() - KEPT:
            old.append(self._claims.popleft()[1])
        if old:
            await self._ask(_LET_GO, old)


def number_of(name: str) -> int:
    """Return a 32-bit key for a lock; two names have the same one once in 4e9."""
    return crc32(name.encode()) - 2**31


def _now() -> float:
    return asyncio.get_running_loop().time()
