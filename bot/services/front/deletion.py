"""*Delete*: a press only records the request; a step of the task deletes the images, or one."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import TaskId, UserId
from bot.domain.state import State
from bot.domain.task import Task
from bot.domain.task_events import UNSEEN, DeleteEvent, RemoveEvent
from bot.domain.visibility import is_out_of_reach
from bot.errors import ChatRefused, HistoryUnreadable, ImagineError, PartlyDeleted, Stale
from bot.refusals import ImagesGone, NotAllowed
from bot.services.front.wait_for_task import wait_for_task
from bot.store.engine import Connection
from bot.store.store import Store


class Deleted(StrEnum):
    """What became of a deletion."""

    DONE = "done"
    #: The bot no longer shows the images, and deletes their messages as soon as Discord allows.
    LATER = "later"
    #: Done, but a message that the bot can't look for may still show them.
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Deletion:
    """Requests a deletion and waits for its outcome."""

    store: Store
    clock: Callable[[], int]
    #: Wakes the worker.
    nudge: Callable[[], None]
    #: Seconds to wait for the outcome; the deletion continues without us.
    timeout: float = 10.0

    async def leaves_messages(self, task: Task, position: int | None = None) -> bool:
        """Tell whether deleting the images, or one, leaves a message behind that shows them."""
        return any(
            post.message_id and is_out_of_reach(task, post)
            for post in await self.store.posts.of_task(task.id)
            if position is None or post.shows(position)
        )

    async def delete(self, task: Task, user_id: UserId, *, moderates: bool) -> Deleted:
        """Have a task's images deleted. There is no refund.

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
            await self.request(task, user_id)
        return await self.outcome(task)

    async def request(
        self, task: Task, user_id: UserId, also: Callable[[Connection], object] | None = None
    ) -> None:
        """Request it, and do ``also`` in the same transaction; raises as ``delete`` does."""
        _check_deletable(task)
        now = self.clock()
        await self.store.tasks.save(
            task.to_delete(now), DeleteEvent.ASKED, now=now, actor=str(user_id), also=also
        )

    async def outcome(self, task: Task) -> Deleted:
        """Wait for the outcome of what was requested; raises as ``delete`` does."""
        self.nudge()
        settled = await wait_for_task(self.store, task.id, lambda task: task.deleting, self.timeout)
        if settled is None:
            return Deleted.LATER
        if not settled.images_gone:
            raise await self._refusal(task.id)
        said = [
            event.detail
            for event in await self.store.events.of_task(task.id)
            if event.kind == DeleteEvent.DONE
        ]
        return Deleted.UNSEEN if UNSEEN in said else Deleted.DONE

    async def delete_one(
        self, task: Task, user_id: UserId, *, position: int, moderates: bool
    ) -> Deleted:
        """Have one image deleted; if it is the last one left, do as ``delete`` does.

        Raises:
            NotAllowed: as ``delete``.
            ImagesGone: there is no such image.
            Stale: as ``delete``; also while another image is being deleted.
            ChatRefused: the bot may not edit the message; the image is still there.
            PartlyDeleted: it is off some messages, and the bot may not edit the others.
            HistoryUnreadable: it may be in a message that the bot can't find; it is still there.
        """
        if task.requester.user != user_id and not moderates:
            raise NotAllowed("delete")
        if task.removing != position:
            left = await self._left(task)
            if position not in left:
                raise ImagesGone
            if len(left) == 1 and task.removing is None:
                return await self.delete(task, user_id, moderates=moderates)
            await self._request_one(task, position, user_id)
        self.nudge()
        settled = await wait_for_task(
            self.store,
            task.id,
            # *Delete…* may overtake this, and deletes this image, too.
            lambda task: task.deleting or task.removing == position,
            self.timeout,
        )
        if settled is None:
            return Deleted.LATER
        if position in await self._left(settled):
            raise await self._refusal(task.id, position)
        return Deleted.DONE

    async def is_whole(self, task: Task) -> bool:
        """Tell whether all of a task's images are gone by now."""
        now = await self.store.tasks.get(task.id)
        return now is not None and now.images_gone

    async def _left(self, task: Task) -> set[int]:
        results = await self.store.results.of_task(task.id)
        return (
            set() if task.images_gone else {each.position for each in results if not each.deleted}
        )

    async def _request_one(self, task: Task, position: int, user_id: UserId) -> None:
        _check_deletable(task)
        if task.removing is not None or task.publishing:
            raise Stale
        now = self.clock()
        await self.store.tasks.save(
            task.to_remove(now, position),
            RemoveEvent.ASKED,
            now=now,
            actor=str(user_id),
            detail=str(position),
        )

    async def _refusal(self, task_id: TaskId, position: int | None = None) -> ImagineError:
        """Return why the images, or one, are still there, as the step recorded it."""
        for event in reversed(await self.store.events.of_task(task_id)):
            said = event.detail.split()
            if event.kind in set(RemoveEvent) and said.pop(0) != str(position):
                continue
            match event.kind:
                case DeleteEvent.REFUSED | RemoveEvent.REFUSED:
                    code, gone, total = map(int, said)
                    return PartlyDeleted(gone, total) if gone else ChatRefused(code)
                case RemoveEvent.UNKNOWN:
                    return HistoryUnreadable()
                case DeleteEvent.ASKED | RemoveEvent.ASKED:
                    break
                case _:
                    pass
        # It failed too often, each time unexpectedly.
        return ImagineError()


def _check_deletable(task: Task) -> None:
    if not task.has_ended or task.owner is not None:
        # People can see images a moment before their task has ended.
        raise Stale
    if task.state not in {State.DELIVERED, State.KEPT} or task.images_gone:
        raise ImagesGone
