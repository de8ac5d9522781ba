"""*Post to channel*: what only the requester saw is posted for everybody, once.

A press only asks for it, in the row; posting is a step of the task (``PublishStep``). So two
presses are one, a lost answer is found without a third, and nothing is posted while somebody
deletes it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.task import State, Task
from bot.domain.task_events import PublishEvent
from bot.errors import (
    ChatRefused,
    ChatUnavailable,
    HistoryUnreadable,
    ImagesGone,
    ImagineError,
    NotAllowed,
    NotFound,
    Stale,
)
from bot.services.front.wait_for_task import wait_for_task
from bot.services.shared.ports import Posted
from bot.services.shared.results import Results
from bot.store.store import Store

#: What whoever asked is told, by what became of it.
_REASONS: dict[str, type[ImagineError]] = {
    PublishEvent.GONE: ImagesGone,
    PublishEvent.UNKNOWN: HistoryUnreadable,
    PublishEvent.FAILING: ChatUnavailable,
    PublishEvent.FAILED: ImagineError,
}


@dataclass(frozen=True, slots=True)
class Publishing:
    """Asks for it, and tells whoever asks what became of it."""

    store: Store
    results: Results
    clock: Callable[[], int]
    #: Tells the worker that something is due.
    nudge: Callable[[], None]
    #: Seconds for which whoever asks waits for the outcome; it goes on without them.
    patience: float = 10.0

    async def publish(self, task_id: int, guild_id: int, user_id: int) -> Posted | None:
        """Have one's own private images posted where they were asked for.

        Returns the first message, also to whoever asks again; ``None``: it is still under way.

        Raises:
            NotFound: the user has no such private task, or the bot is not in its server.
            NotAllowed: it is somebody else's.
            Stale: it is not finished, or somebody is at it this moment.
            ImagesGone: they are no longer kept.
            ChatRefused: the bot may not post there.
            ChatUnavailable: Discord has been failing for long.
            HistoryUnreadable: it may have been posted, and cannot be looked for.
        """
        task = await self._own(task_id, guild_id, user_id)
        if not task.publishing:
            if (there := await self._posted(task)) is not None:
                return there
            await self.results.pictures(task, task.upload_limit)
            await self._ask(task)
        self.nudge()
        return await self._outcome(task.id)

    async def _ask(self, task: Task) -> None:
        now = self.clock()
        try:
            await self.store.tasks.save(
                task.to_publish(now), PublishEvent.ASKED, now=now, actor=str(task.user_id)
            )
        except Stale:
            present = await self.store.tasks.get(task.id)
            if present is None or not present.publishing:
                raise
            # Pressed twice: what comes of the other press is told to this one, too.

    async def _own(self, task_id: int, guild_id: int, user_id: int) -> Task:
        task = await self.results.task(task_id, guild_id, user_id)
        if task.user_id != user_id:
            raise NotAllowed("requester")
        if task.guild_id == 0 or not task.private:
            # The bot is not where it was asked for, or everybody sees it anyway.
            raise NotFound
        if not task.has_ended:
            # Its private pages are being posted this very moment.
            raise Stale
        if task.state not in {State.DELIVERED, State.KEPT} or task.images_gone:
            raise ImagesGone
        if task.owner is not None and not task.publishing:
            raise Stale
        return task

    async def _posted(self, task: Task) -> Posted | None:
        """Return its first public message, if all of them are there."""
        posts = await self.store.posts.published(task.id)
        if not posts or any(post.message_id is None for post in posts):
            return None
        first = posts[0]
        assert first.channel_id is not None
        assert first.message_id is not None
        return Posted(first.channel_id, first.message_id)

    async def _outcome(self, task_id: int) -> Posted | None:
        task = await wait_for_task(self.store, task_id, lambda it: it.publishing, self.patience)
        if task is None:
            return None
        if (there := await self._posted(task)) is not None:
            return there
        raise await self._reason(task)

    async def _reason(self, task: Task) -> ImagineError:
        """Return why it was not posted, as the step has written it down."""
        for event in reversed(await self.store.events.of_task(task.id)):
            if event.kind == PublishEvent.ASKED:
                break
            if event.kind == PublishEvent.REFUSED:
                return ChatRefused(int(event.detail))
            if event.kind in _REASONS:
                return _REASONS[event.kind]()
        return ImagesGone()
