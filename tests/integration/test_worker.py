"""The worker, on a real store: whatever hangs or fails holds up nothing else."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from typing_extensions import override

from bot.clock import Clocks
from bot.domain.durations import Durations
from bot.domain.ids import RemoteId, TaskId
from bot.domain.queue_status import Pause
from bot.domain.quota_settings import Limits
from bot.domain.state import State
from bot.domain.task import Task
from bot.domain.window import DAY
from bot.errors import OutOfCredits, StoreUnavailable
from bot.evolink.values import RemoteTask, Status, Submitted
from bot.files import FileStorage
from bot.measures import Measures
from bot.services.work.held_tasks import NextStep
from bot.services.work.refusals import REFUSED
from bot.services.work.worker import Worker
from bot.store.claims import Claims
from bot.store.store import Store
from bot.store.tasks import Tasks
from bot.wiring.config import Config
from bot.wiring.parts import wire
from bot.wiring.resources import Resources
from tests.fakes.chat import FakeChat
from tests.fakes.evolink import UnreachableEvolink
from tests.integration.store_kit import NOW, OWNER, USER, queue, run, run_sql
from tests.kit.patience import PATIENCE, slowness, until

CONFIG = Config(
    durations=Durations(), limits=Limits(), owner="main/2", max_running=9, user_running=9
)


class Hanging(UnreachableEvolink):
    """Accepts each request, and answers none."""

    def __init__(self) -> None:
        self.asked = 0

    @override
    async def read(self, remote_id: RemoteId) -> RemoteTask:
        self.asked += 1
        await asyncio.Event().wait()
        raise AssertionError


class Drawing(Hanging):
    """Is still drawing, and says so once it may answer."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()

    @override
    async def read(self, remote_id: RemoteId) -> RemoteTask:
        self.asked += 1
        await self.answers.wait()
        return RemoteTask(remote_id=remote_id, status=Status.DRAWING)


@dataclass
class Time:
    """The wall clock, which people set."""

    now: int = NOW

    def wall(self) -> int:
        return self.now

    def steady(self) -> int:
        return NOW


@asynccontextmanager
async def working(
    store: Store,
    tmp_path,
    *,
    time: Time,
    evolink: UnreachableEvolink,
    chat: FakeChat | None = None,
    durations: Durations | None = None,
) -> AsyncGenerator[Worker]:
    """A running worker."""
    storage = FileStorage(tmp_path / "files")
    storage.prepare()
    parts = wire(
        Resources(
            store=store,
            chat=chat or FakeChat(),
            evolink=evolink,
            storage=storage,
            config=replace(CONFIG, durations=durations or CONFIG.durations),
            clocks=Clocks(time.wall, time.steady),
        )
    )
    worker = parts.work.worker
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        steps = [running, *worker._under_way]
        for step in steps:
            step.cancel()
        await asyncio.gather(*steps, return_exceptions=True)


@dataclass
class Lost(Measures):
    """Counts the tasks that others have taken."""

    leases: int = 0

    @override
    def lost(self, leases: int) -> None:
        self.leases += leases


async def test_a_lease_that_another_process_has_taken_is_counted(store, tmp_path):
    """It is counted once; that task isn't held any more, the other still is."""
    storage, time, lost = FileStorage(tmp_path / "files"), Time(), Lost()
    leases = wire(
        Resources(
            store=store,
            chat=FakeChat(),
            evolink=Hanging(),
            storage=storage,
            config=CONFIG,
            clocks=Clocks(time.wall, time.steady),
            measures=lost,
        )
    ).work.worker.leases
    for _ in range(2):
        await run(store)
    claimed = {"now": NOW + 10_000, "until": NOW + 70_000}
    for task in await store.claims.due(leases.owner, **claimed, limit=9):
        leases.held.add(NextStep(task, NOW + 60_000))
    (taken,) = await store.claims.due("other/x", now=NOW + 70_000, until=NOW + 130_000, limit=1)
    for _ in range(2):
        await leases.renew(())
    assert lost.leases == 1
    assert [task.id for task in leases.held.tasks()] == [3 - taken.id]


async def ended(store: Store, task_id: TaskId) -> Task:
    """Wait until a task has ended."""
    async with asyncio.timeout(PATIENCE * slowness()):
        while True:
            task = await store.tasks.get(task_id)
            if task is not None and task.has_ended:
                return task
            await asyncio.sleep(0.02)


