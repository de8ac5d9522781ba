"""Several processes on one PostgreSQL database: who is who, who does what, who wakes whom."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
import pytest
from typing_extensions import override

from bot.domain.durations import ARRIVAL, Durations
from bot.domain.ids import ChannelId, RemoteId, TaskId
from bot.domain.queue_status import QueueStatus
from bot.domain.quota import Policy
from bot.domain.quota_change import Kind, Target
from bot.domain.state import State
from bot.domain.task import Task
from bot.errors import ChatUnavailable, RateLimited, StartError
from bot.files import FileStorage
from bot.measures import NOTHING
from bot.roles import Assignment, Role, Shards
from bot.services.shared.alerts import Alerts
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.pauses import Pauses
from bot.services.work.callbacks import Callbacks
from bot.services.work.change_notices import ChangeNotices
from bot.services.work.duties import ROUND
from bot.services.work.held_tasks import HeldTasks
from bot.services.work.remote_ids import RemoteIds
from bot.services.work.transitions import Transitions
from bot.services.work.turns import Turns
from bot.services.work.wakeup import Wakeup
from bot.store import tasks as store_tasks
from bot.store.postgres_peers import PostgresPeers
from bot.store.store import Store
from tests.fakes.cards import FakeCards
from tests.fakes.channels import FakeChannels
from tests.fakes.evolink import UnreachableEvolink
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.integration.store_kit import GUILD, opened_at, queue, settle, start
from tests.kit.patience import until

MINUTES = 7 * 60_000

#: An instance's name, and what it does.
Place: TypeAlias = tuple[str, Assignment]


@pytest.fixture(autouse=True)
def _no_heartbeat(monkeypatch) -> None:
    """Disable the check of the connection every ten seconds, at which processes wake anyway."""
    monkeypatch.setattr("bot.store.postgres_peers.HEARTBEAT", 3600.0)


@pytest.fixture
def impatient(monkeypatch) -> None:
    """A place stays taken, so nobody needs to wait long for it."""
    monkeypatch.setattr("bot.store.postgres_peers.PATIENCE", 0.3)


@asynccontextmanager
async def joined(
    url: str,
    place: Place,
    woken: Callable[[], None] = lambda: None,
    hurried: Callable[[int], object] = lambda _: None,
) -> AsyncGenerator[Store]:
    """A process's store, with its place among the others."""
    async with opened_at(url) as store:
        await store.peers.join(*place, woken=woken, hurried=hurried)
        running = asyncio.create_task(store.peers.run())
        try:
            yield store
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError, StartError):
                await running


def worker(name: str) -> Place:
    """The place of a process that is not connected to the gateway."""
    return name, Assignment(Role.WORKER)


def gateway(name: str, shards: str | None = None) -> Place:
    """The place of a process that is."""
    return name, Assignment(Role.GATEWAY, Shards.read(shards) if shards else None)


@pytest.fixture
async def two(postgres) -> AsyncGenerator[tuple[Store, Store]]:
    """Two workers on one database."""
    url = await postgres.database()
    async with joined(url, worker("one")) as one, joined(url, worker("two")) as two:
        yield one, two


async def test_a_connection_that_cannot_listen_is_closed(postgres, monkeypatch) -> None:
    """No other process knows of it, so none would close it."""
    opened = list[asyncpg.Connection]()

    async def breaks_off(connection: asyncpg.Connection, *_: object) -> None:
        opened.append(connection)
        raise ConnectionError

    monkeypatch.setattr(asyncpg.Connection, "add_listener", breaks_off)
    with pytest.raises(StartError):
        async with joined(await postgres.database(), worker("a")):
            pass
    assert [each.is_closed() for each in opened] == [True]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("here", "wanted", "says"),
    [
        (worker("a"), worker("a"), "INSTANCE: another process on this database is a;"),
        (worker("a"), gateway("a"), "INSTANCE"),
        (gateway("a"), gateway("b"), "has all shards already"),
        (gateway("a", "0-3/8"), gateway("b", "3-7/8"), "has shard 3 already"),
        (gateway("a", "0-3/8"), gateway("b", "4-7/16"), "another number of shards"),
        (gateway("a", "0-3/8"), gateway("b"), "another number of shards"),
        (gateway("a"), gateway("b", "0/1"), "another number of shards"),
    ],
)
async def test_a_place_that_is_taken(postgres, here, wanted, says) -> None:
    """The second process is refused with a sentence, until the first has ended."""
    url = await postgres.database()
    async with joined(url, here):
        with pytest.raises(StartError) as refused:
            async with joined(url, wanted):
                pass
        assert says in refused.value.sentence
        assert refused.value.exit_code == 78
    async with joined(url, wanted):
        pass


