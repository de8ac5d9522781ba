"""Takes the step that is due for a task, by its state: read the row, act, write once.

The process may die in any outside call, so each step leaves a row from which the next process knows
how to go on.
"""

from dataclasses import dataclass

from bot.domain.erasure import PENDING
from bot.domain.state import UNPAID, State
from bot.domain.task import Task
from bot.services.work.closing import Closing
from bot.services.work.confirmation import Confirmation
from bot.services.work.delete_step import DeleteStep
from bot.services.work.delivery import Delivery
from bot.services.work.erase_step import EraseStep
from bot.services.work.held_tasks import NextStep
from bot.services.work.outcome_check import OutcomeCheck
from bot.services.work.polling import Polling
from bot.services.work.publish_step import PublishStep
from bot.services.work.remove_step import RemoveStep
from bot.services.work.submission import Submission
from bot.store.outcomes import Outcome

#: States in which Evolink's id may become known.
_TO_FOLLOW = frozenset({*UNPAID, State.SUBMITTING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The life of a task, one part for each stretch of it."""

    confirmation: Confirmation
    submission: Submission
    outcome_check: OutcomeCheck
    polling: Polling
    delivery: Delivery
    closing: Closing
    publish_step: PublishStep
    delete_step: DeleteStep
    remove_step: RemoveStep
    erase_step: EraseStep

    async def run(self, task: Task, known: Outcome | None = None) -> NextStep | None:
        """Take the step that is due; return the next one, if this process goes on with the task.

        ``known``: as in ``NextStep``.

        Raises:
            Stale: somebody else has the task by now.
            ChatUnavailable: Discord is failing; the step may be repeated.
            StoreUnavailable: the database is failing; the step may be repeated.
        """
        if task.remote_id is not None and task.state in _TO_FOLLOW:
            # Read at once: Evolink may have finished it, and its only callback may be what told us
            # the id.
            return await self.polling.follow(task, None, wait=False)
        match task.state:
            case State.QUEUED:
                step = self.confirmation.confirm(task)
            case State.PREPARING:
                step = self.submission.prepare(task)
            case State.SUBMITTING:
                step = self.outcome_check.check(task)
            case State.RUNNING:
                step = self.polling.read(task)
            case State.READY:
                step = self.delivery.deliver(task, known)
            case _:
                return await self._after_the_end(task, known)
        return await step

    async def _after_the_end(self, task: Task, known: Outcome | None) -> None:
        """Do what somebody has asked for, or else close the task."""
        if task.erasure in PENDING:
            await self.erase_step.run(task)
        elif task.deleting:
            await self.delete_step.run(task)
        elif task.removing is not None:
            await self.remove_step.run(task, task.removing)
        elif task.publishing:
            await self.publish_step.run(task)
        else:
            await self.closing.close(task, known)
