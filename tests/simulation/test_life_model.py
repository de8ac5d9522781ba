"""The life of tasks with two workers against a plain model: who may write what, when."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from bot.domain.ids import MessageId, RemoteId, TaskId
from bot.domain.state import ENDED, State
from bot.domain.task import Task
from bot.errors import Stale
from bot.store.quotas import Reservation
from tests.simulation.database import File
from tests.simulation.machine import EXAMPLES, Machine
from tests.simulation.mutants.stored import Unversioned

LEASE = 60_000
WORKERS = ("a/1", "b/1")
#: Tasks that Evolink draws at a time, in total and per user.
PLACES, USERS_PLACES = 2, 2

workers = st.sampled_from(WORKERS)


@dataclass
class Row:
    """What the model knows of a row."""

    version: int = 0
    state: State = State.QUEUED
    owner: str | None = None
    wake_at: int | None = None
    remote: str | None = None
    charged: int | None = None
    cancelled: bool = False


class LifeMachine(Machine):
    """Two workers claim, write what they know, stall, crash; the requester presses *Cancel*."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = dict[TaskId, Row]()
        #: What each worker believes it holds, however long ago it got it.
        self.held: dict[str, list[Task]] = {worker: [] for worker in WORKERS}
        self.starts = 1

    @initialize()
    def begin(self) -> None:
        """A worker has started two tasks; a third one waits."""
        for _ in range(PLACES + 1):
            self.accept()
        self.start(WORKERS[0])

    @precondition(lambda self: len(self._open()) <= PLACES)
    @rule()
    def accept(self) -> None:
        """Somebody's task waits for its turn: its card is there."""
        task = self.run(self._accepted())
        self.rows[task.id] = Row(task.version, wake_at=task.wake_at)

    @precondition(lambda self: self._due())
    @rule(worker=workers)
    def claim_due(self, worker: str) -> None:
        """A worker gets exactly what is due, and nobody else gets that until its lease ends."""
        claims = self.store.claims.due(worker, now=self.now, until=self.now + LEASE, limit=9)
        claimed = self.run(claims)
        assert {task.id for task in claimed} == self._due()
        self._now_holds(worker, claimed)

    @precondition(lambda self: any(self.held.values()))
    @rule(worker=workers)
    def overtake(self, worker: str) -> None:
        """Leases run out, and a worker claims what the other believes it holds."""
        self.now += LEASE + 1
        self.claim_due(worker)

    @precondition(lambda self: self._waiting())
    @rule(worker=workers)
    def start(self, worker: str) -> None:
        """A worker starts the oldest that wait, while there are places."""
        running = {State.PREPARING, State.SUBMITTING, State.RUNNING}
        free = PLACES - sum(row.state in running for row in self.rows.values())
        waiting = self._waiting()
        started = self.run(
            self.store.turns.start(
                worker,
                now=self.now,
                until=self.now + LEASE,
                max_running=PLACES,
                user_running=USERS_PLACES,
                slow_before=0,
                limit=9,
            )
        )
        assert [task.id for task in started] == waiting[: max(0, free)]
        self._now_holds(worker, started)
        for task in started:
            self.rows[task.id].state = State.PREPARING

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """A worker writes the next state, and is refused exactly if it no longer holds the row."""
        worker = data.draw(st.sampled_from([each for each in WORKERS if self.held[each]]))
        task = data.draw(st.sampled_from(self.held[worker]))
        following = self._following(task, data)
        self.held[worker].remove(task)
        row = self.rows[task.id]
        try:
            saved = self.run(self.store.tasks.save(following, following.state, now=self.now))
        except Stale:
            assert (
                row.version != task.version
                or row.charged not in {None, following.charged}
                or row.remote != task.remote_id
            )
            return
        assert row.version == task.version
        assert row.remote == task.remote_id
        assert saved.version == task.version + 1
        row.version, row.state, row.owner = saved.version, saved.state, saved.owner
        row.wake_at = saved.wake_at
        if following.charged is not None:
            row.charged = following.charged
        if saved.state is State.SUBMITTING:
            # Its request is under way, and the answer comes at any time.
            self.held[worker].append(saved)

    @precondition(lambda self: any(self._asked()))
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """Evolink's id is written whoever holds the row by now; the first one stays."""
        task = data.draw(st.sampled_from(self._asked()))
        remote = RemoteId(f"remote-{task.id}-{task.attempt}")
        row = self.rows[task.id]
        work = self.store.tasks.record_remote(task.id, task.attempt, remote, now=self.now)
        first = self.run(work)
        assert first == (row.remote is None)
        for held in self.held.values():
            # The worker that sent the request has its answer, unless an id was known before.
            held[:] = [replace(each, remote_id=remote) if each is task else each for each in held]
        if first:
            row.remote = remote
            if row.state is not State.SUBMITTING:
                row.version, row.owner, row.state = row.version + 1, None, State.SUBMITTING
            if row.owner is None:
                row.wake_at = self.now

    @precondition(lambda self: self._open())
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """*Cancel* is recorded while nothing has been sent, and takes the row from nobody."""
        task_id = data.draw(st.sampled_from(self._open()))
        row = self.rows[task_id]
        self.run(self.store.tasks.request_cancel(task_id, now=self.now, actor="20"))
        if row.state not in {*ENDED, State.READY} and not row.cancelled:
            row.cancelled = True
            if row.owner is None and row.wake_at is not None:
                row.wake_at = min(row.wake_at, self.now)

    @precondition(lambda self: any(self.held.values()))
    @rule(worker=workers)
    def renew(self, worker: str) -> None:
        """A worker that still holds a row holds it for longer; a lost row doesn't come back."""
        ids = {task.id for task in self.held[worker]}
        self.run(self.store.claims.renew(worker, ids, until=self.now + LEASE))
        for task_id in ids:
            if self.rows[task_id].owner == worker:
                self.rows[task_id].wake_at = self.now + LEASE

    @precondition(lambda self: any(self.held.values()))
    @rule(worker=workers)
    def crash(self, worker: str) -> None:
        """A worker forgets everything, and its next start takes back what it held."""
        self.held[worker].clear()
        self.run(self.store.claims.seize(worker.partition("/")[0], now=self.now))
        for row in self.rows.values():
            if row.owner == worker:
                row.version, row.owner, row.wake_at = row.version + 1, None, self.now

    @rule(seconds=st.sampled_from((1, 30, 61)))
    def pass_time(self, seconds: int) -> None:
        """A lease may run out."""
        self.now += seconds * 1000

    @invariant()
    def rows_are_what_the_model_says(self) -> None:
        """No unexpected write is in the rows, and none is missing."""
        found = self.file.rows(
            "SELECT id, version, state, owner, wake_at, remote_id, charged, cancel_requested "
            "FROM task ORDER BY id"
        )
        assert [tuple(each) for each in found] == [
            (
                task_id,
                row.version,
                row.state,
                row.owner,
                row.wake_at,
                row.remote,
                row.charged,
                row.cancelled,
            )
            for task_id, row in sorted(self.rows.items())
        ]

    async def _accepted(self) -> Task:
        new = self.draft()

        def decide(book: Reservation) -> Task:
            return book.insert(new, now=self.now, owner=WORKERS[0], wake_at=self.now, estimate=None)

        task = await self.store.quotas.reserve(new.requester, decide)
        await self.store.tasks.record_card(task.id, MessageId(1_000 + task.id), now=self.now)
        return await self.store.tasks.save(task.waiting(self.now), "queued", now=self.now)

    def _open(self) -> list[TaskId]:
        return [task_id for task_id, row in sorted(self.rows.items()) if row.state not in ENDED]

    def _waiting(self) -> list[int]:
        """Which tasks wait for a place; the oldest first."""
        return [
            task_id
            for task_id, row in sorted(self.rows.items())
            if row.state is State.QUEUED
            and not row.cancelled
            and row.wake_at is not None
            and row.wake_at <= self.now
        ]

    def _due(self) -> set[int]:
        """Which tasks are due without a place."""
        return {
            task_id
            for task_id, row in self.rows.items()
            if row.wake_at is not None
            and row.wake_at <= self.now
            and (row.state is not State.QUEUED or row.cancelled)
        }

    def _asked(self) -> list[Task]:
        """Return what a worker believes it has asked Evolink for."""
        return [
            task for held in self.held.values() for task in held if task.state is State.SUBMITTING
        ]

    def _now_holds(self, worker: str, claimed: "tuple[Task, ...]") -> None:
        self.held[worker] += claimed
        for task in claimed:
            row = self.rows[task.id]
            row.version, row.owner, row.wake_at = row.version + 1, worker, self.now + LEASE
            assert task.version == row.version

    def _following(self, task: Task, data: st.DataObject) -> Task:
        """Return what a worker makes of a task as it knows it."""
        later = self.now + data.draw(st.sampled_from((0, 10_000)))
        match task.state:
            case State.QUEUED:
                choices = [task.cancelled(self.now)]
            case State.PREPARING:
                choices = [task.submitting(self.now), task.requeued(later)]
            case State.SUBMITTING if task.remote_id is not None:
                choices = [task.running(self.now, later, 20_000, self.now + 10**9)]
            case State.SUBMITTING:
                choices = [task.checking(later), task.unknown(self.now)]
            case State.RUNNING:
                ended = task.failed(self.now, "x")
                choices = [task.read(50, later), task.ready(self.now), ended]
            case State.READY:
                choices = [task.delivered(self.now, 1)]
            case _:
                choices = [task.closed()]
        return data.draw(st.sampled_from(choices))


def test_tasks_do_what_the_model_does(file: File) -> None:
    """Whatever two workers do in whatever order: one of them holds a task, and nothing is lost."""
    LifeMachine.file = file
    run_state_machine_as_test(LifeMachine, settings=EXAMPLES)


class _Unversioned(LifeMachine):
    tasks = Unversioned


def test_a_worker_that_writes_over_others_is_caught(file: File) -> None:
    """The model can tell: without the check of the version, the rows differ from it."""
    _Unversioned.file = file
    quick = settings(EXAMPLES, phases=(Phase.generate,))
    with pytest.raises(AssertionError):
        run_state_machine_as_test(_Unversioned, settings=quick)
