"""Recognizes the bot's own results among pictures, so that each counts as one picture."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.cdn import file_link
from bot.domain.ids import ChannelId, MessageId
from bot.domain.reference import Reference
from bot.domain.result import Post, interaction_of
from bot.domain.source import FromMessage, source_of
from bot.domain.visibility import Viewer
from bot.errors import ChatError
from bot.refusals import ImagesGone, NotFound
from bot.services.shared.ports import Attachments
from bot.services.shared.results import Results
from bot.services.shared.visibility import LOOK_SECONDS, Visibility
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class OwnResults:
    """Recognizes results by the message that they were posted in, since anybody can copy a name.

    A pasted link names no message, so there the file's id must be one of the post's.
    """

    store: Store
    chat: Attachments
    results: Results
    visibility: Visibility

    async def page(
        self, channel_id: ChannelId, message_id: MessageId, names: Sequence[str]
    ) -> Post | None:
        """Return the page that a message shows.

        ``names``: those of its files, if the message is the bot's own. They tell which page it is
        while the answer to the post is missing.
        """
        post = await self.store.posts.at(channel_id, message_id)
        if post is not None:
            return post
        named = await self._named(next(filter(interaction_of, names), ""))
        return next((each for each in named if each.message_id in {None, message_id}), None)

    async def recognized(
        self, references: Sequence[Reference], viewer: Viewer, *, until: float | None = None
    ) -> tuple[Reference, ...]:
        """Return the pictures without duplicates; results among them get their source.

        A result stays an ordinary picture if the viewer may not see it (it may have been forwarded
        to them), or if it could not be checked ``until`` then (the event loop's time).
        """
        recognized = await asyncio.gather(
            *(self._recognize(reference, viewer, until) for reference in references)
        )
        unique = {reference.key: reference for reference in reversed(recognized)}
        return tuple(unique.values())[::-1]

    async def _recognize(
        self, reference: Reference, viewer: Viewer, until: float | None
    ) -> Reference:
        source = source_of(reference)
        if isinstance(source, FromMessage):
            post = await self.store.posts.at(source.channel_id, source.message_id)
        else:
            post = None if source else await self._linked(reference, until)
        if post is None:
            return reference
        for position in range(post.first, post.stop):
            if not reference.name.startswith(f"{post.mark}{position}."):
                continue
            try:
                seen = await self.visibility.visible_task(post.task_id, viewer, until=until)
                result = await self.results.reference(seen, position)
            except (NotFound, ImagesGone, ChatError):
                return reference
            return replace(reference, source=result.source)
        return reference

    async def _linked(self, reference: Reference, until: float | None) -> Post | None:
        """Return the page that a pasted link belongs to, if the page has the linked file."""
        link = file_link(reference.url)
        if link is None:
            return None
        for post in await self._named(reference.name):
            if post.channel_id == link.channel_id and post.message_id is not None:
                return post if await self._has(post, link.attachment_id, until) else None
        return None

    async def _named(self, file_name: str) -> list[Post]:
        """Return the pages that a file of this name may belong to."""
        interaction = interaction_of(file_name)
        task = None if interaction is None else await self.store.tasks.by_interaction(interaction)
        pages = () if task is None else await self.store.posts.of_task(task.id)
        return [page for page in pages if file_name.startswith(page.mark)]

    async def _has(self, post: Post, attachment_id: int, until: float | None) -> bool:
        """Ask Discord whether a page has a file: anybody can upload one with the same name."""
        assert post.channel_id is not None
        assert post.message_id is not None
        at_most = asyncio.timeout(LOOK_SECONDS) if until is None else asyncio.timeout_at(until)
        try:
            async with at_most:
                own = await self.chat.attached_files(post.channel_id, post.message_id)
        except (ChatError, TimeoutError):
            return False
        return any(file.id == attachment_id for file in own)