async def test_places_beside_each_other(postgres) -> None:
    """Workers, and gateways with their own ranges; another database has its own places."""
    places = [worker("a"), worker("A"), gateway("b", "0-3/8"), gateway("c", "4-7/8")]
    url = await postgres.database()
    async with AsyncExitStack() as stack:
        for each in places:
            await stack.enter_async_context(joined(url, each))
        await stack.enter_async_context(joined(await postgres.database(), gateway("b", "0-1/2")))


async def test_a_wake_up_call(postgres) -> None:
    """Others look at once, not at their own next time."""
    url, woken = await postgres.database(), asyncio.Event()
    async with joined(url, worker("a")) as one, joined(url, worker("b"), woken.set):
        one.peers.wake()
        await until(woken.is_set)


async def test_the_last_words_of_a_process(postgres) -> None:
    """What a stopping process gives back is taken at once: its call is sent before it ends."""
    url, woken = await postgres.database(), asyncio.Event()
    async with joined(url, worker("b"), woken.set):
        async with joined(url, worker("a")) as one:
            pass
        woken.clear()
        async with opened_at(url) as one:
            await one.peers.join(*worker("a"), woken=lambda: None, hurried=lambda _: None)
            one.peers.wake()
        await until(woken.is_set)


async def test_one_does_what_one_at_a_time_may_do(postgres) -> None:
    """Another takes over once that one is gone, but not while only its connection broke."""
    url = await postgres.database()
    async with joined(url, worker("b")) as two:
        async with joined(url, worker("a")) as one:
            assert await one.peers.leads("cleanup")
            assert not await two.peers.leads("cleanup")
            assert await one.peers.leads("cleanup")
            assert await two.peers.leads("another")
        assert await two.peers.leads("cleanup")


