"""The step that takes a task's images away: the messages that carry them, then the originals.

Whoever may has asked for it (``deletion.py``), and the row says so until all is gone. So a process
that dies amid it leaves nothing half deleted, and nobody is shown what is to go.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.result import Post, Way
from bot.domain.task import Task
from bot.errors import ChatRefused, HistoryUnreadable
from bot.services.ports import Chat, Posted
from bot.services.results import Results
from bot.services.shelf import Shelf
from bot.store.store import Store

log = structlog.get_logger()

#: Events that say that it was asked for, and what became of it; a refusal's detail is Discord's
#: code, how many messages are gone, and of how many.
ASKED, DONE = "delete_asked", "deleted"
REFUSED, FAILED = "delete_refused", "delete_failed"


@dataclass(frozen=True, slots=True)
class Removal:
    """Every part of it may be repeated: what is gone already does no harm."""

    store: Store
    chat: Chat
    results: Results
    shelf: Shelf
    clock: Callable[[], int]

    async def take(self, task: Task) -> None:
        """Take the step.

        Raises:
            Stale: somebody else has the task by now.
            ChatUnavailable: Discord is failing; it is taken again later.
        """
        gone, refusals = 0, list[ChatRefused]()
        for post in await self.store.tasks.posts(task.id):
            where = None if is_out_of_reach(task, post) else await self._where(task, post)
            if where is None:
                continue
            try:
                await self.chat.delete_message(where.channel_id, where.message_id)
                gone += 1
            except ChatRefused as error:
                log.info("a message cannot be deleted", task=task.id, error=repr(error))
                refusals.append(error)
        if refusals:
            # What is left stays a result: it can be asked for again, when the bot may.
            stays = task.not_deleted(self.clock(), self.results.expires_at(task))
            detail = f"{refusals[0].code} {gone} {gone + len(refusals)}"
            await self._save(stays, REFUSED, detail)
            return
        for result in await self.store.tasks.results(task.id):
            if result.file is not None:
                await asyncio.to_thread(self.shelf.path(result.file).unlink, missing_ok=True)
                await self.shelf.remove_all_copies(result.file)
            # Without its link, too: it is not to be downloaded again.
            await self.store.tasks.save_result(result.gone())
        await self.shelf.remove_archives(task.interaction_id)
        await self._save(task.deleted(self.clock()), DONE, "")

    async def stays(self, task: Task) -> bool:
        """Tell whether a message with its images stays when they are deleted."""
        posts = await self.store.tasks.posts(task.id)
        return any(post.message_id and is_out_of_reach(task, post) for post in posts)

    async def _where(self, task: Task, post: Post) -> Posted | None:
        """Return where a page is; one whose post had no answer is looked for."""
        if post.channel_id and post.message_id:
            return Posted(post.channel_id, post.message_id)
        if post.intent_at is None:
            return None
        try:
            return await self.chat.find_post(task, post)
        except HistoryUnreadable:
            return None

    async def _save(self, task: Task, kind: str, detail: str) -> None:
        await self.store.tasks.save(task, kind, now=self.clock(), detail=detail)


def is_out_of_reach(task: Task, post: Post) -> bool:
    """Tell whether a page was reached by the interaction's token alone, which has died."""
    return post.way is Way.FOLLOWUP or (post.way is Way.CARD and task.by_interaction)
