"""Refused drafts, kept for a day so that nobody has to type or attach anything twice."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.draft import Draft
from bot.domain.ids import InteractionId
from bot.domain.requester import Requester
from bot.domain.window import DAY
from bot.refusals import DraftExpired
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Drafts:
    """The drafts of all users. Discord's links to attached files last a day, too."""

    store: Store
    clock: Callable[[], int]

    async def save(
        self, draft: Draft, interaction_id: InteractionId, requester: Requester, reason: str = ""
    ) -> None:
        """Keep a draft under its interaction's id, which no other database can have issued.

        ``reason``: the name of the error for which it was refused.
        """
        now = self.clock()
        await self.store.drafts.save(
            draft, interaction_id, requester, now=now, forget=now - DAY, reason=reason
        )

    async def get(self, draft_id: InteractionId, requester: Requester) -> Draft:
        """Return a user's own draft.

        Raises:
            DraftExpired: it is older than a day, or somebody else's.
        """
        since = self.clock() - DAY
        draft = await self.store.drafts.get(draft_id, requester, since=since)
        if draft is None:
            raise DraftExpired
        return draft
