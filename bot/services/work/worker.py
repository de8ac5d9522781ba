"""The worker: it claims due tasks, takes their steps, and sleeps until the next one is due.

Timers of held tasks are in memory. For all others, the index on ``wake_at`` is the timer: it
survives a restart, and a hundred thousand waiting tasks cost nothing but rows.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from bot.domain.durations import Durations
from bot.domain.task import Task
from bot.errors import StoreUnavailable
from bot.services.shared.alerts import Alerts
from bot.services.shared.durable_writes import DurableWrites
from bot.services.work.failed_steps import FailedSteps
from bot.services.work.held_tasks import HeldTasks, NextStep, is_poll
from bot.services.work.leases import Leases
from bot.services.work.paid_requests import PaidRequests
from bot.services.work.steps import Steps
from bot.services.work.turns import Turns
from bot.services.work.wakeup import Wakeup
from bot.store.store import Store

log = structlog.get_logger()

#: Concurrent steps, so that sockets, files and memory stay bounded; and concurrent polls, which
#: take little of them.
STEPS, POLLS = 32, 256
#: Tasks claimed in one transaction; what can't start at once waits in memory. Milliseconds until
#: more are claimed while some wait.
CLAIMS, BACKLOG = 500, 100
#: The longest time in milliseconds until the database is looked at: another process may have made
#: something due.
LONGEST_SLEEP = 2_000


@dataclass(slots=True, kw_only=True)
class Worker:
    """Works on tasks in this process; any process may take any task."""

    store: Store
    steps: Steps
    failed_steps: FailedSteps
    turns: Turns
    held: HeldTasks
    leases: Leases
    wakeup: Wakeup
    paid_requests: PaidRequests
    alerts: Alerts
    durable: DurableWrites
    durations: Durations
    clock: Callable[[], int]
    _stopping: bool = False
    _steps_ended: asyncio.Event = field(default_factory=asyncio.Event)
    #: Whether queued tasks wait for a place.
    _are_waiting: bool = False
    _under_way: "dict[asyncio.Task[NextStep | None], Task]" = field(
        default_factory=dict["asyncio.Task[NextStep | None]", Task]
    )

    async def run(self) -> None:
        """Work until ``stop`` is called, first on tasks of this instance's previous run.

        Leases are renewed until the last steps have ended.
        """
        await self.seize()
        renewing = asyncio.create_task(
            self.leases.keep_renewing(self._under_way.values()), name="renew leases"
        )
        try:
            while not self._stopping:
                await self.start_due()
                await self._sleep()
            # The last steps need their leases: others would take a request that is under way for
            # one whose answer was lost.
            await self._steps_ended.wait()
        finally:
            renewing.cancel()

    async def seize(self) -> None:
        """Take over what a previous run of this instance held."""
        await self.durable.until_written(self.leases.seize)

    async def stop(self) -> None:
        """Claim nothing more, wait for running steps, and release the leases.

        Steps get ``durations.stop``; those with a paid request in flight, or with something paid
        for that is not written yet, get ``durations.last`` more.
        """
        self._stopping = True
        self.wakeup.stir()
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=self.durations.stop / 1000)
            for step in late - self.paid_requests.under_way - self.durable.holding:
                step.cancel()
            if late:
                await self._end(late)
        self._steps_ended.set()
        await self.leases.release()

    async def _end(self, late: "set[asyncio.Task[NextStep | None]]") -> None:
        """Wait for the last steps, and cancel those that still cannot write."""
        _, lost = await asyncio.wait(late, timeout=self.durations.last / 1000)
        for step in lost:
            log.error("stopped before all was written", task=self._under_way[step].id)
            step.cancel()
        if lost:
            await asyncio.wait(lost)

    async def start_due(self) -> None:
        """Start a step for each task where one is due, as far as there is room."""
        try:
            await self.leases.follow_the_clock(self._under_way.values())
            self._start_held()
            now = self.clock()
            if self.wakeup.is_due(now):
                self.wakeup.looked(now + LONGEST_SLEEP)
                await self._claim(now)
                self._tell_unreadable()
                self._start_held()
        except StoreUnavailable as error:
            self.wakeup.looked(self.clock() + LONGEST_SLEEP)
            self.durable.failed(error)
        except Exception:  # one bad row must not end the worker
            self.wakeup.looked(self.clock() + LONGEST_SLEEP)
            log.exception("tasks could not be claimed")

    async def _claim(self, now: int) -> None:
        """Claim what is due by the rows, and note when more will be."""
        waiting = await self.store.claims.waiting(now=now)
        self._are_waiting = waiting.turns
        if waiting.next_wake is not None:
            self.wakeup.no_later_than(waiting.next_wake)
        if waiting.steps and self._has_backlog(now):
            self.wakeup.no_later_than(now + BACKLOG)
        elif waiting.steps:
            claimed = await self.store.claims.due(
                self.leases.owner,
                now=now,
                until=now + self.durations.lease,
                limit=CLAIMS,
                expired=self.leases.expired,
                busy={task.id for task in self._under_way.values()},
            )
            self._hold(claimed)
            if len(claimed) == CLAIMS:
                self.wakeup.nudge()
        if waiting.turns:
            _, room = self._room()
            self._hold(await self.turns.start(room - len(self.held.waiting(now))))

    def _hold(self, claimed: Iterable[Task]) -> None:
        for task in claimed:
            self.held.add(NextStep(task, 0))

    def _has_backlog(self, now: int) -> bool:
        """Tell whether held tasks wait for room; polls don't count: Evolink may answer none."""
        due_at = self.held.next_due(polls=False)
        return due_at is not None and due_at <= now

    def _start_held(self) -> None:
        if self._stopping:
            # Too late for ``stop``; the leases expire, or the next run seizes them.
            return
        polls, others = self._room()
        for due in self.held.take(self.clock(), polls=polls, others=others):
            step = asyncio.create_task(self._step(due), name=f"task {due.task.id}")
            self._under_way[step] = due.task
            step.add_done_callback(self._ended)

    def _room(self) -> tuple[int, int]:
        """Return how many polls and how many other steps may start."""
        polls = sum(map(is_poll, self._under_way.values()))
        return POLLS - polls, STEPS - (len(self._under_way) - polls)

    async def _step(self, due: NextStep) -> NextStep | None:
        task = due.task
        with structlog.contextvars.bound_contextvars(task=task.id, user=task.requester.user):
            try:
                return await self.steps.run(task, due.known)
            except Exception as error:  # noqa: BLE001 - one task's trouble must not stop the others
                await self.failed_steps.handle(task, error)
                return None

    def _ended(self, step: "asyncio.Task[NextStep | None]") -> None:
        task, following = self._under_way.pop(step), None
        if not step.cancelled():
            if (error := step.exception()) is not None:
                log.error("a step was lost; its lease runs out", task=task.id, error=repr(error))
            elif (following := step.result()) is not None:
                self.held.add(following)
        if self._are_waiting and not (following is not None and is_poll(following.task)):
            # A place may have become free.
            self.wakeup.nudge()
        self.wakeup.stir()

    async def idle(self) -> None:
        """Wait until no step is running; tasks that became due since are not started."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _sleep(self) -> None:
        now = self.clock()
        polls, others = self._room()
        due_at = self.held.next_due(polls=polls > 0, others=others > 0)
        await self.wakeup.wait(now, now + LONGEST_SLEEP if due_at is None else due_at)

    def _tell_unreadable(self) -> None:
        rows = self.store.unreadable.news()
        if not rows:
            return
        for row in rows:
            log.error("a row cannot be read", task=row.task_id, error=row.why)
        several = "" if len(rows) == 1 else f" and {len(rows) - 1} more, which the log names,"
        self.alerts.send_soon(
            f"Task {rows[0].task_id}{several} can't be read from the database ({rows[0].why}) and "
            "was set aside; everything else continues. A later version of the bot may have written "
            "it, or somebody changed it by hand. The bot tries it again once a day."
        )
