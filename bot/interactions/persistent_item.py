"""A button or menu that works forever: discord.py recreates it from its ``custom_id``."""

import re
from typing import Any, Self, cast

from discord import ui
from typing_extensions import override

from bot.interactions.answers import explain_to
from bot.interactions.convert import Interaction
from bot.ui.ids import CustomId, Fields


class PersistentItem(ui.DynamicItem[ui.Item[Any]], template=r"never"):
    """What was pressed or chosen. Its errors become a sentence, as a command's do."""

    def __init_subclass__(cls, *, custom_id: CustomId | None = None) -> None:
        """``custom_id``: what it is recognized by; ``None``: it is a base class of other items."""
        super().__init_subclass__(template="never" if custom_id is None else custom_id.template)

    def __init__(self, item: ui.Item[Any], fields: Fields) -> None:
        super().__init__(item)
        self.fields = fields

    @override
    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(item, Fields(match))

    @override
    async def callback(self, interaction: Interaction) -> None:
        try:
            await self.pressed(interaction)
        except Exception as error:  # noqa: BLE001 - views don't reach the tree's on_error
            await explain_to(interaction, error)

    async def pressed(self, interaction: Interaction) -> None:
        """Answer the press or the choice."""
        raise NotImplementedError


def chosen(interaction: Interaction) -> str:
    """Return what was chosen in a menu; discord.py's item, created just now, doesn't know."""
    return cast("dict[str, list[str]]", interaction.data)["values"][0]
