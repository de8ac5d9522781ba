"""Transactions on SQLite: in which order, how many at once, and what happens to each."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from functools import partial
from typing import cast

import pytest

from bot.errors import StoreUnavailable
from bot.store.engine import Connection
from bot.store.facts import FACTS, PUT
from bot.store.opening import is_intact
from bot.store.sqlite import SqliteDatabase
from bot.store.store import Store
from tests.integration.store_kit import driver_of, opened
from tests.kit.patience import PATIENCE


@pytest.fixture
async def store(tmp_path) -> AsyncGenerator[Store]:
    """A store on a file."""
    async with opened(tmp_path) as store:
        yield store


def _put(key: str, value: object, connection: Connection) -> int:
    return connection.execute(PUT, {"key": key, "value": value})


def _fail(connection: Connection) -> None:
    _put("failed", 1, connection)
    raise LookupError


@asynccontextmanager
async def _held(store: Store) -> AsyncGenerator[None]:
    """Keep the writer busy with a transaction of its own inside the block."""
    inside, go_on = threading.Event(), threading.Event()

    def write(connection: Connection) -> None:
        _put("first", 1, connection)
        inside.set()
        assert go_on.wait(PATIENCE)

    first = asyncio.create_task(store._db.write(write))
    assert await asyncio.to_thread(inside.wait, PATIENCE)
    try:
        yield
    finally:
        go_on.set()
        await first


async def _told(store: Store) -> list[str]:
    """Return a list that statements are added to from now on."""
    texts = list[str]()
    writer = cast("SqliteDatabase", store._db)._writer
    assert writer is not None
    await writer.set_trace_callback(texts.append)
    return texts


def _writes(store: Store, *bodies) -> list[asyncio.Task]:
    return [asyncio.create_task(store._db.write(body)) for body in bodies]


async def test_writes_that_wait_together_are_committed_together(store) -> None:
    """One flush to disk for all of them, instead of one each."""
    texts = await _told(store)
    async with _held(store):
        waiting = _writes(store, *[partial(_put, f"key {number}", number) for number in range(20)])
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert texts.count("COMMIT") == 2
    assert await store.facts.several("key 0", "key 19") == {"key 0": 0, "key 19": 19}


async def test_a_write_that_raises_is_undone_alone(store) -> None:
    """Its writes are undone; those before and after it stay."""
    async with _held(store):
        waiting = _writes(store, partial(_put, "before", 1), _fail, partial(_put, "behind", 1))
        await asyncio.sleep(0)
    _, failed, _ = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(failed, LookupError)
    found = await store.facts.several("before", "failed", "behind")
    assert found == {"before": 1, "behind": 1}


async def test_if_the_commit_fails_all_of_them_fail(store) -> None:
    """Nobody is told that a write succeeded that didn't."""

    def spoil(connection: Connection) -> None:
        # A foreign key that is checked at the commit, and leads nowhere.
        driver = driver_of(connection)
        driver.execute("PRAGMA defer_foreign_keys = ON")
        driver.execute("INSERT INTO task_event VALUES (NULL, 999, 1, '', '', '')")

    async with _held(store):
        waiting = _writes(store, partial(_put, "before", 1), spoil, partial(_put, "behind", 1))
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(each, sqlite3.IntegrityError) for each in outcomes)
    assert await store.facts.several("before", "behind") == {}
    await store.facts.put("later", 1)
    assert await store.facts.get("later") == 1


async def test_if_sqlite_undoes_everything_all_of_them_fail(store) -> None:
    """SQLite rolls back on its own after some errors, such as a full disk."""

    def undo(connection: Connection) -> None:
        driver_of(connection).execute("ROLLBACK")
        message = "database or disk is full"
        raise sqlite3.OperationalError(message)

    async with _held(store):
        waiting = _writes(store, partial(_put, "before", 1), undo, partial(_put, "behind", 1))
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(each, StoreUnavailable) for each in outcomes)
    assert await store.facts.several("before", "behind") == {}


