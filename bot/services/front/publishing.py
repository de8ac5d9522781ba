"""*Post to channel*: post private results for everybody, once.

A press only records the request; posting is a step of the task (``PublishStep``). So two presses
post once, a post whose answer was lost is found without another press, and nothing is posted while
it is being deleted.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.ids import ChannelId, TaskId
from bot.domain.requester import Requester
from bot.domain.state import State
from bot.domain.task import Task
from bot.domain.task_events import PublishEvent
from bot.errors import ChatRefused, ChatUnavailable, HistoryUnreadable, ImagineError, Stale
from bot.refusals import ImagesGone, NotAllowed, NotFound
from bot.services.front.wait_for_task import wait_for_task
from bot.services.shared.ports import Posted
from bot.services.shared.results import Results
from bot.store.engine import Connection
from bot.store.store import Store
from bot.store.task_log import log_later

#: The error for each outcome.
_REASONS: dict[str, type[ImagineError]] = {
    PublishEvent.GONE: ImagesGone,
    PublishEvent.UNKNOWN: HistoryUnreadable,
    PublishEvent.FAILING: ChatUnavailable,
    PublishEvent.FAILED: ImagineError,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """Requests a post and waits for its outcome."""

    store: Store
    results: Results
    clock: Callable[[], int]
    #: Wakes the worker.
    nudge: Callable[[], None]
    #: Seconds to wait for the outcome; posting continues without us.
    timeout: float = 10.0

    async def publish(self, task_id: TaskId, requester: Requester) -> Posted | None:
        """Have a user's private images posted in the channel where they were requested.

        Returns the first message, even if it was posted before; ``None``: still in progress.

        Raises:
            NotFound: there is no such private task, or the bot is not in its server.
            NotAllowed: it is somebody else's.
            Stale: the task is unfinished or being worked on.
            ImagesGone: they are no longer kept.
            ChatRefused: the bot may not post there.
            ChatUnavailable: Discord kept failing.
            HistoryUnreadable: it may have been posted, but the bot can't look.
        """
        task = await self._own(task_id, requester)
        if not task.publishing:
            if (posted := await self._posted(task)) is not None:
                return posted
            await self.results.pictures(task, task.upload_limit)
            await self._request(task, await self._log_channel(task))
        self.nudge()
        return await self._outcome(task.id)

    async def _request(self, task: Task, log_channel: ChannelId | None) -> None:
        now, actor = self.clock(), str(task.requester.user)

        def have_it_logged(connection: Connection) -> None:
            if log_channel is not None:
                log_later(connection, task.id, log_channel)

        try:
            await self.store.tasks.save(
                task.to_publish(now), PublishEvent.ASKED, now=now, actor=actor, also=have_it_logged
            )
        except Stale:
            current = await self.store.tasks.get(task.id)
            if current is None or not current.publishing:
                raise
            # Pressed twice: both presses wait for the same outcome.

    async def _own(self, task_id: TaskId, requester: Requester) -> Task:
        task = await self.results.task(task_id, requester)
        if task.requester.user != requester.user:
            raise NotAllowed("requester")
        if task.requester.server is None or not task.private:
            # The bot is not a member there, or everybody sees the images anyway.
            raise NotFound
        if not task.has_ended:
            # Its private pages are still being posted.
            raise Stale
        if task.state not in {State.DELIVERED, State.KEPT} or task.images_gone:
            raise ImagesGone
        if (task.owner is not None and not task.publishing) or task.removing is not None:
            raise Stale
        return task

    async def _posted(self, task: Task) -> Posted | None:
        """Return the first public message, if every page that has an image left was posted."""
        results = await self.store.results.of_task(task.id)
        left = [result.position for result in results if not result.deleted]
        published = await self.store.posts.published(task.id)
        posts = [post for post in published if any(map(post.shows, left))]
        if not posts or any(post.message_id is None for post in posts):
            return None
        first = posts[0]
        assert first.channel_id is not None
        assert first.message_id is not None
        return Posted(first.channel_id, first.message_id)

    async def _log_channel(self, task: Task) -> ChannelId | None:
        """Return where to log the task once it is posted; ``None``: nowhere, or it already is."""
        posts = await self.store.posts.published(task.id)
        if task.log_channel is not None or any(post.message_id for post in posts):
            return None
        server = task.requester.server
        assert server is not None
        return (await self.store.quota_settings.moderation(server)).logged_in(private=False)

    async def _outcome(self, task_id: TaskId) -> Posted | None:
        task = await wait_for_task(self.store, task_id, lambda task: task.publishing, self.timeout)
        if task is None:
            return None
        if (posted := await self._posted(task)) is not None:
            return posted
        raise await self._reason(task)

    async def _reason(self, task: Task) -> ImagineError:
        """Return why it was not posted, as the step recorded it."""
        for event in reversed(await self.store.events.of_task(task.id)):
            if event.kind == PublishEvent.ASKED:
                break
            if event.kind == PublishEvent.REFUSED:
                return ChatRefused(int(event.detail))
            if event.kind in _REASONS:
                return _REASONS[event.kind]()
        return ImagesGone()
