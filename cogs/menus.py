"""The menus of messages: draw from the pictures of any message, without attaching them anew."""

import discord
from discord import app_commands

from bot.app import ImageBot, services_of
from bot.chat.answers import answer
from bot.chat.picking import pictures_in
from bot.chat.press import where
from bot.domain.reference import Reference
from bot.domain.request import REFERENCE_LIMIT
from bot.domain.wish import Wish
from bot.errors import NoPictures
from bot.ui import forms
from bot.ui.commands import N_
from bot.ui.texts import texts
from bot.ui.tray import tray


@app_commands.context_menu(name=N_("Edit with Imagine"))
async def edit(interaction: discord.Interaction, message: discord.Message) -> None:
    """Open the form at once, with the message's pictures as references."""
    pictures = _pictures(message)[:REFERENCE_LIMIT]
    wish = Wish(prompt="", references=pictures)
    wish_id = await services_of(interaction).wishes.keep(wish, *where(interaction))
    t = texts(str(interaction.locale))
    await interaction.response.send_modal(forms.draw(wish_id, wish, t))


@app_commands.context_menu(name=N_("Use as reference"))
async def use(interaction: discord.Interaction, message: discord.Message) -> None:
    """Put the message's pictures into the tray of whoever chose it."""
    services = services_of(interaction)
    put = await services.tray.put(*where(interaction), _pictures(message))
    held = await services.tray.held(*where(interaction))
    await answer(interaction, tray(held, texts(str(interaction.locale)), put=put))


def _pictures(message: discord.Message) -> tuple[Reference, ...]:
    pictures = pictures_in(message)
    if not pictures:
        raise NoPictures
    return pictures


async def setup(bot: ImageBot) -> None:
    """Add the menus."""
    bot.tree.add_command(edit)
    bot.tree.add_command(use)