async def test_polls_that_hang_hold_up_no_other_step(store, tmp_path, monkeypatch):
    """More tasks than may be polled at once are due, and Evolink answers none of them."""
    monkeypatch.setattr("bot.services.work.worker.POLLS", 1)
    for _ in range(3):
        await run(store)
    evolink, time = Hanging(), Time(NOW + 20_000)
    async with working(store, tmp_path, time=time, evolink=evolink) as worker:
        await until(lambda: evolink.asked)
        waiting = await queue(store, now=time.now + 10**9)
        await store.tasks.request_cancel(waiting.id, now=time.now, actor=str(USER))
        worker.wakeup.nudge()
        assert (await ended(store, waiting.id)).state is State.CANCELLED
    assert evolink.asked == 1


@pytest.mark.parametrize("meanwhile", [False, True], ids=["before it asks", "while it asks"])
async def test_a_clock_that_is_set_ahead_by_days_gives_nothing_up(store, tmp_path, meanwhile):
    """Evolink is still drawing, and is paid; what was read before the step is outdated."""
    task = await run(store)
    evolink, time = Drawing(), Time(NOW + 20_000)
    async with working(store, tmp_path, time=time, evolink=evolink) as worker:
        await until(lambda: evolink.asked)
        if not meanwhile:
            evolink.answers.set()
            await until(worker.held.tasks)
        time.now += 2 * DAY
        worker.wakeup.nudge()
        if meanwhile:
            await until(lambda: not worker.leases.watch.step())
            evolink.answers.set()
            await worker.idle()
        for _ in range(2):
            time.now += 60_000
            worker.wakeup.nudge()
            asked = evolink.asked
            await until(lambda seen=asked: evolink.asked > seen)
    found = await store.tasks.get(task.id)
    assert found is not None
    assert found.state is State.RUNNING
    assert task.deadline is not None
    assert found.deadline >= task.deadline + 2 * DAY


async def test_held_tasks_are_read_again_once_the_clock_was_set(store, tmp_path, monkeypatch):
    """By their old deadlines, links that still work would be forgotten."""
    monkeypatch.setattr("bot.services.work.worker.POLLS", 0)
    await run(store)
    time = Time(NOW + 20_000)
    async with working(store, tmp_path, time=time, evolink=Hanging()) as worker:
        await until(worker.held.tasks)
        (before,) = worker.held.tasks()
        time.now += 2 * DAY
        worker.wakeup.nudge()
        await until(lambda: not worker.leases.watch.step())
        (after,) = worker.held.tasks()
    assert before.deadline is not None
    assert (after.deadline, after.version) == (before.deadline + 2 * DAY, before.version + 1)


async def test_a_clock_that_is_set_while_nothing_can_be_written(store, tmp_path):
    """Updating the timers is retried now and then, not thousands of times; held tasks go on."""
    tries = 0

    class Full(Claims):
        @override
        async def pull_in(self, *_: Any, **__: Any) -> None:
            nonlocal tries
            tries += 1
            raise StoreUnavailable("the disk is full")

    full = replace(store, claims=Full(store.claims._db, store.unreadable))
    evolink, time = Hanging(), Time()
    async with working(full, tmp_path, time=time, evolink=evolink) as worker:
        await until(lambda: not worker.wakeup.is_due(NOW))
        await run(store)
        claimed = {"now": NOW + 10_000, "until": NOW + 70_000, "limit": 9}
        (task,) = await store.claims.due(CONFIG.owner, **claimed)
        worker.held.add(NextStep(task, NOW + 10**9))
        time.now += 9_000
        worker.wakeup.nudge()
        await until(lambda: evolink.asked)
        for _ in range(20):
            worker.wakeup.nudge()
            await asyncio.sleep(0.01)
    assert tries == 1


async def test_what_the_last_run_held(store, tmp_path):
    """Only one process uses a SQLite file, so it is gone; elsewhere it may be cut off, yet act."""
    await run(store)
    (held,) = await store.claims.due(OWNER, now=NOW + 10_000, until=NOW + 70_000, limit=9)
    evolink = Hanging()
    async with working(store, tmp_path, time=Time(NOW + 20_000), evolink=evolink) as worker:
        for _ in range(20):
            worker.wakeup.nudge()
            await asyncio.sleep(0.01)
        if store.peers.is_alone:
            await until(lambda: evolink.asked)
        else:
            assert not evolink.asked
            found = await store.tasks.get(held.id)
            assert found is not None
            assert (found.owner, found.wake_at) == (held.owner, held.wake_at)
    async with working(store, tmp_path, time=Time(NOW + 70_001), evolink=evolink):
        await until(lambda: evolink.asked)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_start_while_nothing_can_be_written(store, tmp_path):
    """The worker keeps trying to take its tasks back, and then works on them."""
    failures = [StoreUnavailable("database is locked")] * 2

    class Locked(Claims):
        @override
        async def seize(self, instance: str, *, now: int) -> int:
            if failures:
                raise failures.pop()
            return await super().seize(instance, now=now)

    locked = replace(store, claims=Locked(store.claims._db, store.unreadable))
    await run(store)
    await store.claims.due(OWNER, now=NOW + 10_000, until=NOW + 70_000, limit=9)
    evolink = Hanging()
    async with working(locked, tmp_path, time=Time(NOW + 20_000), evolink=evolink):
        await until(lambda: evolink.asked)


