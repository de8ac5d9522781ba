"""The step that deletes one of a task's images: first from its messages, then its file.

As in ``DeleteStep``, the row marks the image until it is gone, so a process that dies halfway
leaves nothing half deleted, and nobody is shown it meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.domain.durations import Durations
from bot.domain.result import PUBLISHED, Post
from bot.domain.task import Task
from bot.domain.task_events import RemoveEvent
from bot.errors import ChatRefused, HistoryUnreadable
from bot.files import FileStorage
from bot.services.shared.ports import Posted, Posting
from bot.services.work.pages import change_pages
from bot.services.work.transitions import Transitions
from bot.store.store import Store


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
        gone, failures = await self._from_messages(task, position)
        refusals = [error for error in failures if isinstance(error, ChatRefused)]
        if refusals:
            detail = f"{position} {refusals[0].code} {gone} {gone + len(refusals)}"
            await self._end(task, RemoveEvent.REFUSED, detail)
            return
        if failures:
            # A page whose post had no answer may show it.
            await self._end(task, RemoveEvent.UNKNOWN, str(position))
            return
        for result in await self.store.results.of_task(task.id):
            if result.position == position:
                if result.file is not None:
                    await self.storage.remove_result(result.file)
                await self.store.results.save(result.erased())
        # Archives contain it, too.
        await self.storage.remove_archives(task.interaction_id)
        await self._end(task, RemoveEvent.DONE, str(position))

    async def _from_messages(
        self, task: Task, position: int
    ) -> tuple[int, list[ChatRefused | HistoryUnreadable]]:
        """Remove it from the messages that show it, as ``change_pages`` does."""
        posts = await self.store.posts.of_task(task.id)

        async def take_off(post: Post, where: Posted) -> None:
            is_public = post.page >= PUBLISHED
            pages = sum((other.page >= PUBLISHED) == is_public for other in posts)
            # What everybody sees has no *Post to channel* button.
            shown = replace(task, private=task.private and not is_public)
            assert task.wake_at is not None
            await self.chat.remove_image(shown, post, where, position, pages, before=task.wake_at)

        showing = [post for post in posts if post.shows(position)]
        return await change_pages(self.chat, task, showing, take_off, now=self.clock())

    async def _end(self, task: Task, kind: str, detail: str) -> None:
        ended = task.request_ended(self.clock(), task.kept_until(self.durations.keep))
        await self.transitions.save(ended, kind, detail=detail)
