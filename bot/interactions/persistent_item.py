"""A button or a menu that works for ever: discord.py makes it anew from its ``custom_id``.

Anybody can forge that, so it holds numbers alone; everything else is read from the row, and whoever
presses is checked.
"""

import re
from typing import Any, Self

import discord
from discord import ui
from typing_extensions import override

from bot.interactions.answers import explain_to

Interaction = discord.Interaction[Any]


class PersistentItem(ui.DynamicItem[ui.Item[Any]], template=r"never"):
    """What was pressed or chosen; its errors end in a sentence like a command's."""

    def __init__(self, item: ui.Item[Any], match: re.Match[str]) -> None:
        super().__init__(item)
        self.match = match

    @property
    def number(self) -> int:
        """The id that it carries."""
        return int(self.match["id"])

    @override
    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(item, match)

    @override
    async def callback(self, interaction: Interaction) -> None:
        try:
            await self.pressed(interaction)
        except Exception as error:  # noqa: BLE001 - views don't reach the tree's on_error
            await explain_to(interaction, error)

    async def pressed(self, interaction: Interaction) -> None:
        """Do what it says."""
        raise NotImplementedError
