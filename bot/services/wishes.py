"""Refused wishes are kept for a day, so that nobody types or attaches anything twice."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.quota import DAY
from bot.domain.wish import Wish
from bot.errors import WishForgotten
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Wishes:
    """A refused wish costs nothing. Links to what was attached live about as long."""

    store: Store
    clock: Callable[[], int]

    async def keep(self, wish: Wish, interaction_id: int, guild_id: int, user_id: int) -> None:
        """Keep the wish of an interaction, whose id it takes: no other database has that."""
        now = self.clock()
        await self.store.wishes.keep(
            wish, interaction_id, guild_id, user_id, now=now, forget=now - DAY
        )

    async def get(self, wish_id: int, guild_id: int, user_id: int) -> Wish:
        """Return one's own wish.

        Raises:
            WishForgotten: its day is over, or it is not theirs.
        """
        since = self.clock() - DAY
        wish = await self.store.wishes.get(wish_id, guild_id, user_id, since=since)
        if wish is None:
            raise WishForgotten
        return wish