class SlowChannels(FakeChannels):
    """Channels in which a notice waits until it is allowed to arrive."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.arrives = asyncio.Event(), asyncio.Event()

    @override
    async def tell(self, channel_id: ChannelId, text: str) -> bool:
        self.began.set()
        await self.arrives.wait()
        return await super().tell(channel_id, text)


async def test_a_lead_that_was_lost_without_notice(two, monkeypatch) -> None:
    """While one still posts a change, its successor, which found it too, waits: posted once."""
    monkeypatch.setattr("bot.services.work.change_notices.EVERY", 0.01)
    channels, rounds = SlowChannels(), [0, 0]
    now = two[0].clocks.wall()
    await settle(two[0], Target.of_server(GUILD, Kind.POLICY), Policy(log=ChannelId(77)), now=now)
    for number, store in enumerate(two):

        async def leads(_duty: str, number: int = number) -> bool:
            rounds[number] += 1
            return True

        monkeypatch.setattr(store.peers, "leads", leads)
    notices = [ChangeNotices(store=each, chat=channels, clock=each.clocks.wall) for each in two]
    running = [asyncio.create_task(each.run()) for each in notices]
    try:
        await until(channels.began.is_set)
        before = max(rounds)
        await until(lambda: max(rounds) > before + 3)
        channels.arrives.set()
        await until(lambda: min(rounds) > 3)
        assert await two[0].quota_changes.untold(but=(), limit=9) == ()
        assert len(channels.notices) == 1
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_a_round_that_died_is_made_up_for(two) -> None:
    """After a while, another process may: nobody is kept from a duty for ever."""
    facts, now = two[0].facts, two[0].clocks.wall()
    assert await facts.claim("duty:x", now=now, until=now + 9)
    assert not await two[1].facts.claim("duty:x", now=now + 8, until=now + 20)
    assert await two[1].facts.claim("duty:x", now=now + 9, until=now + 20)
    # A round that ends so late doesn't end another's.
    await facts.release("duty:x", now + 9)
    assert not await facts.claim("duty:x", now=now + 19, until=now + 30)
    await two[1].facts.release("duty:x", now + 20)
    assert await facts.claim("duty:x", now=now + 19, until=now + 30)


async def test_a_round_that_died_before_the_clock_was_set_back(two) -> None:
    """Nobody has to wait until the clock gets there again; a live round is still respected."""
    now = two[0].clocks.wall()
    assert await two[0].facts.claim("duty:x", now=now, until=now + ROUND)
    for earlier in (1, ROUND):
        then = now - earlier
        assert not await two[1].facts.claim("duty:x", now=then, until=then + ROUND)
    then = now - 24 * 60 * 60 * 1000
    assert await two[1].facts.claim("duty:x", now=then, until=then + ROUND)
    assert not await two[0].facts.claim("duty:x", now=then, until=then + ROUND)


async def test_a_connection_that_breaks_off(postgres) -> None:
    """Whichever is faster gets the duty, alone; both hear each other again."""
    url, heard = await postgres.database(), asyncio.Event()
    async with joined(url, worker("a")) as one, joined(url, worker("b"), heard.set) as two:
        assert await one.peers.leads("cleanup")
        heard.clear()
        await postgres.cut(url)
        # No call could arrive meanwhile, so it looks by itself.
        await until(heard.is_set)
        leading = [False, False]

        async def look() -> None:
            while not any(leading):
                leading[:] = [await each.peers.leads("cleanup") for each in (one, two)]
                await asyncio.sleep(0.05)

        async with asyncio.timeout(60):
            await look()
        assert sorted(leading) == [False, True]


async def test_a_server_that_took_too_long_to_answer(postgres, monkeypatch) -> None:
    """The process reconnects, and its own abandoned connection doesn't keep it out."""
    url, heard = await postgres.database(), asyncio.Event()
    async with joined(url, gateway("a"), heard.set) as one:
        peers = one.peers
        assert isinstance(peers, PostgresPeers)
        assert await peers.leads("cleanup")
        given_up = peers._connection

        async def late(*_: object, **__: object) -> None:
            monkeypatch.undo()
            raise TimeoutError

        monkeypatch.setattr(peers, "_ask", late)
        heard.clear()
        peers.wake()
        await until(heard.is_set)
        assert peers._connection is not given_up
        assert await peers.leads("cleanup")
        async with joined(url, worker("b")) as other:
            assert not await other.peers.leads("cleanup")


async def test_a_connection_that_fails_on_the_way_back(postgres, monkeypatch) -> None:
    """What it took before it failed keeps nobody out, least of all this process."""
    url, heard = await postgres.database(), asyncio.Event()
    async with joined(url, gateway("a"), heard.set) as one:
        peers = one.peers
        assert isinstance(peers, PostgresPeers)
        take = peers._taken

        async def late() -> None:
            monkeypatch.undo()
            await take()
            raise TimeoutError

        monkeypatch.setattr(peers, "_taken", late)
        heard.clear()
        await postgres.cut(url)
        await until(heard.is_set)
        assert await peers.leads("cleanup")


async def test_the_clock_is_followed_however_often_others_are_woken(postgres, monkeypatch) -> None:
    """Even if the process wakes others many times between two looks at the clock."""
    monkeypatch.setattr("bot.store.postgres_peers.HEARTBEAT", 0.3)
    looked = asyncio.Event()
    async with joined(await postgres.database(), worker("a")) as one:

        async def look() -> None:
            looked.set()

        monkeypatch.setattr(one._db, "look_at_clock", look)

        async def call() -> None:
            while True:
                one.peers.wake()
                await asyncio.sleep(0.02)

        calling = asyncio.create_task(call())
        try:
            await until(looked.is_set)
        finally:
            calling.cancel()


