"""A gateway hands its shards over to a successor on one PostgreSQL database."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from bot.errors import StartError
from bot.roles import Assignment, Role
from bot.store.postgres_peers import PostgresPeers
from bot.store.store import Store
from tests.integration.test_peers import Place, gateway, joined
from tests.kit.patience import until

HEIRS = "bot.store.postgres_place"


@pytest.fixture(autouse=True)
def _short(monkeypatch) -> None:
    """Waits are short, but long enough for a database on a busy machine."""
    monkeypatch.setattr(f"{HEIRS}.CLAIM", 30.0)
    monkeypatch.setattr(f"{HEIRS}.ANSWERABLE", 0.4)
    monkeypatch.setattr(f"{HEIRS}.LOOK", 0.1)
    monkeypatch.setattr(f"{HEIRS}.HEAD_START", 0.1)


def heir(name: str, shards: str | None = None) -> Place:
    """The place of a process that takes over."""
    name, assignment = gateway(name, shards)
    return name, replace(assignment, takes_over=True)


async def claims(store: Store, event: int) -> bool:
    """Return whether a process may handle an event."""
    return not store.peers.place.is_shared or await store.peers.place.claim(event)


async def is_free(url: str, place: Place) -> bool:
    """Return whether a process that doesn't take over gets a place."""
    try:
        async with asyncio.timeout(0.5), joined(url, place):
            return True
    except TimeoutError:
        return False


@asynccontextmanager
async def handed_over(url: str, *there: Place) -> AsyncGenerator[tuple[Store, ...]]:
    """Yield processes, each of which takes over from the ones before."""
    async with AsyncExitStack() as stack:
        yield tuple([await stack.enter_async_context(joined(url, each)) for each in there])


@pytest.mark.parametrize(
    "places",
    [
        (gateway("a"), heir("b")),
        (("a", Assignment()), ("b", Assignment(takes_over=True))),
        (("a", Assignment()), heir("b")),
        (gateway("a", "0-3/8"), heir("b", "0-3/8")),
        (gateway("a", "1-2/8"), heir("b", "0-3/8")),
        (gateway("a", "0-1/8"), gateway("b", "2-3/8"), heir("c", "0-3/8")),
        (heir("a", "0/2"), heir("b", "0/2"), heir("c", "0/2")),
        (heir("a"),),
    ],
)
async def test_a_place_is_handed_over(postgres, places):
    """At once, although the old one is still there and goes on answering."""
    began = time.monotonic()
    async with handed_over(await postgres.database(), *places) as stores:
        assert time.monotonic() - began < 15  # the patience with whoever stays
        for event, store in enumerate(stores):
            assert await claims(store, event)


@pytest.mark.parametrize(
    ("here", "wanted", "says"),
    [
        (gateway("a", "0-3/8"), heir("b", "0-1/8"), "has shard 0 already"),
        (gateway("a", "0-3/8"), heir("b", "3-7/8"), "has shard 3 already"),
        (gateway("a", "0-3/8"), heir("b", "0-3/16"), "another number of shards"),
        (gateway("a", "0-3/8"), heir("b"), "another number of shards"),
        (gateway("a"), heir("a"), "INSTANCE: another process on this database is a;"),
        (("a", Assignment(Role.WORKER)), heir("a"), "INSTANCE"),
    ],
)
async def test_a_place_is_not_handed_over_in_part(postgres, monkeypatch, here, wanted, says):
    """Not even to a process with the same name; the current one keeps it."""
    monkeypatch.setattr("bot.store.postgres_peers.PATIENCE", 0.5)
    url = await postgres.database()
    async with joined(url, here) as old:
        with pytest.raises(StartError) as refused:
            async with joined(url, wanted):
                pass
        assert says in refused.value.sentence
        assert refused.value.exit_code == 78
        assert not old.peers.place.is_shared


async def test_an_event_that_both_receive(postgres):
    """Exactly one handles it, whichever asks first, until well after the handover."""
    async with handed_over(await postgres.database(), gateway("a"), heir("b")) as both:
        for event in range(1 << 60, (1 << 60) + 20):
            answers = await asyncio.gather(*(claims(each, event) for each in both))
            assert sorted(answers) == [False, True]
        both[1].peers.place.connected()
        for event in range(20):
            assert await claims(both[1], event)
            assert not await claims(both[0], event)


async def test_a_successor_that_is_not_connected_lets_the_other_go_first(postgres, monkeypatch):
    """It may not know all servers yet."""
    # Enough for the other on a busy machine, and it doesn't reduce the time for the claim.
    monkeypatch.setattr(f"{HEIRS}.HEAD_START", 3.0)
    monkeypatch.setattr(f"{HEIRS}.CLAIM", 2.5)
    async with handed_over(await postgres.database(), gateway("a"), heir("b")) as (old, new):
        first = asyncio.create_task(claims(new, 1))
        await asyncio.sleep(0.02)
        assert await claims(old, 1)
        assert not await first


async def test_whoever_has_handed_over_ends(postgres, monkeypatch):
    """Only once the events that Discord sent to it alone have expired."""
    monkeypatch.setattr(f"{HEIRS}.ANSWERABLE", 2.0)
    async with handed_over(await postgres.database(), gateway("a"), heir("b")) as (old, new):
        ended = asyncio.create_task(old.peers.place.passed_on())
        left = asyncio.create_task(old.peers.place.leave())
        await asyncio.sleep(0.3)
        assert not ended.done()
        new.peers.place.connected()
        connected_at = time.monotonic()
        assert await claims(old, 1)
        await until(ended.done)
        assert time.monotonic() - connected_at >= 2.0
        assert not await claims(old, 2)
        assert not left.done()
        await until(left.done)
        # As if it weren't there.
        new.peers.place.connected()
        assert await claims(new, 2)


