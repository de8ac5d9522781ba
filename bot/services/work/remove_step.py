"""The step that deletes one of a task's images: first from its messages, then its file.

As with all images, the row says which until it is gone, so that a process that dies halfway leaves
nothing half deleted, and nobody is shown it meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.domain.durations import Durations
from bot.domain.result import PUBLISHED
from bot.domain.task import Task
from bot.domain.task_events import RemoveEvent
from bot.domain.visibility import is_out_of_reach
from bot.errors import ChatRefused, HistoryUnreadable
from bot.files import FileStorage
from bot.services.shared.ports import Posting
from bot.services.work.delete_step import place_of_page
from bot.services.work.transitions import Transitions
from bot.store.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveStep:
    """Every part of it may be repeated."""

    store: Store
    transitions: Transitions
    chat: Posting
    storage: FileStorage
    durations: Durations
    clock: Callable[[], int]

    async def run(self, task: Task, position: int) -> None:
        """Take the step.

        Raises:
            Stale: somebody else has the task by now.
            ChatUnavailable: Discord is failing; the step is repeated later.
        """
        gone, left = await self._from_messages(task, position)
        if left and isinstance(left[0], ChatRefused):
            detail = f"{position} {left[0].code} {gone} {gone + len(left)}"
            await self._end(task, RemoveEvent.REFUSED, detail)
            return
        if left:
            # A page may show it, and its post had no answer.
            await self._end(task, RemoveEvent.UNKNOWN, str(position))
            return
        for result in await self.store.results.of_task(task.id):
            if result.position == position:
                if result.file is not None:
                    await self.storage.remove_result(result.file)
                await self.store.results.save(result.erased())
        # They hold it, too.
        await self.storage.remove_archives(task.interaction_id)
        await self._end(task, RemoveEvent.DONE, str(position))

    async def _from_messages(
        self, task: Task, position: int
    ) -> tuple[int, list[ChatRefused | HistoryUnreadable]]:
        """Take it off all messages that allow it; return how many, and why not off the others."""
        gone, left = 0, list[ChatRefused | HistoryUnreadable]()
        posts = await self.store.posts.of_task(task.id)
        for post in posts:
            if is_out_of_reach(task, post) or not post.shows(position):
                continue
            is_public = post.page >= PUBLISHED
            pages = sum((other.page >= PUBLISHED) == is_public for other in posts)
            # What everybody sees has no button to be posted for everybody.
            shown = replace(task, private=task.private and not is_public)
            assert task.wake_at is not None
            try:
                there = await place_of_page(self.chat, task, post)
                if there is not None:
                    await self.chat.remove_image(
                        shown, post, there, position, pages, before=task.wake_at
                    )
                    gone += 1
            except (ChatRefused, HistoryUnreadable) as error:
                log.info("an image stays on its message", task=task.id, error=repr(error))
                left.append(error)
        return gone, left

    async def _end(self, task: Task, kind: str, detail: str) -> None:
        ended = task.removed(self.clock(), task.kept_until(self.durations.keep))
        await self.transitions.save(ended, kind, detail=detail)
