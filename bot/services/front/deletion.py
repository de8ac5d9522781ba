"""*Delete*: a press asks for it, in the row; taking the images away is a step of the task."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.task import State, Task
from bot.domain.task_events import DeleteEvent
from bot.domain.visibility import is_out_of_reach
from bot.errors import ChatRefused, ImagesGone, ImagineError, NotAllowed, PartlyDeleted, Stale
from bot.services.front.wait_for_task import wait_for_task
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Deletion:
    """Asks for it, and tells whoever asked what became of it."""

    store: Store
    clock: Callable[[], int]
    #: Tells the worker that something is due.
    nudge: Callable[[], None]
    #: Seconds for which whoever asks waits for the outcome; it goes on without them.
    patience: float = 10.0

    async def stays(self, task: Task) -> bool:
        """Tell whether a message with its images stays when they are deleted."""
        posts = await self.store.posts.of_task(task.id)
        return any(post.message_id and is_out_of_reach(task, post) for post in posts)

    async def delete(self, task: Task, user_id: int, *, moderates: bool) -> bool:
        """Have a task's images taken away; what was charged stays charged.

        Returns whether they are gone; if not, nobody sees them through the bot any more, and their
        messages go as soon as Discord lets them.

        Raises:
            NotAllowed: neither the requester, nor somebody who ``moderates`` its channel.
            ImagesGone: there is nothing to delete.
            Stale: it is not finished, or somebody is at it this moment, to post it say.
            ChatRefused: the bot may not where the messages are; nothing was deleted.
            PartlyDeleted: some messages are gone, and the bot may not delete the others.
        """
        if task.user_id != user_id and not moderates:
            raise NotAllowed("delete")
        if not task.deleting:
            await self._ask(task, user_id)
        self.nudge()
        present = await wait_for_task(self.store, task.id, lambda it: it.deleting, self.patience)
        if present is None:
            return False
        if not present.images_gone:
            raise await self._refusal(task.id)
        return True

    async def _ask(self, task: Task, user_id: int) -> None:
        if not task.has_ended or task.owner is not None:
            # What is seen already may not be settled yet: a moment later it is.
            raise Stale
        if task.state not in {State.DELIVERED, State.KEPT} or task.images_gone:
            raise ImagesGone
        now = self.clock()
        await self.store.tasks.save(
            task.to_delete(now), DeleteEvent.ASKED, now=now, actor=str(user_id)
        )

    async def _refusal(self, task_id: int) -> ImagineError:
        """Return why it was not deleted, as the step has written it down."""
        for event in reversed(await self.store.events.of_task(task_id)):
            if event.kind == DeleteEvent.ASKED:
                break
            if event.kind == DeleteEvent.REFUSED:
                code, gone, total = map(int, event.detail.split())
                return PartlyDeleted(gone, total) if gone else ChatRefused(code)
        # It has failed again and again, in a way that nobody foresaw.
        return ImagineError()