async def test_a_work_that_fails_is_free_again(two) -> None:
    """As after a success: another process may do it, and nobody is locked out for ever."""
    one, other = two
    with suppress(RuntimeError):
        async with one.peers.alone("commands") as mine:
            assert mine
            raise RuntimeError
    async with other.peers.alone("commands") as mine:
        assert mine


async def test_a_work_whose_beginning_was_cancelled_is_free_again(two, monkeypatch) -> None:
    """The server may have answered after the caller had gone."""
    one, other = two
    assert isinstance(one.peers, PostgresPeers)
    take = one.peers._take

    async def cancelled(name: str) -> bool:
        await take(name)
        raise asyncio.CancelledError

    monkeypatch.setattr(one.peers, "_take", cancelled)
    with suppress(asyncio.CancelledError):
        async with one.peers.alone("commands"):
            pass
    async with other.peers.alone("commands") as mine:
        assert mine


@pytest.mark.usefixtures("impatient")
async def test_a_place_that_was_lost(postgres) -> None:
    """If another process has it when the connection is back, this one ends."""
    url = await postgres.database()
    async with opened_at(url) as store:
        await store.peers.join(*worker("a"), woken=lambda: None, hurried=lambda _: None)
        await postgres.cut(url)
        async with joined(url, worker("a")):
            with pytest.raises(StartError, match="INSTANCE"):
                await store.peers.run()


async def test_the_operator_hears_of_a_trouble_once(two) -> None:
    """However many processes meet it at the same moment."""
    channel = FakeOperatorChannel()
    alerts = [Alerts(store, channel, store.clocks.wall) for store in two for _ in range(2)]
    await asyncio.gather(*[each.warn("key", "The key is refused.") for each in alerts])
    assert channel.read == ["The key is refused."]


async def test_leases_when_a_machines_clock_is_minutes_off(two, monkeypatch) -> None:
    """Leases go by the database's clock, so neither takes what the other holds."""
    ahead = 0
    right = time.time_ns
    monkeypatch.setattr("bot.clock.time.time_ns", lambda: right() + ahead * 1_000_000)
    one, other = two
    now = one.clocks.wall()
    task = await queue(one, now=now)
    (held,) = await start(one, now=now)
    for off in (MINUTES, -MINUTES):
        ahead = off
        assert abs(other.clocks.wall() - one.clocks.wall()) < 1000
        await other._db.look_at_clock()
        later = other.clocks.wall()
        assert 0 <= later - now < MINUTES / 2
        assert await other.claims.due("two/b", now=later, until=later + 9, limit=9) == ()
    expired = (held.wake_at or 0) + 1
    (taken,) = await other.claims.due("two/b", now=expired, until=expired + 9, limit=9)
    assert taken.id == task.id


def _pauses(
    store: Store, folder, told: FakeOperatorChannel, clock: Callable[[], int] | None = None
) -> Pauses:
    storage = FileStorage(folder / "files")
    storage.prepare()
    return Pauses(
        store=store,
        alerts=Alerts(store, told, store.clocks.wall),
        storage=storage,
        durations=Durations(),
        clock=clock or store.clocks.wall,
        blocked_seconds=lambda: 0.0,
    )


async def test_one_tries_after_a_trouble(two, tmp_path) -> None:
    """One for all processes; the next tries when the first takes too long."""
    told, ahead = FakeOperatorChannel(), 0

    def clock() -> int:
        return two[0].clocks.wall() + ahead

    pauses = [_pauses(store, tmp_path, told, clock) for store in two]
    tasks = [await queue(two[0], now=1, user=number) for number in range(1, 5)]
    refusals = [await pauses[0].begin(each, RateLimited("slow down", 0.001)) for each in tasks[:2]]
    assert [refusal.news is not None for refusal in refusals] == [False, True]
    ahead += Durations().pause + 1
    turns = [
        Turns(
            store=store,
            pauses=each,
            durable=DurableWrites(each.alerts.send_soon),
            durations=Durations(),
            clock=clock,
            owner=f"{number}/a",
            max_running=9,
            user_running=9,
        )
        for number, (store, each) in enumerate(zip(two, pauses, strict=True))
    ]
    started = await asyncio.gather(*[each.start(9) for each in turns for _ in range(3)])
    assert len([task for tasks in started for task in tasks]) == 1
    ahead += Durations().pause + 1
    assert len(await turns[1].start(9)) == 1


