"""From a free place to Evolink's id: references, intent, request.

Only the request is not safe to repeat, so its intent is committed before it is sent, and a row that
is found in *submitting* is never blindly sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from bot.domain.task import Task
from bot.errors import EvolinkError, FetchFailed, OutcomeUnknown, UnusablePicture
from bot.refusals import BadReference
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.pauses import Pauses
from bot.services.shared.references import References
from bot.services.work.admission import Admission
from bot.services.work.callbacks import Callbacks
from bot.services.work.held_tasks import NextStep
from bot.services.work.outcome_check import OutcomeCheck
from bot.services.work.paid_requests import PaidRequests
from bot.services.work.polling import Polling
from bot.services.work.refusals import Refusals
from bot.services.work.transitions import Transitions

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Has Evolink draw a task."""

    transitions: Transitions
    references: References
    admission: Admission
    pauses: Pauses
    durable: DurableWrites
    callbacks: Callbacks
    paid_requests: PaidRequests
    refusals: Refusals
    outcome_check: OutcomeCheck
    polling: Polling
    clock: Callable[[], int]

    async def prepare(self, task: Task) -> NextStep | None:
        """Upload what Evolink is to read, commit the intent, and send the request."""
        if (cancelled := await self._cancelled(task)) is not None:
            return cancelled
        self.transitions.refresh_card(task)
        until = await self.pauses.until(task)
        if until is not None:
            again = task.requeued(until, failures=task.failures, reason=task.reason, same_key=True)
            await self.transitions.save(again, "queued")
            return None
        try:
            links = await self._links(task)
        except (EvolinkError, BadReference, UnusablePicture, FetchFailed) as error:
            return await self.refusals.without_links(task, error)
        if self.durable.is_behind:
            await self.refusals.postpone(task)
            return None
        # Fetching and uploading may have taken a while.
        if task.request.references and (cancelled := await self._cancelled(task)) is not None:
            return cancelled
        intent = task.submitting(self.clock())
        # Whatever can fail comes before the intent. After it, either the request is sent or its
        # outcome is unknown.
        url = await self.callbacks.url(intent)
        with self.paid_requests.in_flight():
            held = await self.transitions.hold(intent, "submitting")
            return await self._submit(held, links, url, before=task)

    async def _cancelled(self, task: Task) -> NextStep | None:
        """Cancel a task that is no longer wanted or allowed; ``None``: it still is."""
        reason = await self.admission.reason_to_cancel(task)
        if not task.cancel_requested and reason is None:
            return None
        return await self.transitions.go_on(task.cancelled(self.clock(), reason), "cancelled")

    async def _links(self, task: Task) -> list[str]:
        """Return the links for Evolink: the same as before if the same key is sent again."""
        again = task.intent_at is not None
        return await (self.references.links_again if again else self.references.links)(task)

    async def _submit(
        self, task: Task, links: list[str], url: str | None, *, before: Task
    ) -> NextStep | None:
        """Send an attempt that was never sent; its intent is committed.

        ``before``: the task before its intent was written.
        """
        if task.cancel_requested or self.durable.is_behind:
            wait = 0 if task.cancel_requested else None
            unsent = partial(self.refusals.postpone, task.unsent(before), wait=wait)
            await self.durable.until_written(unsent)
            return None
        try:
            taken, estimate = await self.paid_requests.send(task, links, url)
        except OutcomeUnknown as error:
            log.warning("a submission has no answer", task=task.id, error=repr(error))
            following = await self.outcome_check.check(task)
            if following is None:
                await self.pauses.unanswered(task)
            return following
        except EvolinkError as error:
            # The answer exists nowhere else: unwritten, the outcome would be unknown.
            answered = partial(self.refusals.submission, task, error, before)
            return await self.durable.until_written(answered)
        await self.pauses.end(task)
        return await self.polling.follow(taken, estimate)