class Silent(FakeChat):
    """Accepts alerts for the operator, and never says whether they arrived."""

    @override
    async def tell_operator(self, text: str) -> bool:
        self.read.append(text)
        await asyncio.Event().wait()
        raise AssertionError


class OutOfMoney(UnreachableEvolink):
    """Has no credits left."""

    @override
    async def submit(self, *_: Any, **__: Any) -> Submitted:
        raise OutOfCredits("not enough credits", None)


async def refused(store: Store, tasks: list[Task]) -> None:
    """Wait until each task has been refused and is queued again."""
    async with asyncio.timeout(PATIENCE * slowness()):
        while True:
            rows = [await store.tasks.get(task.id) for task in tasks]
            if all(row and row.failures and row.state is State.QUEUED for row in rows):
                return
            await asyncio.sleep(0.02)


async def test_discord_does_not_answer_what_the_operator_is_told(store, tmp_path):
    """The refusal is still written; otherwise the task's outcome would be unknown."""
    tasks, time = [await queue(store), await queue(store, user=21)], Time()
    chat = Silent()
    async with working(store, tmp_path, time=time, evolink=OutOfMoney(), chat=chat):
        await refused(store, tasks)
        await until(lambda: chat.read)


async def test_a_refusal_that_cannot_be_written_at_once_is_one(store, tmp_path):
    """The first refusal doesn't count as a second one, and doesn't pause everybody."""
    failures = [StoreUnavailable("database is locked")] * 2

    class Locked(Tasks):
        @override
        async def save(self, task: Task, kind: str, **more: Any) -> Task:
            if kind == REFUSED and failures:
                raise failures.pop()
            return await super().save(task, kind, **more)

    task, chat = await queue(store), FakeChat()
    locked = replace(store, tasks=Locked(store.tasks._db))
    async with working(locked, tmp_path, time=Time(), evolink=OutOfMoney(), chat=chat):
        await refused(store, [task])
    assert not failures
    assert [text for text in chat.read if "database" not in text] == []


async def test_rows_that_cannot_be_read_hold_up_no_others(store, tmp_path):
    """One message names the first, however many there are; nobody waits until it arrives."""
    damaged = [await run(store) for _ in range(3)]
    text = f"UPDATE task SET request = '[]' WHERE id <= {damaged[-1].id}"  # noqa: S608 - a number
    await store._db.write(partial(run_sql, text))
    await run(store)
    evolink, time, chat = Hanging(), Time(NOW + 20_000), Silent()
    async with working(store, tmp_path, time=time, evolink=evolink, chat=chat):
        await until(lambda: evolink.asked)
        await until(lambda: chat.read)
    (told,) = chat.read
    assert told.startswith(f"Task {damaged[0].id} and 2 more, which the log names, can't be read")


class Deliberating(OutOfMoney):
    """Refuses when it is told to."""

    def __init__(self) -> None:
        self.asked, self.answers = asyncio.Event(), asyncio.Event()

    @override
    async def submit(self, *args: Any, **more: Any) -> Submitted:
        self.asked.set()
        await self.answers.wait()
        return await super().submit(*args, **more)


async def renewed(store: Store, task_id: TaskId, until: int) -> None:
    """Wait until a task is held until then."""
    async with asyncio.timeout(PATIENCE * slowness()):
        while True:
            task = await store.tasks.get(task_id)
            assert task is not None
            if task.wake_at == until:
                return
            await asyncio.sleep(0.02)


async def test_a_stop_while_a_paid_request_has_no_answer(store, other, tmp_path):
    """No other process takes its task for one with a lost answer, however long it takes."""
    evolink, time, lease = Deliberating(), Time(), 300
    durations = replace(CONFIG.durations, lease=lease)
    task = await queue(store)
    async with working(store, tmp_path, time=time, evolink=evolink, durations=durations) as worker:
        await evolink.asked.wait()
        stopping = asyncio.create_task(worker.stop())
        for _ in range(3):
            time.now += lease - 50
            await renewed(store, task.id, time.now + lease)
            assert not await other.claims.due("main/3", now=time.now, until=time.now + 1, limit=9)
        evolink.answers.set()
        await stopping
        back = await store.tasks.get(task.id)
        assert (back.state, back.reason, back.owner) == (State.QUEUED, Pause.OUT_OF_CREDITS, None)
    assert not [each for each in asyncio.all_tasks() if each.get_name() == "renew leases"]
