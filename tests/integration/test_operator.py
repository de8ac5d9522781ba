"""The operator's alerts arrive: late, or twice, rather than never."""

import asyncio
from contextlib import suppress

from bot.clock import Clocks
from bot.domain.durations import Durations
from bot.domain.quota_settings import Limits
from bot.domain.task import Task
from bot.errors import StoreUnavailable
from bot.files import FileStorage
from bot.services.shared.alerts import MOST_UNTOLD, NEWS, QUIET, Alerts
from bot.services.shared.durable_writes import DurableWrites
from bot.services.work.held_tasks import NextStep
from bot.store.store import Store
from bot.wiring.config import Config
from bot.wiring.parts import wire
from bot.wiring.resources import Resources
from tests.fakes.chat import FakeChat
from tests.fakes.evolink import UnreachableEvolink
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.integration.store_kit import NOW, opened, queue, start
from tests.kit.patience import PATIENCE, slowness


async def test_what_a_kill_cut_short_is_told_by_the_next_process(tmp_path) -> None:
    """It is recorded once it was sent, and then not sent again."""
    channel = FakeOperatorChannel()
    async with opened(tmp_path) as store:
        channel.hangs = True
        killed = Alerts(store, channel, lambda: NOW)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await killed.warn("key", "The key is refused.")
        channel.hangs = False

        for _ in range(2):
            await Alerts(store, channel, lambda: NOW + 1).warn("key", "Refused.")
    assert channel.read == ["Refused."]


async def test_two_processes_tell_of_a_trouble_once_an_hour_together(tmp_path) -> None:
    """Whichever alerted last: the other one reads that, though it remembers an earlier time."""
    channel, now = FakeOperatorChannel(), NOW
    async with opened(tmp_path) as store:
        one, other = (Alerts(store, channel, lambda: now) for _ in range(2))
        await one.warn("key", "first")
        now = NOW + QUIET
        await other.warn("key", "second")
        now = NOW + QUIET + 1
        await one.warn("key", "third")
    assert channel.read == ["first", "second"]


async def test_what_did_not_arrive_is_told_once_the_channel_is_back(tmp_path) -> None:
    """Once, however many tasks met the trouble meanwhile, and in order."""
    channel = FakeOperatorChannel()
    channel.is_there = False
    async with opened(tmp_path) as store:
        alerts = Alerts(store, channel, lambda: NOW)
        for _ in range(5):
            await alerts.warn("key", "The key is refused.")
        await alerts.send("Task 1: lost.")
        await alerts.tell_again()
        assert channel.read == []
        channel.is_there = True
        for _ in range(2):
            await alerts.tell_again()
    assert channel.read == ["The key is refused.", "Task 1: lost."]


async def _unknown(store: Store) -> Task:
    await queue(store)
    (task,) = await start(store)
    task = await store.tasks.save(task.submitting(NOW), "submitting", now=NOW)
    return await store.tasks.save(task.unknown(NOW), "unknown", now=NOW)


async def _stepped(store: Store, storage: FileStorage, chat: FakeChat, now: int) -> Task:
    """Have a freshly started process run the step that is due."""
    config = Config(
        durations=Durations(), limits=Limits(), owner="main/1", max_running=1, user_running=1
    )
    resources = Resources(
        store=store,
        chat=chat,
        evolink=UnreachableEvolink(),
        storage=storage,
        config=config,
        clocks=Clocks(lambda: now, lambda: now),
    )
    (task,) = await store.claims.due("main/1", now=now, until=now + 60_000, limit=1)
    await wire(resources).work.worker._step(NextStep(task, now))
    present = await store.tasks.get(task.id)
    assert present is not None
    return present


async def test_an_unknown_outcome_that_could_not_be_told_is_told_by_the_next_process(
    store, storage
) -> None:
    """The task isn't closed before; its requester sees the end, and is refunded, at once."""
    task, chat = await _unknown(store), FakeChat(is_there=False)
    waiting = await _stepped(store, storage, chat, NOW)
    assert chat.edited == [task.id]
    assert (waiting.charged, waiting.token) == (0, "token")
    assert waiting.wake_at == NOW + 1_000

    chat.is_there = True
    told = await _stepped(store, storage, chat, NOW + 1_000)
    assert (told.token, told.wake_at) == (None, None)
    (text,) = chat.read
    assert text.startswith(f"Task {task.id}: it isn't known whether Evolink accepted it.")


async def test_a_channel_that_nobody_mends_keeps_no_task_open(store, storage) -> None:
    """The task is closed after some tries, an hour at most."""
    task, chat = await _unknown(store), FakeChat(is_there=False)
    while task.token is not None:
        assert task.wake_at is not None
        task = await _stepped(store, storage, chat, task.wake_at)
        assert len(chat.edited) < 20
    closed = (await store.events.of_task(task.id))[-1]
    assert (closed.kind, closed.at < NOW + QUIET) == ("closed", True)


async def test_a_clock_that_is_set_back_keeps_no_task_open(store, storage) -> None:
    """It would stay open for as long as the clock was ahead when it ended."""
    task, chat = await _unknown(store), FakeChat(is_there=False)
    set_back = NOW - QUIET
    await store.tasks.save(task.waiting(set_back), "waiting", now=set_back)
    closed = await _stepped(store, storage, chat, set_back)
    assert (closed.token, closed.wake_at) == (None, None)


async def test_old_news_are_not_told_and_no_flood_of_them(tmp_path) -> None:
    """A channel that is never fixed doesn't fill the memory, nor gets a flood once it is back."""
    channel, now = FakeOperatorChannel(), [NOW]
    channel.is_there = False
    async with opened(tmp_path) as store:
        alerts = Alerts(store, channel, lambda: now[0])
        for number in range(3 * MOST_UNTOLD):
            await alerts.send(str(number))
        now[0] += QUIET
        await alerts.send("newest")
        channel.is_there = True
        now[0] += NEWS - QUIET
        await alerts.tell_again()
    assert channel.read == ["newest"]


async def test_what_was_paid_for_does_not_wait_for_the_operator(tmp_path) -> None:
    """It is written as soon as the database is back, whether or not Discord takes the alert."""
    channel = FakeOperatorChannel(hangs=True)
    failures = [StoreUnavailable("database is locked")]

    async def write() -> str:
        if failures:
            raise failures.pop()
        return "written"

    async with opened(tmp_path) as store, asyncio.timeout(PATIENCE * slowness()):
        durable = DurableWrites(Alerts(store, channel, lambda: NOW).send_soon)
        assert await durable.until_written(write) == "written"
