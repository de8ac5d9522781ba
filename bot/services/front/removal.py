"""*Remove image*: moderators delete a result, say why, and may give a strike for it."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from bot.domain.ids import NO_SERVER, NOBODY, ChannelId, InteractionId, MessageId, ServerId
from bot.domain.moderation import Struck
from bot.domain.quota_change import By
from bot.domain.result import interaction_of
from bot.domain.task import Task
from bot.domain.text import LARGEST_ID
from bot.errors import ImagineError, Stale
from bot.refusals import NotAResult
from bot.services.front.deletion import Deleted, Deletion
from bot.services.shared.ports import Channels, Posting
from bot.store.engine import Connection
from bot.store.quota_settings import note_removal
from bot.store.store import Store
from bot.ui.moderation import removed_notice
from bot.ui.texts import texts

log = structlog.get_logger()

#: Tries while something else changes the task, and seconds between them.
TRIES, RETRY_SECONDS = 20, 0.25


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of it; ``struck``: ``None`` without a strike."""

    outcome: Deleted | ImagineError
    struck: Struck | None
    is_told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """The caller checks who may do this."""

    store: Store
    deletion: Deletion
    chat: Channels
    posting: Posting

    async def task_on(
        self, server: ServerId, channel_id: ChannelId, message_id: MessageId, names: Iterable[str]
    ) -> Task:
        """Return the task whose results our message shows; ``names``: those of its files.

        Raises:
            NotAResult: it shows none, or it is no longer known whose.
        """
        post = await self.store.posts.at(channel_id, message_id)
        if post is not None:
            task = await self.store.tasks.get(post.task_id)
        else:
            # The answer to the post was lost, or is still to come.
            task = await self._by_interaction(next(filter(None, map(interaction_of, names)), None))
        return await self._public(task, server)

    async def task(self, server: ServerId, interaction_id: InteractionId) -> Task:
        """Return a task of a server.

        Raises:
            NotAResult: there is none, it is no longer known whose, or only its requester sees its
                images.
        """
        return await self._public(await self._by_interaction(interaction_id), server)

    async def remove(
        self, task: Task, there: tuple[ChannelId, MessageId], by: By, *, strike: bool
    ) -> Removed:
        """Delete a task's images and messages, and tell its requester; the charge stays.

        Of a forgotten task only the message ``there`` is known; that one is deleted.

        A strike is given in the transaction that requests the deletion, so it stands whether or not
        the deletion succeeds.

        Raises:
            ImagesGone: they were deleted before.
            NotAResult: that message doesn't show the forgotten task's images.
            Stale: the task is unfinished or being worked on, for example posted.
            ChatRefused: without a strike: the bot may not delete these messages; none was deleted.
            PartlyDeleted: without a strike: the same, but some were deleted.
        """
        if task.erasure is None:
            struck = await self._request(task, by, strike=strike)
        else:
            # The message's id comes with the form, so it may be forged.
            if not await self.posting.shows_results(task, *there):
                raise NotAResult
            struck = await self.store.quota_settings.note_removal(task, by, strike=strike)
        outcome: Deleted | ImagineError
        try:
            if task.erasure is None:
                outcome = await self.deletion.outcome(task)
            else:
                await self.posting.delete_message(*there)
                outcome = Deleted.DONE
        except ImagineError as error:
            if struck is None:
                raise
            outcome = error
        said = repr(outcome) if isinstance(outcome, ImagineError) else outcome.value
        log.info("removal", task=task.id, actor=by.actor, strike=strike, outcome=said)
        is_removed = None if outcome is Deleted.LATER else isinstance(outcome, Deleted)
        t = texts(task.locale)
        text = removed_notice(task, by.reason, struck, t, is_removed=is_removed)
        return Removed(outcome, struck, await self.chat.tell_user(task.requester.user, text))

    async def _request(self, task: Task, by: By, *, strike: bool) -> Struck | None:
        struck: Struck | None = None

        def note(connection: Connection) -> None:
            nonlocal struck
            struck = note_removal(
                connection, task.requester, task.interaction_id, by, strike=strike
            )

        for _ in range(TRIES):
            # If somebody else is deleting them, perhaps with a strike, this one waits.
            if not task.deleting:
                with suppress(Stale):
                    await self.deletion.request(task, by.actor, note)
                    return struck
            await asyncio.sleep(RETRY_SECONDS)
            task = await self.task(task.requester.server or NO_SERVER, task.interaction_id)
            if task.erasure is not None:
                break
        raise Stale

    async def _public(self, task: Task | None, server: ServerId) -> Task:
        if task is None or task.requester.server != server or task.requester.user == NOBODY:
            raise NotAResult
        # Having a task forgotten spares nobody a strike for the posts they leave behind.
        if task.private and not await self.store.posts.published(task.id):
            raise NotAResult
        return task

    async def _by_interaction(self, number: InteractionId | None) -> Task | None:
        if number is None or number > LARGEST_ID:
            return None
        return await self.store.tasks.by_interaction(number)
