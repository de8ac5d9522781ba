"""Logs closed tasks for their server's admins: user, prompt and link, in a channel they chose.

Whether a task is logged, and where, was decided when it was accepted. Nothing waits for this: a
task is closed before, and a channel that fails holds up no other.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import structlog

from bot.domain.moderation import Moderation
from bot.domain.quota_change import By, Kind, Target
from bot.domain.quota_settings import Setting
from bot.domain.result import Post
from bot.domain.snowflakes import time_of
from bot.domain.task import Task
from bot.domain.visibility import is_posted_publicly
from bot.errors import ChatRefused, ChatUnavailable, HistoryUnreadable, PostUnknown, UnreadableRow
from bot.services.shared.ports import Channels
from bot.services.work.duties import keep_up
from bot.store.store import Store
from bot.store.task_log import Entry
from bot.ui.task_log import log_ended, log_entry
from bot.ui.texts import texts

log = structlog.get_logger()

#: Seconds between two rounds, and entries of a channel in one: Discord allows five in five seconds.
EVERY, AT_ONCE = 5, 5
#: Milliseconds after its end, or its post, at which logging a task is given up.
NEWS = 24 * 60 * 60 * 1000
#: Discord's codes: the channel is gone, or the bot may not see it, or not write there.
GONE = frozenset({10003, 50001, 50013})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLogging:
    """Posts each entry once: writes an intent first, and looks for what may already be there."""

    store: Store
    chat: Channels
    clock: Callable[[], int]

    async def run(self) -> None:
        """Look every ``EVERY`` seconds until cancelled."""
        await keep_up("task log", self.run_once, self.store, every=EVERY, is_due=self._is_due)

    async def run_once(self) -> None:
        """Log what is due, all channels at the same time."""
        due = await self.store.task_log.due(most=AT_ONCE)
        channels = [list(some) for _, some in groupby(due, lambda entry: entry.channel_id)]
        results = await asyncio.gather(*map(self._channel, channels), return_exceptions=True)
        for error in (each for each in results if isinstance(each, Exception)):
            log.error("a channel's tasks could not be logged", error=repr(error))

    async def _is_due(self) -> bool:
        return bool(await self.store.task_log.due(most=1))

    async def _channel(self, entries: list[Entry]) -> None:
        for entry in entries:
            try:
                if not await self._log(entry):
                    return
            except (ChatUnavailable, PostUnknown) as error:
                log.info("logged later", task=entry.task_id, error=repr(error))
                return

    async def _log(self, entry: Entry) -> bool:
        """Log a task; return whether to go on with its channel."""
        task = await self._task(entry)
        if task is not None:
            try:
                await self._post(entry, task)
            except ChatRefused as error:
                if error.code in GONE:
                    await self._end(entry, task)
                    return False
                log.warning("a task is not logged", task=task.id, error=repr(error))
            except HistoryUnreadable:
                # It may already be there, and must not be posted twice.
                log.warning("a task may be logged", task=task.id)
        await self.store.task_log.done(entry.task_id)
        return True

    async def _task(self, entry: Entry) -> Task | None:
        """Return the task; ``None``: it is forgotten by now."""
        try:
            task = await self.store.tasks.get(entry.task_id)
        except UnreadableRow:
            return None
        return None if task is None or task.erasure is not None else task

    async def _post(self, entry: Entry, task: Task) -> None:
        posts = await self.store.posts.of_task(task.id)
        server = task.requester.server
        assert server is not None
        since = _since(task, posts)
        if since is None or self.clock() - since > NEWS:
            return
        rule = await self.store.quota_settings.moderation(server)
        text = log_entry(task, posts, texts(rule.locale))
        if entry.intent_at is None:
            await self.store.task_log.intend(task.id, self.clock())
        was_intended = entry.intent_at is not None
        look = was_intended or await self.store.facts.are_restored(task.created_at)
        try:
            await self.chat.log_task(entry.channel_id, task, text, look=look)
        except ChatUnavailable:
            if not was_intended:
                await self.store.task_log.intend(task.id, None)
            raise

    async def _end(self, entry: Entry, task: Task) -> None:
        """Switch the log off, and tell the admin who named its channel, once."""
        server = task.requester.server
        assert server is not None
        rule = await self.store.quota_settings.moderation(server)
        if rule.log == entry.channel_id:

            def off(before: Setting | None) -> Setting:
                assert isinstance(before, Moderation)
                # An admin may have named another one just now.
                return replace(before, log=None) if before.log == entry.channel_id else before

            by = By(id=task.interaction_id, actor=self.chat.own_id, at=self.clock())
            await self.store.quota_settings.revise(
                Target.of_server(server, Kind.MODERATION), off, by
            )
        await self.store.task_log.ended(entry.channel_id)
        log.warning("the task log has ended", server=server, channel=entry.channel_id)
        if rule.log == entry.channel_id:
            text = log_ended(entry.channel_id, texts(rule.locale))
            await self.chat.tell_user(rule.log_by, text)


def _since(task: Task, posts: Sequence[Post]) -> int | None:
    """Return when there was something to log; ``None``: a private task that stayed private."""
    if task.log_channel is not None:
        return task.ended_at
    public = (post.message_id for post in posts if is_posted_publicly(task, post))
    return max((time_of(each) for each in public if each is not None), default=None)
