"""Looks for the outcome of a submission that has no answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.domain.durations import Durations
from bot.domain.state import Reason
from bot.domain.task import Task
from bot.errors import EvolinkError, FetchFailed
from bot.refusals import BadReference
from bot.services.shared.pauses import Pauses
from bot.services.shared.references import References
from bot.services.work.callbacks import Callbacks
from bot.services.work.held_tasks import NextStep
from bot.services.work.paid_requests import PaidRequests
from bot.services.work.polling import Polling
from bot.services.work.transitions import Transitions

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCheck:
    """Waits for a callback, or asks by the idempotency key where keys are trusted.

    Without an id the task ends as unknown, ``UNKNOWN_AFTER_SECONDS`` after its intent.
    """

    transitions: Transitions
    references: References
    callbacks: Callbacks
    paid_requests: PaidRequests
    pauses: Pauses
    polling: Polling
    durations: Durations
    clock: Callable[[], int]
    #: Whether the same key may be sent again (EVOLINK_IDEMPOTENCY=trusted).
    keys_trusted: bool

    async def check(self, task: Task) -> NextStep | None:
        """Take the step that is due for a task in *submitting*."""
        if self.keys_trusted:
            return await self._send_again(task)
        if task.reason == Reason.CHECKING and self.clock() >= self._unknown_from(task):
            return await self._give_up(task)
        await self._check_until(task, self._unknown_from(task))
        return None

    async def _send_again(self, task: Task) -> NextStep | None:
        """Send it with the same key until an id comes back, for the last time when time is up.

        Any other answer says nothing about the first attempt, so nothing follows from it.
        """
        try:
            links = await self.references.links_again(task)
            url = await self.callbacks.url(task)
            checking = replace(task, reason=Reason.CHECKING)
            task = await self.transitions.hold(checking, "resubmitting")
            with self.paid_requests.in_flight():
                taken, estimate = await self.paid_requests.send(task, links, url)
        except (EvolinkError, BadReference, FetchFailed) as error:
            log.warning("sent again, and no id", task=task.id, error=repr(error))
        else:
            await self.pauses.end(task)
            return await self.polling.follow(taken, estimate)
        now = self.clock()
        if task.wake_at is not None and now >= task.wake_at:
            # This process was suspended, so the request may not have left: not the last try yet.
            await self._check_until(task, now)
            return None
        if now >= self._unknown_from(task):
            return await self._give_up(task)
        again = now + self.durations.backoff(task.failures)
        counted = replace(task, failures=task.failures + 1)
        await self._check_until(counted, min(again, self._unknown_from(task)))
        return None

    async def _check_until(self, task: Task, until: int) -> None:
        await self.transitions.save(task.checking(until), "checking")

    async def _give_up(self, task: Task) -> NextStep:
        return await self.transitions.go_on(task.unknown(self.clock()), "unknown")

    def _unknown_from(self, task: Task) -> int:
        return (task.intent_at or 0) + self.durations.unknown_after
