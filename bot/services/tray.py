"""The tray: what somebody collects from messages, and draws with when they say so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.reference import Reference
from bot.domain.tray import TRAY_KEEPS, Held, Put
from bot.domain.wish import Wish
from bot.errors import TrayEmpty
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Tray:
    """One for each user in each server; a picture is forgotten after a day."""

    store: Store
    clock: Callable[[], int]

    async def held(self, guild_id: int, user_id: int) -> tuple[Held, ...]:
        """Return what is in one's tray, in the order in which it was put there."""
        return await self.store.trays.held(guild_id, user_id, since=self._oldest())

    async def put(
        self, guild_id: int, user_id: int, references: Sequence[Reference]
    ) -> tuple[Put, tuple[Held, ...]]:
        """Put pictures into one's tray, as long as there is room; each once.

        Returns what became of them, and what is in it now.
        """
        put = await self.store.trays.put(
            guild_id, user_id, references, now=self.clock(), forget=self._oldest()
        )
        return put, await self.held(guild_id, user_id)

    async def remove(self, guild_id: int, user_id: int, name: str) -> None:
        """Take the picture of a name out; one that is not in it does no harm."""
        for each in await self.held(guild_id, user_id):
            if each.name == name:
                await self.store.trays.remove(guild_id, user_id, each.id)

    async def clear(self, guild_id: int, user_id: int) -> None:
        """Take all out."""
        await self.store.trays.clear(guild_id, user_id)

    async def wish(self, guild_id: int, user_id: int) -> Wish:
        """Return the wish that has these pictures, and no prompt yet.

        Raises:
            TrayEmpty: there are none, or no longer.
        """
        held = await self.held(guild_id, user_id)
        if not held:
            raise TrayEmpty
        return Wish(prompt="", references=tuple(each.reference for each in held))

    def _oldest(self) -> int:
        return self.clock() - TRAY_KEEPS
