"""Ends tasks whose steps keep failing unexpectedly, by their rows alone.

Each step checks the deadline of its task itself. One that keeps failing before it gets there would
keep its task alive for ever.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.clock import ClockWatch
from bot.domain.durations import Durations
from bot.domain.erasure import PENDING
from bot.domain.state import UNPAID, Reason, State
from bot.domain.task import Task
from bot.services.work.closing import Closing
from bot.services.work.delivery import GRACE, Delivery
from bot.services.work.transitions import Transitions

log = structlog.get_logger()

#: Unexpected failures in a row after which a task without a deadline ends: with the longest waits,
#: a quarter of an hour.
TRIES = 20
#: Failures in a row, each for a passing reason, after which an ended task is let go: with the
#: longest waits, a day. A file that its store never deletes would keep it busy for ever.
ENDED_TRIES = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """Calls neither Discord nor Evolink for the decision."""

    transitions: Transitions
    delivery: Delivery
    closing: Closing
    durations: Durations
    clock: Callable[[], int]
    watch: ClockWatch

    async def end(self, task: Task, *, foreseen: bool) -> bool:
        """End a task whose time is up; return whether it was.

        ``foreseen``: the step failed for a passing reason, such as an outage. Then what counts is a
        deadline; for an ended task, a day of failures; for a card that was never found, also a
        cancellation.

        Raises:
            Stale: somebody else has the task by now.
        """
        if not self._is_over(task, foreseen=foreseen):
            return False
        log.error("given up", task=task.id, state=task.state, failures=task.failures)
        if task.state is State.READY:
            await self.delivery.give_up(task)
            return True
        if task.has_ended:
            await self.closing.give_up(task)
            return True
        now = self.clock()
        if task.state is State.RUNNING:
            ended = task.failed(now, Reason.GAVE_UP)
        elif task.state is State.SUBMITTING:
            ended = task.unknown(now)
        elif task.card_id is None:
            ended = task.cancelled(now, Reason.NEVER_SHOWN)
        else:
            ended = task.failed(now, Reason.UNEXPECTED)
        await self.transitions.save(ended, ended.state)
        return True

    def _is_over(self, task: Task, *, foreseen: bool) -> bool:
        now = self.clock()
        if task.state in {State.RUNNING, State.READY}:
            # What it waits for may be the object store.
            grace = GRACE if foreseen and task.state is State.READY else 0
            return task.deadline is not None and self.watch.is_over(task.deadline + grace)
        # The user who asked for the deletion was told that it follows.
        if task.erasure in PENDING:
            return False
        if task.has_ended:
            return task.failures >= (ENDED_TRIES if foreseen else TRIES)
        if foreseen:
            # A channel whose history Discord never shows would keep it open for ever.
            is_unseen = task.state is State.QUEUED and task.card_id is None
            is_late = task.cancel_requested or now - task.created_at > self.durations.give_up
            return is_unseen and is_late and task.remote_id is None and task.failures >= TRIES
        if task.state is State.SUBMITTING:
            # With Evolink's id it is followed instead.
            unknown_from = (task.intent_at or 0) + self.durations.unknown_after
            return task.remote_id is None and self.watch.is_over(unknown_from)
        is_paid = task.state in UNPAID and task.remote_id is not None
        return task.failures >= TRIES and not is_paid
