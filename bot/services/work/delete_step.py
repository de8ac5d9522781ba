"""The step that deletes a task's images: first the messages that carry them, then the originals.

The row says that they are to be deleted until all are gone, so a process that dies halfway leaves
nothing half deleted, and nobody is shown them meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.durations import Durations
from bot.domain.result import Post
from bot.domain.task import Task
from bot.domain.task_events import UNSEEN, DeleteEvent
from bot.domain.visibility import is_out_of_reach
from bot.errors import ChatRefused, HistoryUnreadable
from bot.files import FileStorage
from bot.services.shared.ports import Posted, Posting
from bot.services.work.transitions import Transitions
from bot.store.store import Store

log = structlog.get_logger()


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
        gone, unseen, refusals = 0, False, list[ChatRefused]()
        for post in await self.store.posts.of_task(task.id):
            if is_out_of_reach(task, post):
                continue
            try:
                where = await place_of_page(self.chat, task, post)
                if where is not None:
                    await self.chat.delete_message(where.channel_id, where.message_id)
                    gone += 1
            except HistoryUnreadable:
                unseen = True
            except ChatRefused as error:
                log.info("a message cannot be deleted", task=task.id, error=repr(error))
                refusals.append(error)
        if refusals:
            # What is left stays a result; deletion can be requested again.
            stays = task.not_deleted(self.clock(), task.kept_until(self.durations.keep))
            detail = f"{refusals[0].code} {gone} {gone + len(refusals)}"
            await self.transitions.save(stays, DeleteEvent.REFUSED, detail=detail)
            return
        for result in await self.store.results.of_task(task.id):
            if result.file is not None:
                await self.storage.remove_result(result.file)
            await self.store.results.save(result.erased())
        await self.storage.remove_archives(task.interaction_id)
        await self.transitions.save(
            task.deleted(self.clock()), DeleteEvent.DONE, detail=UNSEEN if unseen else ""
        )


async def place_of_page(chat: Posting, task: Task, post: Post) -> Posted | None:
    """Return where a page is; one whose post had no answer is looked up. ``None``: nowhere.

    Raises:
        HistoryUnreadable: it can't be looked up.
        ChatUnavailable: Discord is failing.
    """
    if post.channel_id and post.message_id:
        return Posted(post.channel_id, post.message_id)
    return None if post.intent_at is None else await chat.find_post(task, post)
