"""Results of ours among the pictures of messages: one result is one picture, however it came."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.cdn import file_link
from bot.domain.reference import Reference
from bot.domain.result import Post
from bot.domain.source import FromMessage, source_of
from bot.domain.text import LARGEST_ID
from bot.domain.visibility import Viewer
from bot.errors import ChatError, ImagesGone, NotFound
from bot.services.shared.results import Results
from bot.services.shared.visibility import LOOK_SECONDS
from bot.store.store import Store

#: What files of ours are called, by ``Post.mark``: the interaction's id comes first.
_OURS = re.compile(r"imagine-(\d{1,20})-\d+-\d+\.", re.ASCII)


@dataclass(frozen=True, slots=True)
class OwnResults:
    """Tells them by the message that they were posted in; names can be anybody's.

    A pasted link tells no message: there the file's own id must be one of the post's.
    """

    store: Store
    results: Results

    async def recognized(
        self, references: Sequence[Reference], viewer: Viewer, *, until: float | None = None
    ) -> tuple[Reference, ...]:
        """Return the pictures of a message, each once, with results as what they are.

        What somebody sees forwarded, but may not look at as a result, stays a mere picture; so does
        what could not be looked at ``until`` then.
        """
        known = await asyncio.gather(*(self._known(each, viewer, until) for each in references))
        return tuple({each.key: each for each in reversed(known)}.values())[::-1]

    async def _known(self, reference: Reference, viewer: Viewer, until: float | None) -> Reference:
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
                seen = await self.results.visibility.visible_task(post.task_id, viewer, until=until)
                result = await self.results.reference(seen, position)
            except (NotFound, ImagesGone, ChatError):
                return reference
            return replace(reference, source=result.source)
        return reference

    async def _linked(self, reference: Reference, until: float | None) -> Post | None:
        """Return the page that a pasted link leads to, if the file is surely one of its own."""
        link, named = file_link(reference.url), _OURS.match(reference.name)
        if link is None or named is None or int(named[1]) > LARGEST_ID:
            return None
        task = await self.store.tasks.by_interaction(int(named[1]))
        for post in () if task is None else await self.store.posts.of_task(task.id):
            is_meant = reference.name.startswith(post.mark) and post.channel_id == link.channel_id
            if is_meant and post.message_id is not None:
                return post if await self._has(post, link.attachment_id, until) else None
        return None

    async def _has(self, post: Post, attachment_id: int, until: float | None) -> bool:
        """Ask Discord whether a page has a file: anybody can upload another one of its name."""
        assert post.channel_id is not None
        assert post.message_id is not None
        at_most = asyncio.timeout(LOOK_SECONDS) if until is None else asyncio.timeout_at(until)
        try:
            async with at_most:
                own = await self.results.chat.pictures(post.channel_id, post.message_id)
        except (ChatError, TimeoutError):
            return False
        return any(file.id == attachment_id for file in own)
