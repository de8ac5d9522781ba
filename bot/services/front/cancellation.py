"""*Cancel* and *Stop waiting*."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.domain.ids import TaskId
from bot.domain.requester import Requester
from bot.domain.state import State
from bot.domain.task import Task
from bot.errors import ChatError
from bot.refusals import NotFound, TooLate
from bot.services.front.wait_for_task import wait_for_task
from bot.services.shared.card_updates import CardUpdates
from bot.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Cancels a task before it is paid for; later, the requester can only stop waiting for it."""

    store: Store
    cards: CardUpdates
    clock: Callable[[], int]
    #: Wakes the worker.
    nudge: Callable[[], None]
    #: Seconds to wait for Evolink's answer to a request that is under way.
    timeout: float = 10.0

    async def cancel(self, task_id: TaskId, requester: Requester) -> Task:
        """Record that the requester cancels a task, or stops waiting for it.

        Returns the task as it was at that moment. It may just have been submitted; then it is drawn
        anyway.

        Raises:
            NotFound: the user has no such task.
            TooLate: the task has ended, or its images are being delivered.
        """
        task = await self.store.tasks.get(task_id)
        if task is None or task.requester.user != requester.user:
            raise NotFound
        if task.has_ended or task.state is State.READY:
            raise TooLate
        actor = str(requester.user)
        state = await self.store.tasks.request_cancel(task_id, now=self.clock(), actor=actor)
        if state is None and not task.cancel_requested:
            # Since it was read, it ended or its images became ready.
            raise TooLate
        # The card already says so; no edit may undo that.
        self.cards.changed(replace(task, cancel_requested=True))
        self.nudge()
        return task if state is None else replace(task, state=state)

    async def settled(self, task: Task) -> Task:
        """Return the task once Evolink has answered the request that is under way, if one is.

        Without an answer in time it is still *submitting*, and the outcome is unknown.
        """
        if not _is_unanswered(task):
            return task
        later = await wait_for_task(self.store, task.id, _is_unanswered, self.timeout)
        return task if later is None else later

    async def remove_card(self, task: Task) -> None:
        """Delete the card of a task that is drawn though nobody waits for it any more.

        Any other task keeps its card, which will say how it ended.
        """
        if task.state is State.RUNNING or task.remote_id is not None:
            with suppress(ChatError):  # deleted when the task ends, at the latest
                await self.cards.take_away(task)


def _is_unanswered(task: Task) -> bool:
    return task.state is State.SUBMITTING and task.remote_id is None
