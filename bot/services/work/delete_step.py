"""The step that deletes a task's images: first the messages that carry them, then the originals.

The row marks them for deletion until all are gone, so a process that dies halfway leaves nothing
half deleted, and nobody is shown them meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.durations import Durations
from bot.domain.task import Task
from bot.domain.task_events import UNSEEN, DeleteEvent
from bot.errors import ChatRefused
from bot.files import FileStorage
from bot.services.shared.ports import Posting
from bot.services.work.pages import delete_pages
from bot.services.work.transitions import Transitions
from bot.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteStep:
    """Every part of it may be repeated."""

    store: Store
    transitions: Transitions
    chat: Posting
    storage: FileStorage
    durations: Durations
    clock: Callable[[], int]

    async def run(self, task: Task) -> None:
        """Take the step.

        Raises:
            Stale: somebody else has the task by now.
            ChatUnavailable: Discord is failing; the step is repeated later.
        """
        posts = await self.store.posts.of_task(task.id)
        gone, failures = await delete_pages(self.chat, task, posts, now=self.clock())
        refusals = [error for error in failures if isinstance(error, ChatRefused)]
        if refusals:
            # What is left stays a result; deletion can be requested again.
            stays = task.request_ended(self.clock(), task.kept_until(self.durations.keep))
            detail = f"{refusals[0].code} {gone} {gone + len(refusals)}"
            await self.transitions.save(stays, DeleteEvent.REFUSED, detail=detail)
            return
        for result in await self.store.results.of_task(task.id):
            if result.file is not None:
                await self.storage.remove_result(result.file)
            await self.store.results.save(result.erased())
        await self.storage.remove_archives(task.interaction_id)
        await self.transitions.save(
            task.deleted(self.clock()), DeleteEvent.DONE, detail=UNSEEN if failures else ""
        )
