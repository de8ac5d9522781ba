"""What follows when Evolink did not accept a task: it is queued again, or fails."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot.domain.durations import Durations
from bot.domain.queue import alone
from bot.domain.queue_status import Pause
from bot.domain.reference import reason_of
from bot.domain.state import Reason
from bot.domain.task import Task
from bot.domain.task_events import DOUBTFUL
from bot.errors import (
    EvolinkError,
    FetchFailed,
    ImagineError,
    ModelUnavailable,
    NotTaken,
    Rejected,
    UnusablePicture,
    Withheld,
)
from bot.refusals import BadReference
from bot.services.shared.alerts import Alerts
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.pauses import Pauses, kind_of
from bot.services.shared.ports import ImageApi
from bot.services.work.held_tasks import NextStep
from bot.services.work.transitions import Transitions
from bot.store.store import Store

log = structlog.get_logger()

#: Failures of the same kind in a row that end a task (500 at submission, a rejected reference).
TRIES = 3
#: A task fails once it was refused this often with others accepted in between: then the fault is
#: its own, not the account's. Rate limits hit at random, so they need more.
ALONE, ALONE_OF_RATE = 3, 10
#: The event of a refusal.
REFUSED = "refused"

_AWAY = "Evolink can't be reached. Waiting tasks resume automatically."


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Decides between trying again and giving up, by what Evolink answered."""

    store: Store
    evolink: ImageApi
    transitions: Transitions
    pauses: Pauses
    alerts: Alerts
    durable: DurableWrites
    durations: Durations
    clock: Callable[[], int]

    async def postpone(self, task: Task, *, wait: int | None = None) -> None:
        """Requeue a task that was not sent, keeping its key.

        ``wait``: milliseconds; ``None``: as after a first failure.
        """
        until = self.clock() + (self.durations.retry if wait is None else wait)
        again = task.requeued(until, failures=task.failures, same_key=True)
        await self.transitions.save(again, "queued")

    async def without_links(self, task: Task, error: ImagineError) -> NextStep | None:
        """Handle a failure to give Evolink the references; nothing was submitted."""
        match error:
            case BadReference():
                return await self._fail(task, reason_of(error))
            case UnusablePicture():
                log.warning("a reference is gone", task=task.id, error=repr(error))
                return await self._fail(task, Reason.REFERENCE_GONE)
            case FetchFailed():
                return await self._wait_out(task, Reason.REFERENCE_GONE, error)
            case Withheld():
                return await self._hold_back(task, error)
            case Rejected():
                return await self._try_again(task, error)
            case _:
                return await self._wait_out(task, Reason.SERVER_FAILED, error)

    async def submission(self, task: Task, error: EvolinkError, before: Task) -> NextStep | None:
        """Handle the answer to a submission that brought no id.

        ``before``: the task before its intent was written.
        """
        # Evolink says so itself, or was never reached.
        undrawn = task.undrawn(before)
        if not isinstance(error, NotTaken | Withheld):
            await self.pauses.answered(task)
        match error:
            case Withheld():
                return await self._hold_back(undrawn, error)
            case Rejected():
                log.info("evolink rejects", task=task.id, code=error.code, answer=error.message)
                return await self._fail(undrawn, error.code)
            case NotTaken():
                return await self._not_taken(undrawn, error)
            case _:
                return await self._try_again(task, error, event=DOUBTFUL)

    async def _not_taken(self, task: Task, error: NotTaken) -> NextStep | None:
        log.info("evolink is not there", task=task.id, error=repr(error))
        wait = max(
            self.durations.backoff(task.failures), round(self.evolink.blocked_seconds * 1000)
        )
        # Evolink may remember, by the key, what it answered before charging anything.
        same_key = not isinstance(error, ModelUnavailable)
        failed = await self._step_back(task, self.clock() + wait, same_key=same_key)
        if task.failures >= TRIES:
            await self.alerts.warn("evolink_away", _AWAY)
        return failed

    async def _try_again(
        self, task: Task, error: ImagineError, *, event: str = "queued"
    ) -> NextStep | None:
        """Take the step again later; after ``TRIES`` in a row the task fails."""
        log.info("a step failed", task=task.id, state=task.state, error=repr(error))
        failing = task.failing(Reason.SERVER_FAILED)
        if failing.failures >= TRIES:
            return await self._fail(task, Reason.SERVER_FAILED)
        until = self.clock() + self.durations.backoff(failing.failures - 1)
        again = failing.requeued(
            until, failures=failing.failures, reason=failing.reason, same_key=True
        )
        await self.transitions.save(again, event)
        return None

    async def _wait_out(self, task: Task, reason: Reason, error: ImagineError) -> NextStep | None:
        """Requeue a task until its references are available; outages do not count as failures."""
        log.info("a reference has to wait", task=task.id, error=repr(error))
        until = self.clock() + self.durations.backoff(task.failures)
        waits = Reason.REFERENCE_AWAITED
        return await self._step_back(task, until, reason=waits, same_key=True, end=reason)

    async def _hold_back(self, task: Task, error: Withheld) -> NextStep | None:
        """Move a refused task behind the others; it fails if it alone is refused."""
        kind = kind_of(error)
        is_rate = kind is Pause.RATE_LIMITED
        if await self._is_alone(task, kind):
            log.warning("refused alone", task=task.id, code=error.code, answer=error.message)
            # A rate limit says nothing about the request.
            return await self._fail(task, kind if is_rate else Reason.REFUSED_ALONE)
        # Written separately: a retry that counts the refusal again would make it look like two.
        refusal = await self.durable.until_written(partial(self.pauses.begin, task, error))
        # A 429 may come late, and from a proxy: the request may have come through.
        step_back = partial(
            self._step_back, reason=kind, same_key=is_rate, event=REFUSED, detail=error.code
        )
        following = await self.durable.until_written(partial(step_back, task, refusal.until))
        if refusal.news is not None:
            # Last: Discord may take minutes, and Evolink's answer exists nowhere else.
            await self.pauses.tell(refusal.news, task, error.message)
        return following

    async def _is_alone(self, task: Task, kind: Pause) -> bool:
        """Tell whether others are accepted while this task is refused.

        Where credits are short, only tasks with at least as many images count.
        """
        events = await self.store.events.of_task(task.id)
        refused = [event.at for event in events if event.kind == REFUSED]
        most = ALONE_OF_RATE if kind is Pause.RATE_LIMITED else ALONE
        if len(refused) < most:
            return False
        images = task.reserved if kind is Pause.OUT_OF_CREDITS else 0
        taken = await self.store.queue.taken(since=refused[0], images=images, other_than=task.id)
        return alone([*refused, self.clock()], taken) >= most

    async def _step_back(  # noqa: PLR0913 - what the row and its event say
        self,
        task: Task,
        until: int,
        *,
        reason: str | None = None,
        same_key: bool = False,
        event: str = "queued",
        detail: str = "",
        end: str | None = None,
    ) -> NextStep | None:
        """Requeue a task behind those that never failed, for a day at most.

        ``end``: the reason for which it fails then, if not ``reason``.
        """
        now = self.clock()
        deadline = task.deadline or now + self.durations.give_up
        if now >= deadline:
            return await self._fail(task, end or reason or Reason.SERVER_FAILED)
        again = task.requeued(until, failures=task.failures + 1, reason=reason, same_key=same_key)
        await self.transitions.save(replace(again, deadline=deadline), event, detail=detail)
        return None

    async def _fail(self, task: Task, reason: str) -> NextStep:
        return await self.transitions.go_on(task.failed(self.clock(), reason), "failed")
