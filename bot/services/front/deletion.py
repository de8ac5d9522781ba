"""*Delete*: a press only records the request; a step of the task deletes the images."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.state import State
from bot.domain.task import Task
from bot.domain.task_events import DeleteEvent
from bot.domain.visibility import is_out_of_reach
from bot.errors import ChatRefused, ImagineError, PartlyDeleted, Stale
from bot.refusals import ImagesGone, NotAllowed
from bot.services.front.wait_for_task import wait_for_task
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Deletion:
    """Requests a deletion and waits for its outcome."""

    store: Store
    clock: Callable[[], int]
    #: Wakes the worker.
    nudge: Callable[[], None]
    #: Seconds to wait for the outcome; the deletion continues without us.
    timeout: float = 10.0

    async def leaves_messages(self, task: Task) -> bool:
        """Tell whether deleting the images leaves some message behind that shows them."""
        posts = await self.store.posts.of_task(task.id)
        return any(post.message_id and is_out_of_reach(task, post) for post in posts)

    async def delete(self, task: Task, user_id: int, *, moderates: bool) -> bool:
        """Have a task's images deleted. There is no refund.

        Returns whether they are gone. If not, the bot no longer shows them, and their messages are
        deleted as soon as Discord allows.

        Raises:
            NotAllowed: neither the requester nor somebody who ``moderates`` the channel.
            ImagesGone: there is nothing to delete.
            Stale: the task is unfinished or being worked on, for example posted.
            ChatRefused: the bot may not delete these messages; none was deleted.
            PartlyDeleted: some are deleted, and the bot may not delete the others.
        """
        if task.requester.user != user_id and not moderates:
            raise NotAllowed("delete")
        if not task.deleting:
            await self._request(task, user_id)
        self.nudge()
        settled = await wait_for_task(self.store, task.id, lambda task: task.deleting, self.timeout)
        if settled is None:
            return False
        if not settled.images_gone:
            raise await self._refusal(task.id)
        return True

    async def _request(self, task: Task, user_id: int) -> None:
        if not task.has_ended or task.owner is not None:
            # People can see images a moment before their task has ended.
            raise Stale
        if task.state not in {State.DELIVERED, State.KEPT} or task.images_gone:
            raise ImagesGone
        now = self.clock()
        await self.store.tasks.save(
            task.to_delete(now), DeleteEvent.ASKED, now=now, actor=str(user_id)
        )

    async def _refusal(self, task_id: int) -> ImagineError:
        """Return why it was not deleted, as the step recorded it."""
        for event in reversed(await self.store.events.of_task(task_id)):
            if event.kind == DeleteEvent.ASKED:
                break
            if event.kind == DeleteEvent.REFUSED:
                code, gone, total = map(int, event.detail.split())
                return PartlyDeleted(gone, total) if gone else ChatRefused(code)
        # It failed too often, each time unexpectedly.
        return ImagineError()
