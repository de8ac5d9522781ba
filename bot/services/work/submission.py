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

    async def prepare(self, task: Task) -> None:
        """Upload what Evolink is to read, commit the intent, and send the request."""
        if await self._cancel(task):
            return
        self.transitions.refresh_card(task)
        until = await self.pauses.until(task)
        if until is not None:
            again = task.requeued(until, failures=task.failures, reason=task.reason, same_key=True)
            await self.transitions.save(again, "queued")
            return
        try:
            links = await self._links(task)
        except (EvolinkError, BadReference, UnusablePicture, FetchFailed) as error:
            await self.refusals.without_links(task, error)
            return
        if self.durable.is_behind:
            await self.refusals.postpone(task)
            return
        # Fetching and uploading may have taken a while.
        if await self._cancel(task):
            return
        intent = task.submitting(self.clock())
        # Whatever can fail comes before the intent: after it the request is sent, or whether it
        # was is unknown.
        url = await self.callbacks.url(intent)
        with self.paid_requests.in_flight():
            held = await self.transitions.hold(intent, "submitting")
            await self._submit(held, links, url, before=task)

    async def _cancel(self, task: Task) -> bool:
        """Cancel a task that nobody wants or allows any more; return whether it was."""
        reason = await self.admission.reason_to_cancel(task)
        if not task.cancel_requested and reason is None:
            return False
        await self.transitions.save(task.cancelled(self.clock(), reason), "cancelled")
        return True

    async def _links(self, task: Task) -> list[str]:
        """Return the links for Evolink: the same as before where the same key is sent again."""
        again = task.intent_at is not None
        return await (self.references.links_again if again else self.references.links)(task)

    async def _submit(self, task: Task, links: list[str], url: str | None, *, before: Task) -> None:
        """Send an attempt that was never sent; its intent is committed.

        ``before``: the task before its intent was written.
        """
        if task.cancel_requested or self.durable.is_behind:
            wait = 0 if task.cancel_requested else None
            unsent = partial(self.refusals.postpone, task.unsent(before), wait=wait)
            await self.durable.until_written(unsent)
            return
        try:
            taken, estimate = await self.paid_requests.send(task, links, url)
        except OutcomeUnknown as error:
            log.warning("a submission has no answer", task=task.id, error=repr(error))
            await self.outcome_check.check(task)
        except EvolinkError as error:
            # The answer exists nowhere else: unwritten, the outcome would be unknown.
            await self.durable.until_written(partial(self.refusals.submission, task, error, before))
        else:
            await self.pauses.end(task)
            await self.polling.follow(taken, estimate)
