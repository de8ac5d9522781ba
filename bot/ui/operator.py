"""What whoever runs the bot reads."""

from typing import Any

import discord

from bot.ui import buttons, colours
from bot.ui.texts import Texts
from bot.ui.view import static_view


def everywhere_card(t: Texts, *, is_paused: bool) -> discord.ui.LayoutView:
    """Offer to do in all servers what was done in this one."""
    said = t(
        "You run this bot. To have commands for all servers, set OPERATOR_SERVER to the id of a "
        "server of yours."
    )
    return static_view(
        discord.ui.Container[Any](
            discord.ui.TextDisplay(said),
            discord.ui.ActionRow(buttons.everywhere(t, is_paused=is_paused)),
            accent_colour=colours.PANEL,
        )
    )
