"""The menus of messages: draw from the pictures of any message, without attaching them anew."""

from functools import partial

import discord
from discord import app_commands

from bot.client import ImageBot, services_of
from bot.domain.draft import Draft
from bot.domain.reference import Reference
from bot.domain.visibility import Viewer
from bot.errors import NoPictures
from bot.interactions.answers import answer
from bot.interactions.convert import requester_of, server_of
from bot.interactions.forwards import author_of
from bot.interactions.message_images import pictures_in
from bot.services.shared.visibility import press_deadline
from bot.ui import forms
from bot.ui.commands import N_
from bot.ui.texts import texts
from bot.ui.tray import tray


@app_commands.context_menu(name=N_("Edit with Imagine"))
async def edit(interaction: discord.Interaction, message: discord.Message) -> None:
    """Open the form at once, with the message's pictures as references."""
    services = services_of(interaction)
    # No form can be opened once anything else was answered.
    pictures = await _pictures(interaction, message, until=press_deadline())
    draft = Draft(prompt="", references=pictures[: services.model.references.count])
    await services.drafts.save(draft, interaction.id, *requester_of(interaction))
    t = texts(str(interaction.locale))
    await interaction.response.send_modal(forms.compose(interaction.id, draft, services.model, t))


@app_commands.context_menu(name=N_("Use as reference"))
async def use(interaction: discord.Interaction, message: discord.Message) -> None:
    """Put the message's pictures into the tray of whoever chose it."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    pictures = await _pictures(interaction, message, until=None)
    put, held = await services_of(interaction).tray.add(*requester_of(interaction), pictures)
    await answer(interaction, tray(held, texts(str(interaction.locale)), put=put))


async def _pictures(
    interaction: discord.Interaction, message: discord.Message, *, until: float | None
) -> tuple[Reference, ...]:
    """Return the pictures, if whoever chose the menu may draw from them.

    ``until``: for all looks at Discord together; ``None``: it was answered already.

    Raises:
        NotAllowed: they are somebody else's, and the server's admins do not want that. What the bot
            drew is everybody's, as its own buttons have it; a forward is whose the original is.
        NoPictures: there are none.
    """
    services, client = services_of(interaction), interaction.client
    # The account of an old application has another id than the application.
    assert client.user is not None
    await services.servers.check_pictures(
        server_of(interaction),
        partial(author_of, client, message, until=until),
        free={interaction.user.id, client.user.id},
    )
    pictures = pictures_in(message)
    if not pictures:
        raise NoPictures
    viewer = Viewer(*requester_of(interaction), message.id)
    return await services.own_results.recognized(pictures, viewer, until=until)


async def setup(bot: ImageBot) -> None:
    """Add the menus."""
    bot.tree.add_command(edit)
    bot.tree.add_command(use)
