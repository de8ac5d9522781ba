"""The step that forgets a task: its messages if that was asked for, its files, its words."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.erasure import Erasure
from bot.domain.state import State
from bot.domain.task import Task
from bot.errors import ChatRefused
from bot.files import FileStorage
from bot.services.shared.ports import Posting
from bot.services.shared.reference_cache import ReferenceCache
from bot.services.work.pages import delete_pages
from bot.store.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseStep:
    """Every part of it may be repeated. The row comes last, and keeps its numbers."""

    store: Store
    chat: Posting
    storage: FileStorage
    cache: ReferenceCache
    clock: Callable[[], int]

    async def run(self, task: Task) -> None:
        """Take the step.

        Raises:
            Stale: somebody else has the task by now.
            ChatUnavailable: Discord is failing; the step is repeated later.
        """
        if task.erasure == Erasure.WITH_POSTS:
            await self._delete_posts(task)
        for result in await self.store.results.of_task(task.id):
            if result.file is not None:
                await self.storage.remove_result(result.file)
        await self.storage.remove_archives(task.interaction_id)
        uploads = await self.store.uploads.of_task(task.id)
        lent = await self.store.uploads.lent(task.interaction_id, uploads)
        for upload in (*uploads, *lent):
            await self.cache.release(upload)
        await self.store.erasures.erase(task, now=self.clock())

    async def _delete_posts(self, task: Task) -> None:
        # A message stays where the bot has left, or may not delete it: only moderators there can.
        posts = await self.store.posts.of_task(task.id)
        await delete_pages(self.chat, task, posts, now=self.clock())
        # The card is gone where the images say it all; elsewhere it quotes the prompt.
        is_left = task.state is not State.DELIVERED or task.reason is not None
        if is_left and task.card_id is not None and not task.by_interaction:
            try:
                await self.chat.delete_message(task.channel_id, task.card_id)
            except ChatRefused as error:
                log.info("a card stays", task=task.id, error=repr(error))