class Slow(FakeCards):
    """A Discord that answers edits only on command."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.answer = asyncio.Event(), asyncio.Event()

    @override
    async def edit_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> None:
        self.began.set()
        await self.answer.wait()
        await super().edit_card(task, queue_status, before=before)


def _cards(store: Store, folder, discord: FakeCards, owner: str) -> CardUpdates:
    return CardUpdates(
        store=store,
        chat=discord,
        pauses=_pauses(store, folder, FakeOperatorChannel()),
        durations=Durations(edit=0),
        clock=store.clocks.wall,
        max_running=2,
        user_running=1,
        owner=owner,
    )


def _transitions(store: Store, cards: CardUpdates, owner: str) -> Transitions:
    return Transitions(
        store=store,
        cards=cards,
        durable=DurableWrites(Alerts(store, FakeOperatorChannel(), store.clocks.wall).send_soon),
        wakeup=Wakeup(),
        measures=NOTHING,
        durations=Durations(),
        clock=store.clocks.wall,
        owner=owner,
    )


async def _held(store: Store, folder: Path, discord: FakeCards) -> tuple[Task, CardUpdates]:
    """Return a task that a process holds, and that process's card updates."""
    await queue(store, now=store.clocks.wall())
    (held,) = await start(store, now=store.clocks.wall())
    return held, _cards(store, folder, discord, held.owner or "")


async def test_nobody_starts_a_task_whose_card_is_edited(two, tmp_path) -> None:
    """Starting waits for the edit, which might otherwise arrive after the final card."""
    one, other = two
    discord, now = Slow(), one.clocks.wall()
    task = await queue(one, now=now)
    cards = _cards(one, tmp_path, discord, "one/a")
    cards.changed(task)
    editing = asyncio.create_task(cards.edit_due())
    await discord.began.wait()
    assert await start(other, now=other.clocks.wall()) == []
    discord.answer.set()
    await editing
    assert discord.edited == [task.id]
    (started,) = await start(other, now=other.clocks.wall())
    assert started.state is State.PREPARING


