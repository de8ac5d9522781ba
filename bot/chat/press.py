"""A button or a menu that works for ever: discord.py makes it anew from its ``custom_id``.

Anybody can forge that, so it holds numbers alone; everything else is read from the row, and whoever
presses is checked.
"""

import re
from typing import Any, Self

import discord
from discord import ui
from typing_extensions import override

from bot.chat.answers import explain_to
from bot.chat.finding import files_of
from bot.chat.reading import home
from bot.domain.viewing import Viewer
from bot.services.names import Origin

Interaction = discord.Interaction[Any]


class Press(ui.DynamicItem[ui.Item[Any]], template=r"never"):
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


def origin(interaction: Interaction) -> Origin | None:
    """Return the message that was pressed on, or that a form was opened from; none: a command."""
    message = interaction.message
    return None if message is None else Origin(message.id, ephemeral=message.flags.ephemeral)


def viewer(interaction: Interaction) -> Viewer:
    """Return who looks, from where, and at which message; one that opened a form may be gone."""
    message = interaction.message
    pressed = interaction.type is discord.InteractionType.component
    if message is None or not pressed or message.flags.ephemeral:
        return Viewer(*where(interaction))
    names = tuple(file.name for file in files_of(message))
    return Viewer(*where(interaction), message.id, names)


def servers(interaction: Interaction) -> frozenset[int] | None:
    """Return the ids of the servers that the bot is in; ``None``: not all are known yet."""
    client = interaction.client
    return frozenset(guild.id for guild in client.guilds) if client.is_ready() else None


def where(interaction: Interaction) -> tuple[int, int]:
    """Return the ids of the server (0: none of ours) and of whoever pressed."""
    return home(interaction), interaction.user.id
