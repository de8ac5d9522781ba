"""Refused drafts are kept for a day, so that nobody types or attaches anything twice."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.draft import Draft
from bot.domain.quota import DAY
from bot.errors import DraftExpired
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Drafts:
    """A refused draft costs nothing. Links to what was attached live about as long."""

    store: Store
    clock: Callable[[], int]

    async def save(self, draft: Draft, interaction_id: int, guild_id: int, user_id: int) -> None:
        """Keep the draft of an interaction, whose id it takes: no other database has that."""
        now = self.clock()
        await self.store.drafts.save(
            draft, interaction_id, guild_id, user_id, now=now, forget=now - DAY
        )

    async def get(self, draft_id: int, guild_id: int, user_id: int) -> Draft:
        """Return one's own draft.

        Raises:
            DraftExpired: its day is over, or it is not theirs.
        """
        since = self.clock() - DAY
        draft = await self.store.drafts.get(draft_id, guild_id, user_id, since=since)
        if draft is None:
            raise DraftExpired
        return draft