async def test_a_successor_that_is_replaced_before_it_is_connected(postgres):
    """It ends as well, whether it connects later or not."""
    places = gateway("a"), heir("b"), heir("c")
    url = await postgres.database()
    async with handed_over(url, *places) as (first, second, third):
        second.peers.place.connected()
        await asyncio.sleep(0.3)
        assert await claims(first, 1)
        third.peers.place.connected()
        for old in (first, second):
            await asyncio.wait_for(old.peers.place.passed_on(), 60)
            assert not await claims(old, 2)
        assert await claims(third, 2)
        assert not await is_free(url, gateway("d"))


async def test_whoever_is_alone_asks_nobody(postgres, monkeypatch):
    """Only for as long as a predecessor may still be there."""
    monkeypatch.setattr(f"{HEIRS}.KEPT", 0.3)
    url = await postgres.database()
    async with joined(url, gateway("a", "0/2")) as old, joined(url, heir("b", "1/2")) as new:
        assert not old.peers.place.is_shared
        new.peers.place.connected()
        assert new.peers.place.is_shared
        await until(lambda: not new.peers.place.is_shared)


@pytest.mark.parametrize("is_connected", [False, True])
async def test_a_successor_that_dies(postgres, monkeypatch, is_connected):
    """If it dies before the old one has ended, the old one has the place again, and goes on."""
    monkeypatch.setattr(f"{HEIRS}.KEPT", 0.3)
    monkeypatch.setattr(f"{HEIRS}.ANSWERABLE", 60.0)
    url = await postgres.database()
    async with joined(url, gateway("a")) as old:
        old.peers.place.connected()
        async with joined(url, heir("b")) as new:
            if is_connected:
                new.peers.place.connected()
            await asyncio.sleep(0.3)
            assert old.peers.place.is_shared
        await until(lambda: not old.peers.place.is_shared)
        assert not await is_free(url, gateway("c"))
        # And another one may take over.
        monkeypatch.setattr(f"{HEIRS}.ANSWERABLE", 0.1)
        async with joined(url, heir("d")) as new:
            new.peers.place.connected()
            await asyncio.wait_for(old.peers.place.passed_on(), 60)


async def test_notifications_that_are_lost(postgres, monkeypatch):
    """Each process also looks on its own."""
    monkeypatch.setattr("bot.store.postgres_peers.HEARTBEAT", 0.3)
    monkeypatch.setattr(f"{HEIRS}.PostgresPlace._call", lambda _: asyncio.sleep(0))
    async with handed_over(await postgres.database(), gateway("a"), heir("b")) as (old, new):
        new.peers.place.connected()
        await asyncio.wait_for(old.peers.place.passed_on(), 60)


async def test_connections_that_break_off(postgres):
    """Whenever that happens, each returns to where it was."""
    url = await postgres.database()
    async with handed_over(url, gateway("a"), heir("b")) as (old, new):
        for event in range(3):
            await postgres.cut(url)
            await asyncio.sleep(0.3)
            answers = await asyncio.gather(claims(old, event), claims(new, event))
            assert any(answers)
        new.peers.place.connected()
        await postgres.cut(url)
        await asyncio.wait_for(old.peers.place.passed_on(), 60)
        await postgres.cut(url)
        await asyncio.sleep(1)
        assert not await is_free(url, gateway("c"))


async def test_a_successor_that_finds_the_place_empty_for_a_moment(postgres, monkeypatch):
    """The old one's connection was cut; once back, it hands over and stays."""
    monkeypatch.setattr("bot.store.postgres_peers.HEARTBEAT", 0.3)
    url = await postgres.database()
    async with joined(url, gateway("a")) as old:
        assert isinstance(old.peers, PostgresPeers)
        connect = old.peers._connect
        arrived = asyncio.Event()

        async def late() -> None:
            await arrived.wait()
            await connect()

        monkeypatch.setattr(old.peers, "_connect", late)
        await postgres.cut(url)
        async with joined(url, heir("b")) as new:
            arrived.set()
            await until(lambda: old.peers.place.is_shared)
            new.peers.place.connected()
            await asyncio.wait_for(old.peers.place.passed_on(), 60)


async def test_a_claim_that_has_no_answer(postgres, monkeypatch):
    """Without the database, people should at least read so: the event is handled after a moment."""
    monkeypatch.setattr(f"{HEIRS}.CLAIM", 0.3)
    url = await postgres.database()
    async with handed_over(url, gateway("a"), heir("b")) as (old, _):

        async def fails(*_: object) -> None:
            await asyncio.sleep(0)
            raise ConnectionError

        monkeypatch.setattr(old.peers.place, "_ask", fails)
        began = time.monotonic()
        assert await claims(old, 1)
        assert time.monotonic() - began >= 0.25


async def test_claims_are_let_go(postgres, monkeypatch):
    """PostgreSQL has room for only a few thousand locks."""
    monkeypatch.setattr("bot.store.postgres_peers.HEARTBEAT", 0.1)
    monkeypatch.setattr(f"{HEIRS}.KEPT", 0.2)
    # Fifty claims once took over 0.4 s on a busy machine.
    monkeypatch.setattr(f"{HEIRS}.ANSWERABLE", 60.0)
    async with handed_over(await postgres.database(), gateway("a"), heir("b")) as (old, new):
        new.peers.place.connected()
        for event in range(50):
            assert await old.peers.place.claim(event)
        # Nobody has it any more, so the other one gets it.
        async with asyncio.timeout(60):
            while not await new.peers.place.claim(49):  # noqa: ASYNC110 - no event says so
                await asyncio.sleep(0.05)