async def test_nobody_starts_a_task_whose_edit_had_no_answer(two, tmp_path, monkeypatch) -> None:
    """Sent before the connection was reset, it may arrive after the final card, for ten seconds."""
    one, other = two
    discord, now = FakeCards(), one.clocks.wall()
    task = await queue(one, now=now)
    cards = _cards(one, tmp_path, discord, "one/a")
    discord.trouble[task.id] = ChatUnavailable(may_arrive=True)
    cards.changed(task)
    await cards.edit_due()
    assert await start(other, now=now + ARRIVAL // 2) == []
    # Nobody edits it either; afterwards it is edited again, though nobody has claimed it.
    there = _cards(other, tmp_path, discord, "two/b")
    for clock, edited in ((now + ARRIVAL // 2, []), (now + 2 * ARRIVAL, [task.id] * 2)):
        for each in (cards, there):
            monkeypatch.setattr(each, "_clock", lambda clock=clock: clock)
            each.changed(task)
            await each.edit_due()
        assert discord.edited == edited
    assert [each.id for each in await start(other, now=now + 2 * ARRIVAL)] == [task.id]


async def test_a_task_is_given_back_once_none_of_its_edits_may_arrive(two, tmp_path) -> None:
    """As if given back at once, if another process is to continue it."""
    one, other = two
    discord, now = FakeCards(), one.clocks.wall()
    held, cards = await _held(one, tmp_path, discord)
    discord.trouble[held.id] = ChatUnavailable(may_arrive=True)
    cards.changed(held)
    await cards.edit_due()
    transitions = _transitions(one, cards, held.owner or "")
    await transitions.save(held.waiting(now, failures=0), "waiting")
    await other.tasks.wake(held.id, now=now, take_over=False)

    async def due(at: int) -> list[TaskId]:
        return [each.id for each in await other.claims.due("two/b", now=at, until=at, limit=9)]

    assert await due(now + ARRIVAL // 2) == []
    assert await due(now + 2 * ARRIVAL) == [held.id]


async def test_nobody_edits_the_card_of_a_task_that_another_holds(two, tmp_path) -> None:
    """The holder edits it."""
    one, other = two
    discord = FakeCards()
    task = await queue(one, now=one.clocks.wall())
    (held,) = await start(one, now=one.clocks.wall())
    for store, owner in ((other, "two/b"), (one, held.owner)):
        cards = _cards(store, tmp_path, discord, owner or "")
        cards.changed(task)
        await cards.edit_due()
        assert discord.edited == [task.id] * (store is one)


async def test_a_cancel_while_the_card_is_edited(two, tmp_path) -> None:
    """It takes effect as soon as the edit has ended."""
    one, other = two
    discord, now = Slow(), one.clocks.wall()
    task = await queue(one, now=now + MINUTES)
    cards = _cards(one, tmp_path, discord, "one/a")
    cards.changed(task)
    editing = asyncio.create_task(cards.edit_due())
    await discord.began.wait()
    await other.tasks.request_cancel(task.id, now=other.clocks.wall(), actor="1")
    discord.answer.set()
    await editing
    now = other.clocks.wall()
    (due,) = await other.claims.due("two/b", now=now, until=now + 9_000, limit=9)
    assert due.cancel_requested


async def test_an_id_that_comes_while_the_card_is_edited(two, tmp_path) -> None:
    """After Evolink's callback, the task is followed as soon as the edit has ended."""
    one, other = two
    discord, now = Slow(), one.clocks.wall()
    held, cards = await _held(one, tmp_path, discord)
    sent = await one.tasks.save(held.submitting(now), "submitting", now=now)
    task = await one.tasks.save(sent.checking(now + MINUTES), "checking", now=now)
    cards.changed(task)
    editing = asyncio.create_task(cards.edit_due())
    await discord.began.wait()
    now = other.clocks.wall()
    assert await other.tasks.record_remote(task.id, task.attempt, RemoteId("remote"), now=now)
    discord.answer.set()
    await editing
    now = other.clocks.wall()
    (due,) = await other.claims.due("two/b", now=now, until=now + 9_000, limit=9)
    assert due.remote_id == "remote"


async def test_a_clock_that_is_set_back_while_the_card_is_edited(
    two, tmp_path, monkeypatch
) -> None:
    """The task doesn't wait longer than it would have."""
    one, other = two
    discord, now = Slow(), one.clocks.wall()
    held, cards = await _held(one, tmp_path, discord)
    later = held.requeued(now + 1_000, failures=1)
    task = await one.tasks.save(later, "queued", now=now)
    clock = [now]
    monkeypatch.setattr(cards, "_clock", lambda: clock[0])
    cards.changed(task)
    editing = asyncio.create_task(cards.edit_due())
    await discord.began.wait()
    clock[0] -= MINUTES
    await other.claims.pull_in("w1/1", lambda: clock[0], ahead=0, durations=Durations())
    discord.answer.set()
    await editing
    assert [each.id for each in await start(other, now=clock[0] + 1_000)] == [task.id]


async def test_an_edit_ends_when_its_process_gives_the_task_back(
    two, tmp_path, monkeypatch
) -> None:
    """After that, another process may have it."""
    monkeypatch.setattr("bot.services.shared.card_updates.ANSWERED", 0.1)
    discord = Slow()
    held, cards = await _held(two[0], tmp_path, discord)
    cards.changed(held)
    editing = asyncio.create_task(cards.edit_due())
    await discord.began.wait()
    async with cards.giving_back(held.id):
        discord.answer.set()
        await editing
        # The row may still name this process.
        cards.changed(held)
        await cards.edit_due()
    await cards.edit_due()
    # The cancelled edit may still arrive.
    assert discord.edited == []
    later = cards._clock() + ARRIVAL
    monkeypatch.setattr(cards, "_clock", lambda: later)
    await cards.edit_due()
    assert discord.edited == [held.id]


async def test_no_edit_begins_while_a_step_gives_its_task_back(two, tmp_path) -> None:
    """Another process may have the task before this one knows that the row is written."""
    one, _ = two
    discord = FakeCards()
    held, cards = await _held(one, tmp_path, discord)

    class Tasks(store_tasks.Tasks):
        @override
        async def save(self, task: Task, kind: str, **more: Any) -> Task:
            cards.changed(held)
            await cards.edit_due()
            assert discord.edited == []
            return await super().save(task, kind, **more)

    store = replace(one, tasks=Tasks(one.tasks._db))
    transitions = _transitions(store, cards, held.owner or "")
    await transitions.save(held.waiting(one.clocks.wall(), failures=0), "waiting")
    await cards.edit_due()
    assert discord.edited == [held.id]


async def test_a_card_that_another_process_edited_since(two, tmp_path) -> None:
    """It is edited again, though it should show the same as when this process last edited it."""
    one, other = two
    discord = FakeCards()
    task = await queue(one, now=one.clocks.wall())
    cards = _cards(one, tmp_path, discord, "one/a")
    for _ in range(2):
        cards.changed(task)
        await cards.edit_due()
    assert discord.edited == [task.id]
    now = other.clocks.wall()
    (started,) = await start(other, now=now)
    await other.tasks.save(started.requeued(now, failures=0), "queued", now=now)
    cards.changed(task)
    await cards.edit_due()
    assert discord.edited == [task.id] * 2


async def test_a_card_whose_task_another_process_has_taken_over(two, tmp_path) -> None:
    """Evolink called back for an attempt that counted as refused, and the card is final by now.

    The lease that the first holder knows of has not run out.
    """
    one, other = two
    discord = FakeCards()
    held, cards = await _held(one, tmp_path, discord)
    cards.changed(held)
    now = other.clocks.wall()
    await other.tasks.record_remote(held.id, held.attempt, RemoteId("remote"), now=now)
    (taken,) = await other.claims.due("two/b", now=now, until=now + MINUTES, limit=9)
    await other.tasks.save(taken.failed(now, "code"), "failed", now=now)
    await cards.edit_due()
    assert discord.edited == []


async def test_a_callback_at_a_process_that_does_not_hold_the_task(postgres, tmp_path) -> None:
    """The holder is told. If it were taken over, both might edit its card, the old holder late."""
    url, hurried = await postgres.database(), list[int]()
    async with (
        joined(url, worker("one"), hurried=hurried.append) as one,
        joined(url, worker("two")) as other,
    ):
        now = one.clocks.wall()
        await queue(one, now=now)
        (held,) = await start(one, now=now)
        assert held.wake_at is not None
        held = await one.tasks.save(held.submitting(now), "submitting", now=now)
        await one.tasks.record_remote(held.id, held.attempt, RemoteId("remote"), now=now)
        polled = replace(held, remote_id="remote", version=held.version)
        running = replace(
            polled.running(now, now, 9_000, now + MINUTES), owner=held.owner, wake_at=now + MINUTES
        )
        await one.tasks.save(running, "running", now=now)
        callbacks = _callbacks(other, tmp_path)
        path = await callbacks.url(held)
        assert path is not None
        await callbacks.heard(path.rpartition("/")[2], RemoteId("remote"))
        await until(lambda: hurried)
        assert hurried == [held.id]
        now = other.clocks.wall() + 1
        assert await other.claims.due("two/b", now=now, until=now + 9, limit=9) == ()


def _callbacks(store: Store, folder: Path) -> Callbacks:
    alerts = Alerts(store, FakeOperatorChannel(), store.clocks.wall)
    return Callbacks(
        store=store,
        evolink=UnreachableEvolink(),
        remote_ids=RemoteIds(store, alerts, DurableWrites(alerts.send_soon), store.clocks.wall),
        pauses=_pauses(store, folder, FakeOperatorChannel()),
        held=HeldTasks(),
        wakeup=Wakeup(store.peers.wake),
        clock=store.clocks.wall,
        public_url="https://bot.example",
    )
