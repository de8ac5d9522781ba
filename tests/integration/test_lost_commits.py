"""A connection that breaks in the middle of a COMMIT: the writer finds out what happened.

Before, a COMMIT whose answer was lost counted as failed: a task that was accepted was refused to
its user, and an admin who read that a grant had failed gave it twice.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest
from sqlalchemy import make_url

import bot.store.postgres
from bot.domain.grants import Grant
from bot.domain.ids import MessageId, RemoteId, UserId
from bot.domain.quota import Block, Limits, Policy
from bot.domain.quota_change import Kind, Target
from bot.errors import Stale, StoreUnavailable
from bot.services.shared.alerts import Alerts
from bot.services.shared.durable_writes import DurableWrites
from bot.store.postgres import PostgresDatabase
from bot.store.store import Store
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.integration.store_kit import (
    GUILD,
    NOW,
    USER,
    accept,
    opened_at,
    queue,
    run,
    settle,
    start,
)
from tests.integration.test_store_quotas import ask
from tests.kit.link import Link, Lost, link

Write = Callable[[], Awaitable[object]]


async def _accepted(store: Store) -> Write:
    return lambda: ask(store, Limits(images=5), count=3)


async def _queued(store: Store) -> Write:
    task = await accept(store)
    waiting = task.waiting(NOW, failures=0)
    return lambda: store.tasks.save(waiting, "waiting", now=NOW, card=MessageId(7))


async def _claimed(store: Store) -> Write:
    await queue(store)
    return lambda: start(store)


async def _intended(store: Store) -> Write:
    await queue(store)
    (task,) = await start(store)
    return lambda: store.tasks.save(task.submitting(NOW), "submitting", now=NOW)


async def _taken(store: Store) -> Write:
    await queue(store)
    (task,) = await start(store)
    task = await store.tasks.save(task.submitting(NOW), "submitting", now=NOW)
    return lambda: store.tasks.record_remote(task.id, 1, RemoteId("remote"), now=NOW)


async def _settled(store: Store) -> Write:
    task = await run(store)
    task = await store.tasks.save(task.ready(NOW, drawn=1), "ready", now=NOW)
    return lambda: store.tasks.save(task.delivered(NOW, 1), "delivered", now=NOW)


async def _cancelled(store: Store) -> Write:
    task = await queue(store)
    return lambda: store.tasks.request_cancel(task.id, now=NOW, actor=str(USER))


async def _granted(store: Store, number: int = 1) -> Write:
    target = Target.of_user(GUILD, USER, Kind.GRANT, number)
    return lambda: settle(store, target, Grant(images=4, given_at=NOW))


async def _blocked(store: Store) -> Write:
    await queue(store)
    target = Target.of_user(GUILD, USER, Kind.BLOCK)
    return lambda: settle(store, target, Block(by=UserId(1), since=NOW, reason="", until=None))


async def _set(store: Store) -> Write:
    target = Target.of_server(GUILD, Kind.POLICY)
    return lambda: settle(store, target, Policy(cap=9))


async def _noted(store: Store) -> Write:
    return lambda: store.facts.put_if_absent("told", 1)


KINDS = (_accepted, _queued, _claimed, _intended, _taken, _settled, _cancelled, _granted, _blocked,
         _set, _noted)  # fmt: skip


@pytest.fixture
async def way(postgres) -> AsyncIterator[tuple[Store, Link]]:
    """A store, and its connection to the server."""
    address = make_url(await postgres.database())
    async with link(address.port or 0) as it:
        url = address.set(port=it.port).render_as_string()
        async with opened_at(url) as store:
            yield store, it


async def _everything(store: Store) -> dict[str, list[Any]]:
    def read(connection: Any) -> dict[str, list[Any]]:
        def rows(sql: str) -> list[Any]:
            return [tuple(row) for row in connection.core.exec_driver_sql(sql)]

        tables = rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return {name: rows(f"SELECT t::text FROM {name} t ORDER BY 1") for (name,) in tables}  # noqa: S608 - our own names

    return await store._db.read(read)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_that_is_lost(way, kind) -> None:
    """What was committed counts as written, and is written once."""
    store, it = way
    write = await kind(store)
    it.lose_next_commit(Lost.ANSWER)
    assert await write()
    after = await _everything(store)
    assert it.lost == 1
    if kind in {_settled, _queued, _intended}:
        with pytest.raises(Stale):
            await write()
        assert await _everything(store) == after


async def test_a_lost_answer_that_counts_as_no(way, monkeypatch) -> None:
    """Why that matters: an admin who reads that a grant has failed gives it twice."""

    async def no(*_: object) -> bool:
        return False

    monkeypatch.setattr(PostgresDatabase, "_has_committed", no)
    store, it = way
    it.lose_next_commit(Lost.ANSWER)
    with pytest.raises(StoreUnavailable):
        await (await _granted(store))()
    await (await _granted(store, 2))()
    assert len((await _everything(store))["quota_setting"]) == 2


@pytest.mark.parametrize("kind", KINDS)
async def test_a_commit_that_does_not_arrive(way, kind) -> None:
    """Nothing was written, and the writer is told so; the next try finds everything unchanged."""
    store, it = way
    write = await kind(store)
    before = await _everything(store)
    it.lose_next_commit(Lost.REQUEST)
    with pytest.raises(StoreUnavailable):
        await write()
    assert await _everything(store) == before
    assert await write()
    assert await _everything(store) != before


async def test_a_server_that_crashes_after_it_has_committed(way, postgres) -> None:
    """It is asked when it is back: what is in its log was committed."""
    store, it = way
    it.lose_next_commit(Lost.ANSWER)
    granting = asyncio.create_task(cast("Any", (await _granted(store))()))
    while not it.lost:  # noqa: ASYNC110 - what is awaited is the server
        await asyncio.sleep(0)
    await asyncio.to_thread(postgres.stop)
    await asyncio.to_thread(postgres.start)
    assert await granting
    assert len((await _everything(store))["quota_change"]) == 1


@pytest.mark.parametrize("kind", [_taken, _settled])
async def test_a_server_that_stays_away(way, kind, monkeypatch) -> None:
    """Nobody knows then; paid facts are written again once it is back, and are there once."""
    monkeypatch.setattr(bot.store.postgres, "PATIENCE", 0.0)
    store, it = way
    write = await kind(store)
    it.lose_next_commit(Lost.ANSWER)
    durable = DurableWrites(Alerts(store, FakeOperatorChannel(), store.clocks.wall).send_soon)
    again = await asyncio.gather(durable.until_written(write), return_exceptions=True)
    assert isinstance(again[0], Stale) or again[0] is False
    task = await store.tasks.get(1)
    assert task is not None
    assert (task.remote_id is not None, task.charged) == (True, 1 if kind is _settled else None)
    story = str((await _everything(store))["task_event"])
    assert story.count(",taken,") == 1
    assert story.count(",delivered,") == (kind is _settled)
