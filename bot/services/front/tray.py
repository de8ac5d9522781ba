"""The tray: pictures that a user collects from messages, to draw from later."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from bot.domain.draft import Draft
from bot.domain.reference import Reference
from bot.domain.requester import Requester
from bot.domain.tray import TRAY_KEEPS, TrayChange, TrayItem
from bot.domain.visibility import Viewer
from bot.errors import ChatError
from bot.refusals import TrayEmpty
from bot.services.shared.visibility import Visibility, press_deadline
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Tray:
    """One for each user in each server. Each picture stays for a day."""

    store: Store
    visibility: Visibility
    clock: Callable[[], int]

    async def items(self, requester: Requester) -> tuple[TrayItem, ...]:
        """Return a user's pictures in the order in which they were added.

        Other people's results that were deleted since are removed. The user is waiting, so what
        can't be checked in time stays; it is checked again before it is drawn from.
        """
        items = await self._stored(requester)
        viewer, until = Viewer(requester), press_deadline()
        usable = await asyncio.gather(*(self._is_usable(item, viewer, until) for item in items))
        for item in compress(items, map(not_, usable)):
            await self.store.trays.remove(requester, item.id)
        return tuple(compress(items, usable))

    async def add(
        self, requester: Requester, references: Sequence[Reference]
    ) -> tuple[TrayChange, tuple[TrayItem, ...]]:
        """Add pictures that are not in the tray yet, while there is room.

        Returns what changed, and what is in the tray now.
        """
        change = await self.store.trays.add(
            requester, references, now=self.clock(), forget=self._oldest()
        )
        return change, await self.items(requester)

    async def remove(self, requester: Requester, name: str) -> None:
        """Remove a picture by its name, if it is there."""
        for item in await self._stored(requester):
            if item.name == name:
                await self.store.trays.remove(requester, item.id)

    async def clear(self, requester: Requester) -> None:
        """Remove all pictures."""
        await self.store.trays.clear(requester)

    async def draft(self, requester: Requester) -> Draft:
        """Return a draft with these pictures and no prompt.

        Raises:
            TrayEmpty: there are none, or no longer.
        """
        items = await self.items(requester)
        if not items:
            raise TrayEmpty
        return Draft(prompt="", references=tuple(item.reference for item in items))

    async def _stored(self, requester: Requester) -> tuple[TrayItem, ...]:
        return await self.store.trays.items(requester, since=self._oldest())

    async def _is_usable(self, item: TrayItem, viewer: Viewer, until: float) -> bool:
        try:
            return await self.visibility.may_draw_from(item.reference, viewer, until=until)
        except ChatError:
            return True

    def _oldest(self) -> int:
        return self.clock() - TRAY_KEEPS
