"""Follows a task at Evolink until its images are there, it failed, or its time is up."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.clock import ClockWatch
from bot.domain import error_codes
from bot.domain.durations import Durations
from bot.domain.quota_settings import CREDIT
from bot.domain.result import Result
from bot.domain.state import Reason
from bot.domain.task import Task
from bot.errors import EvolinkError, Rejected, Withheld
from bot.evolink.values import RemoteTask, Status
from bot.services.shared.alerts import Alerts
from bot.services.shared.estimates import Estimates
from bot.services.shared.pauses import LONGEST, Pauses
from bot.services.shared.ports import ImageApi
from bot.services.work.held_tasks import NextStep
from bot.services.work.transitions import Transitions
from bot.store.store import Store

log = structlog.get_logger()

#: A task counts as lost at Evolink after this many "not found" in a row, once it is older than
#: this fraction of GIVE_UP_SECONDS (six hours by default).
LOST_AFTER, LOST_AGE = 10, 4
#: The same for "completed" without links (an hour by default).
LINKS_AGE = 24
#: A price beyond so many times the expected credits (or a credit an image, if that is more) is
#: wrong, and would fill a cap for the rest of its day or month.
MOST_TIMES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """Asks Evolink how far a task is. An outage never ends one."""

    store: Store
    evolink: ImageApi
    transitions: Transitions
    pauses: Pauses
    estimates: Estimates
    alerts: Alerts
    durations: Durations
    clock: Callable[[], int]
    watch: ClockWatch

    async def follow(self, task: Task, estimated: int | None, *, wait: bool = True) -> NextStep:
        """Begin to follow a task that Evolink has accepted.

        ``estimated``: Evolink's own estimate, in milliseconds. Without ``wait`` it is read at once.
        """
        now = self.clock()
        estimate = await self.estimates.get(task.request, estimated)
        first = now + self.durations.polling.first(estimate) if wait else now
        running = task.running(now, first, estimate, now + self.durations.give_up)
        return NextStep(await self.transitions.hold(running, "running"), first)

    async def read(self, task: Task) -> NextStep | None:
        """Ask Evolink once, and write what it says, unless the row says so already."""
        assert task.remote_id is not None
        try:
            remote = await self.evolink.read(task.remote_id)
        except EvolinkError as error:
            return await self._not_read(task, error)
        now = self.clock()
        if remote.status is Status.COMPLETED:
            return await self._drawn(task, remote)
        if remote.status is Status.FAILED:
            code = remote.error_code or "unknown_error"
            log.info("drawing failed", task=task.id, code=code, answer=remote.error_message)
            await self.pauses.heard(task, code)
            known = await self.store.outcome(task.id)
            drawn = None if code in error_codes.UNKNOWN or known.is_doubtful else 0
            return await self.transitions.go_on(task.failed(now, code, drawn=drawn), "failed")
        if self._is_late(task):
            return await self._fail(task, Reason.GAVE_UP)
        again_at = self._next_read(task)
        if remote.progress > task.progress or task.failures:
            task = await self.transitions.hold(task.read(remote.progress, again_at), "read")
        return NextStep(task, again_at)

    async def _drawn(self, task: Task, remote: RemoteTask) -> NextStep | None:
        if not remote.results:
            return await self._not_linked(task, remote)
        if len(remote.results) > task.request.count:
            log.warning("more results than asked for", results=len(remote.results))
        results = [
            Result(task_id=task.id, position=position, url=url)
            for position, url in enumerate(remote.results[: task.request.count])
        ]
        now = self.clock()
        known = await self.store.outcome(task.id)
        # Nothing proves that Evolink honours keys, so the accepted attempt does not tell.
        drawn = None if known.is_doubtful else len(results)
        costs = await self._believed(task, remote.credits_used)
        deadline = now + self.durations.give_up
        ready = task.ready(now, drawn=drawn, credits_used=costs, deadline=deadline)
        step = await self.transitions.go_on(ready, "ready", results=results)
        # Results that were stored already may say more.
        return step if known.results else replace(step, known=replace(known, results=(*results,)))

    async def _believed(self, task: Task, said: float | None) -> int | None:
        """Return what Evolink says a task took, in thousandths of a credit, if that is plausible.

        The operator is warned if it is more than the caps expected.
        """
        if said is None:
            return None
        costs = round(said * CREDIT)
        if costs > MOST_TIMES * max(task.credits or 0, task.reserved * CREDIT):
            await self.alerts.warn(
                "absurd price",
                f"Evolink says that task {task.id} took {said:,.0f} credits, which can't be right. "
                "Caps in credits count what IMAGE_CREDITS says instead.",
            )
            return None
        if task.credits is not None and costs > task.credits:
            expected, cost = (each / CREDIT / task.reserved for each in (task.credits, costs))
            await self.alerts.warn(
                "price",
                f"An image costs {cost:g} credits at Evolink, and IMAGE_CREDITS is {expected:g}. "
                "Raise it, or caps in credits are noticed late.",
            )
        return costs

    async def _not_linked(self, task: Task, remote: RemoteTask) -> NextStep | None:
        """Keep reading: links may follow some time after "completed"."""
        code = remote.error_code
        failing = task.failing(Reason.RESULTS_AWAITED)
        # With an error code beside it, links are unlikely to follow.
        is_old = code is not None or self._age(task) >= self.durations.give_up // LINKS_AGE
        log.info("done, and no links", task=task.id, failures=failing.failures, code=code)
        if self._is_late(task) or (is_old and failing.failures > LOST_AFTER):
            return await self._fail(task, code or Reason.NO_IMAGES)
        await self._read_later(failing, "unlinked")
        return None

    async def _not_read(self, task: Task, error: EvolinkError) -> NextStep | None:
        """Ask again later: failing to ask says nothing about the drawing."""
        log.info("a task could not be read", task=task.id, error=repr(error))
        # Only "not found" in a row, for hours, means that it is lost.
        known = replace(task, reason=None, failures=task.failures + 1)
        failing = task.failing(Reason.NOT_FOUND) if isinstance(error, Rejected) else known
        is_old = self._age(task) >= self.durations.give_up // LOST_AGE
        if is_old and failing.reason == Reason.NOT_FOUND and failing.failures > LOST_AFTER:
            return await self._fail(task, Reason.NOT_FOUND)
        if self._is_late(task):
            return await self._fail(task, Reason.GAVE_UP)
        asked = error.retry_after if isinstance(error, Withheld) else self.evolink.blocked_seconds
        await self._read_later(failing, "unread", at_least=min(round((asked or 0) * 1000), LONGEST))
        return None

    async def _read_later(self, failing: Task, event: str, *, at_least: int = 0) -> None:
        now = self.clock()
        backoff = self.durations.backoff(failing.failures - 1)
        wait = max(self._next_read(failing) - now, backoff, at_least)
        await self.transitions.save(failing.waiting(now + wait, failures=failing.failures), event)

    async def _fail(self, task: Task, reason: str) -> NextStep:
        return await self.transitions.go_on(task.failed(self.clock(), reason), "failed")

    def _is_late(self, task: Task) -> bool:
        return task.deadline is not None and self.watch.is_over(task.deadline)

    def _next_read(self, task: Task) -> int:
        return self.clock() + self.durations.polling.next(self._age(task))

    def _age(self, task: Task) -> int:
        """Return the milliseconds since Evolink accepted it; 0 while that can't be told."""
        now = self.clock()
        return 0 if self.watch.step() else now - (task.submitted_at or now)
