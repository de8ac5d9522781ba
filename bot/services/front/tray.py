"""The tray: what somebody collects from messages, and draws with when they say so."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.draft import Draft
from bot.domain.reference import Reference
from bot.domain.tray import TRAY_KEEPS, TrayChange, TrayItem
from bot.domain.visibility import Viewer
from bot.errors import ChatError, TrayEmpty
from bot.services.shared.visibility import Visibility, press_deadline
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Tray:
    """One for each user in each server; a picture is forgotten after a day."""

    store: Store
    visibility: Visibility
    clock: Callable[[], int]

    async def items(self, guild_id: int, user_id: int) -> tuple[TrayItem, ...]:
        """Return what is in one's tray, in the order in which it was put there.

        Somebody else's result that was deleted since is taken out. Whoever presses waits: what
        could not be looked at in time stays, and is looked at before anything is drawn from it.
        """
        every = await self._every(guild_id, user_id)
        viewer, until = Viewer(guild_id, user_id), press_deadline()
        stay = await asyncio.gather(*(self._stays(each, viewer, until) for each in every))
        for each, stays in zip(every, stay, strict=True):
            if not stays:
                await self.store.trays.remove(guild_id, user_id, each.id)
        return tuple(each for each, stays in zip(every, stay, strict=True) if stays)

    async def add(
        self, guild_id: int, user_id: int, references: Sequence[Reference]
    ) -> tuple[TrayChange, tuple[TrayItem, ...]]:
        """Put pictures into one's tray, as long as there is room; each once.

        Returns what became of them, and what is in it now.
        """
        put = await self.store.trays.add(
            guild_id, user_id, references, now=self.clock(), forget=self._oldest()
        )
        return put, await self.items(guild_id, user_id)

    async def remove(self, guild_id: int, user_id: int, name: str) -> None:
        """Take the picture of a name out; one that is not in it does no harm."""
        for each in await self._every(guild_id, user_id):
            if each.name == name:
                await self.store.trays.remove(guild_id, user_id, each.id)

    async def clear(self, guild_id: int, user_id: int) -> None:
        """Take all out."""
        await self.store.trays.clear(guild_id, user_id)

    async def draft(self, guild_id: int, user_id: int) -> Draft:
        """Return the draft that has these pictures, and no prompt yet.

        Raises:
            TrayEmpty: there are none, or no longer.
        """
        held = await self.items(guild_id, user_id)
        if not held:
            raise TrayEmpty
        return Draft(prompt="", references=tuple(each.reference for each in held))

    async def _every(self, guild_id: int, user_id: int) -> tuple[TrayItem, ...]:
        return await self.store.trays.items(guild_id, user_id, since=self._oldest())

    async def _stays(self, held: TrayItem, viewer: Viewer, until: float) -> bool:
        try:
            return await self.visibility.may_draw_from(held.reference, viewer, until=until)
        except ChatError:
            return True

    def _oldest(self) -> int:
        return self.clock() - TRAY_KEEPS
