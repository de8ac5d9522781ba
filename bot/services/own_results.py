"""Results of ours among the pictures of messages: one result is one picture, however it came."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.reference import Reference
from bot.domain.source import FromMessage, source_of
from bot.domain.viewing import Viewer
from bot.errors import ChatError, ImagesGone, NotFound
from bot.services.results import Results
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class OwnResults:
    """Tells them by the message that they were posted in; names can be anybody's."""

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
        if not isinstance(source, FromMessage):
            return reference
        post = await self.store.tasks.post_at(source.channel_id, source.message_id)
        if post is None:
            return reference
        for position in range(post.first, post.stop):
            if not reference.name.startswith(f"{post.mark}{position}."):
                continue
            try:
                seen = await self.results.viewing.sight(post.task_id, viewer, until=until)
                result = await self.results.reference(seen, position)
            except (NotFound, ImagesGone, ChatError):
                return reference
            return replace(reference, source=result.source)
        return reference
