"""*Cancel* and *Stop waiting*."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.domain.state import UNPAID, State
from bot.domain.task import Task
from bot.errors import ChatError, NotFound, TooLate
from bot.services.shared.card_updates import CardUpdates
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Cancels tasks that are not paid for; of the others, their requester only stops waiting."""

    store: Store
    cards: CardUpdates
    clock: Callable[[], int]
    #: Wakes the worker.
    nudge: Callable[[], None]

    async def cancel(self, task_id: int, guild_id: int, user_id: int) -> Task:
        """Record that the requester cancels a task, or stops waiting for it.

        Returns the task in the state in which that was recorded. Once the intent to submit is
        written, it will be drawn.

        Raises:
            NotFound: the user has no such task in this server.
            TooLate: the task has ended, or its images are being delivered.
        """
        task = await self.store.tasks.get(task_id)
        if task is None or (task.guild_id, task.user_id) != (guild_id, user_id):
            raise NotFound
        if task.has_ended or task.state is State.READY:
            raise TooLate
        noted = await self.store.tasks.request_cancel(task_id, now=self.clock(), actor=str(user_id))
        if noted is None and not task.cancel_requested:
            # It ended, or its images were ready, after it was read.
            raise TooLate
        self.nudge()
        return task if noted is None else replace(task, state=noted)

    async def remove_card(self, task: Task) -> None:
        """Delete the card of a task that is drawn though nobody waits for it any more.

        A cancelled task keeps its card, which will say so.
        """
        if task.state not in UNPAID:
            with suppress(ChatError):  # deleted when the task ends, at the latest
                await self.cards.take_away(task)
