"""The worker: it claims due tasks, takes their steps, and sleeps until the next one is due.

The index on ``wake_at`` is the timer: it survives a restart, and a hundred thousand waiting tasks
cost nothing but rows.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from bot.clock import NOTICED, ClockWatch
from bot.domain.durations import Durations
from bot.domain.state import State
from bot.domain.task import Task
from bot.errors import ChatUnavailable, Stale, StoreUnavailable
from bot.services.shared.alerts import Alerts
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.pauses import Pauses
from bot.services.work.overdue import Overdue
from bot.services.work.paid_requests import PaidRequests
from bot.services.work.steps import Steps
from bot.services.work.transitions import Transitions
from bot.store.store import Store

log = structlog.get_logger()

#: Concurrent steps, so that sockets, files and memory stay bounded.
STEPS = 32
#: The longest sleep in seconds: another process may have made something due.
LONGEST_SLEEP = 2.0


@dataclass(slots=True, kw_only=True)
class Worker:
    """Works on tasks in this process; any process may take any task."""

    store: Store
    steps: Steps
    transitions: Transitions
    paid_requests: PaidRequests
    overdue: Overdue
    pauses: Pauses
    alerts: Alerts
    durable: DurableWrites
    durations: Durations
    clock: Callable[[], int]
    #: "instance/start": who this process is in the rows.
    owner: str
    max_running: int
    user_running: int
    #: Notices when the wall clock is set.
    watch: ClockWatch
    #: Milliseconds by which it was set, as long as timers are not adjusted.
    _clock_was_set: int = 0
    #: Until then (monotonic), others' leases may only seem expired because the clock was set.
    _trusts_leases_from: int = 0
    _due: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False
    _under_way: "dict[asyncio.Task[None], Task]" = field(
        default_factory=dict["asyncio.Task[None]", Task]
    )

    def nudge(self) -> None:
        """Wake the worker: something is due."""
        self._due.set()

    async def run(self) -> None:
        """Work until ``stop`` is called, first on tasks of this instance's previous run."""
        await self.seize()
        renewing = asyncio.create_task(self._renew(), name="renew leases")
        try:
            while not self._stopping:
                self._due.clear()
                await self.start_due()
                await self._sleep()
        finally:
            renewing.cancel()

    async def seize(self) -> None:
        """Take over tasks that a previous run of this instance held."""
        self.watch.step()  # the reference for later steps
        now = self.clock()
        seized = await self.store.claims.seize(self.owner.partition("/")[0], now=now)
        if seized:
            log.info("going on with tasks of the last run", tasks=seized)
        latest = await self.store.claims.latest()
        if latest is not None and latest > now + NOTICED:
            log.warning("the clock was set back since the last run", seconds=(latest - now) // 1000)
            await self._follow_the_clock(0)

    async def stop(self) -> None:
        """Claim nothing more, wait for running steps, and release the leases.

        Steps get ``durations.stop``; those with a paid request in flight, or with something paid
        for that is not written yet, get ``durations.last`` more.
        """
        self._stopping = True
        self.nudge()
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=self.durations.stop / 1000)
            for step in late - self.paid_requests.under_way - self.durable.holding:
                step.cancel()
            if late:
                await self._end(late)
        try:
            await self.store.claims.release(self.owner, now=self.clock())
        except StoreUnavailable as error:  # the next run seizes them
            await self.durable.failed(error)

    async def _end(self, late: "set[asyncio.Task[None]]") -> None:
        """Wait for the last steps, and cancel those that still cannot write."""
        _, lost = await asyncio.wait(late, timeout=self.durations.last / 1000)
        for step in lost:
            log.error("stopped before all was written", task=self._under_way[step].id)
            step.cancel()
        if lost:
            await asyncio.wait(lost)

    async def start_due(self) -> None:
        """Claim due tasks, as many as there is room for, and start a step for each."""
        try:
            await self._look_at_the_clock()
            now = self.clock()
            until = now + self.durations.lease
            room = STEPS - len(self._under_way)
            waiting = await self.store.claims.waiting(now=now)
            if waiting.steps:
                due = await self.store.claims.due(
                    self.owner,
                    now=now,
                    until=until,
                    limit=room,
                    # Live processes renew leases that only the clock made expire.
                    expired=0 if self.watch.steady() < self._trusts_leases_from else now,
                    busy={task.id for task in self._under_way.values()},
                )
                self._start(due)
            if waiting.turns:
                self._start(await self._turns(now, until))
            await self._tell_unreadable()
        except StoreUnavailable as error:
            await self.durable.failed(error)
        except Exception:  # one bad row must not end the worker
            log.exception("tasks could not be claimed")

    async def _tell_unreadable(self) -> None:
        for row in self.store.claims.unreadable():
            log.error("a row cannot be read", task=row.task_id, error=row.why)
            await self.alerts.send(
                f"Task {row.task_id} can't be read from the database ({row.why}) and was set "
                "aside; everything else continues. A later version of the bot may have written it, "
                "or somebody changed it by hand. The bot tries it again once a day."
            )

    async def _look_at_the_clock(self) -> None:
        self._clock_was_set += self.watch.step()
        if self._clock_was_set == 0:
            return
        seconds = self._clock_was_set // 1000
        log.warning("the clock was set; timers follow", seconds=seconds)
        self._trusts_leases_from = self.watch.steady() + self.durations.lease
        await self._follow_the_clock(max(0, self._clock_was_set))
        self._clock_was_set = 0

    async def _follow_the_clock(self, ahead: int) -> None:
        await self.store.claims.pull_in(
            now=self.clock(),
            ahead=ahead,
            lease=self.durations.lease,
            give_up=self.durations.give_up,
        )
        await self.pauses.pull_in()
        if held := {task.id for task in self._under_way.values()}:
            until = self.clock() + self.durations.lease
            await self.store.claims.renew(self.owner, held, until=until)

    async def idle(self) -> None:
        """Wait until no step is running; tasks that became due since are not started."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _start(self, claimed: Sequence[Task]) -> None:
        if self._stopping:
            # Too late for ``stop``; the leases expire, or the next run seizes them.
            return
        for task in claimed:
            step = asyncio.create_task(self._step(task), name=f"task {task.id}")
            self._under_way[step] = task
            step.add_done_callback(self._ended)

    async def _turns(self, now: int, until: int) -> Sequence[Task]:
        if self.durable.is_behind:
            return ()
        room = await self.pauses.room(STEPS - len(self._under_way), trying=self._is_trying(now))
        if room.places <= 0:
            return ()
        return await self.store.claims.queued(
            self.owner,
            now=now,
            until=until,
            max_running=self.max_running,
            user_running=self.user_running,
            slow_before=now - self.durations.polling.slow_after,
            limit=room.places,
            below=room.below,
            failed_last=room.alone,
        )

    def _is_trying(self, now: int) -> bool:
        """Tell whether a queued task was started just now; a slow one delays nobody."""
        began = [
            task.wake_at - self.durations.lease
            for task in self._under_way.values()
            if task.state is State.PREPARING and task.wake_at is not None
        ]
        return any(now - at < self.durations.pause for at in began)

    async def _step(self, task: Task) -> None:
        with structlog.contextvars.bound_contextvars(task=task.id, user=task.requester.user):
            try:
                await self.steps.run(task)
            except Stale:
                # If the task is still ours, its step is taken again.
                log.info("the task has changed since it was read")
                await self._put_off(task)
            except StoreUnavailable as error:
                # Nothing was paid for in this step: that would have been retried.
                await self.durable.failed(error)
                await self._put_off(task)
            except ChatUnavailable as error:
                log.warning("discord is failing", error=repr(error.__cause__ or error))
                await self._put_off(task, round(error.retry_after * 1000))
            except Exception:  # one task's trouble must not stop the others
                log.exception("a step failed unexpectedly", state=task.state)
                await self._put_off(task, foreseen=False)
                await self.alerts.warn(
                    "unexpected",
                    f"A step of task {task.id} failed with an unexpected error: see the log. "
                    "The bot tries it again automatically.",
                )

    async def _put_off(self, task: Task, least: int = 0, *, foreseen: bool = True) -> None:
        """Have the step repeated later, from the row as it is now.

        ``least``: milliseconds before which that is pointless.
        """
        try:
            await self._wait(task.id, least, foreseen=foreseen)
        except Stale:
            log.info("somebody else has the task by now")
        except StoreUnavailable as error:  # its lease expires
            await self.durable.failed(error)

    async def _wait(self, task_id: int, least: int, *, foreseen: bool) -> None:
        now = self.clock()
        present = await self.store.tasks.get(task_id)
        if present is None or present.owner != self.owner:
            return
        if await self.overdue.end(present, foreseen=foreseen):
            return
        wait = max(least, self.durations.backoff(present.failures))
        await self.transitions.save(present.waiting(now + wait), "waiting")

    def _ended(self, step: "asyncio.Task[None]") -> None:
        del self._under_way[step]
        if not step.cancelled() and (error := step.exception()) is not None:
            log.error("a step was lost; its lease runs out", error=repr(error))
        self.nudge()

    async def _sleep(self) -> None:
        seconds = LONGEST_SLEEP
        try:
            next_wake = await self.store.claims.next_wake(now=self.clock())
        except StoreUnavailable as error:
            await self.durable.failed(error)
            next_wake = None
        if next_wake is not None and len(self._under_way) < STEPS:
            seconds = min(seconds, max(0.02, (next_wake - self.clock()) / 1000))
        try:
            async with asyncio.timeout(seconds):
                await self._due.wait()
        except TimeoutError:
            pass

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self.durations.lease / 3000)
            held = {task.id for task in self._under_way.values()}
            if not held:
                continue
            until = self.clock() + self.durations.lease
            try:
                await self.store.claims.renew(self.owner, held, until=until)
            except StoreUnavailable as error:  # two renewals may fail before a lease expires
                await self.durable.failed(error)