async def test_nobody_is_answered_before_the_commit(tmp_path) -> None:
    """A write that was reported as done is in the file."""
    async with opened(tmp_path) as store:
        with closing(sqlite3.connect(tmp_path / "data" / "imagine.db")) as other:

            async def put(number: int) -> None:
                await store.facts.put(f"key {number}", number)
                text = "SELECT value FROM fact WHERE key = ?"
                assert other.execute(text, (f"key {number}",)).fetchone() == (number,)

            await asyncio.gather(*map(put, range(50)))


async def test_who_waits_for_an_answer_goes_first(store) -> None:
    """Otherwise first come, first served."""
    order = list[int]()
    async with _held(store):
        waiting = _writes(store, *[lambda _, n=number: order.append(n) for number in range(3)])
        await asyncio.sleep(0)
        for number in (3, 4):
            body = partial(lambda n, _: order.append(n), number)
            waiting.append(asyncio.create_task(store._db.write(body, urgent=True)))
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert order == [3, 4, 0, 1, 2]


async def test_the_lock_is_held_for_a_bounded_time(store, monkeypatch) -> None:
    """When the time is up, the others continue in the next transaction."""
    monkeypatch.setattr("bot.store.sqlite.LONGEST", 0)
    texts = await _told(store)
    async with _held(store):
        waiting = _writes(store, *[partial(_put, f"key {number}", number) for number in range(5)])
        await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == [1] * 5
    assert texts.count("COMMIT") == 6


async def test_readers_do_not_wait_for_the_writer(store) -> None:
    """They see what was committed before."""
    async with _held(store), asyncio.timeout(PATIENCE):
        assert await store.facts.get("first") is None
    assert await store.facts.get("first") == 1


async def test_a_transaction_is_one_call_between_threads(store, monkeypatch) -> None:
    """However many statements it has; each call takes as long as several statements."""
    loop, calls = asyncio.get_running_loop(), list[object]()
    call = loop.call_soon_threadsafe
    monkeypatch.setattr(
        loop, "call_soon_threadsafe", lambda *of, **more: calls.append(of) or call(*of, **more)
    )

    def several(connection: Connection) -> None:
        for _ in range(10):
            connection.execute(FACTS, {"keys": ["key"]})

    await store._db.write(several)
    assert len(calls) == 1
    await store._db.read(several)
    assert len(calls) == 2
    await store.facts.get("key")
    assert len(calls) == 3


async def test_what_comes_after_the_end_is_refused(tmp_path) -> None:
    """It neither hangs nor opens the file again."""
    async with opened(tmp_path) as store:
        pass
    for late in (store.facts.put("key", 1), store.facts.get("key")):
        with pytest.raises(StoreUnavailable):
            async with asyncio.timeout(PATIENCE):
                await late


async def test_what_is_written_while_it_closes(store) -> None:
    """It waits for a slow read, then for everything that was written meanwhile."""
    read, go_on = threading.Event(), threading.Event()

    def slow(_: Connection) -> None:
        read.set()
        assert go_on.wait(PATIENCE)

    reading = asyncio.create_task(store._db.read(slow))
    assert await asyncio.to_thread(read.wait, PATIENCE)
    closing_it = asyncio.create_task(store._db.close())
    await asyncio.sleep(0)
    async with _held(store):
        waiting = _writes(store, partial(_put, "meanwhile", 1))
        await asyncio.sleep(0)
        go_on.set()
        await reading
        await asyncio.sleep(0)
    assert await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE) == [1]
    await closing_it


async def test_a_file_is_looked_through_while_others_write(store, tmp_path, monkeypatch) -> None:
    """A second process that opens a large database doesn't keep the bot from writing meanwhile."""
    written = list[bool]()

    def look(connection: Connection) -> bool:
        file = tmp_path / "data" / "imagine.db"
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as third:
            third.execute("BEGIN IMMEDIATE")
            third.execute("INSERT INTO fact VALUES ('meanwhile', '1')")
            third.execute("COMMIT")
        written.append(True)
        return is_intact(connection)

    monkeypatch.setattr("bot.store.opening.is_intact", look)
    async with opened(tmp_path):
        assert written == [True]
    assert await store.facts.get("meanwhile") == 1
