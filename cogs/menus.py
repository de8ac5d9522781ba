"""Message menus: use the pictures of any message without attaching them again."""

from functools import partial

import discord
from discord import app_commands

from bot.client import ImageBot, services_of
from bot.domain.draft import Draft
from bot.domain.ids import InteractionId, MessageId, UserId
from bot.domain.reference import Reference
from bot.domain.visibility import Viewer
from bot.interactions.answers import answer
from bot.interactions.convert import requester_of, server_of
from bot.interactions.forwards import author_of
from bot.interactions.message_images import pictures_in, unusable_in
from bot.refusals import NoPictures
from bot.services.shared.visibility import press_deadline
from bot.ui import forms
from bot.ui.texts import N_, texts
from bot.ui.tray import tray


@app_commands.context_menu(name=N_("Edit with Imagine"))
async def edit(interaction: discord.Interaction, message: discord.Message) -> None:
    """Open the form, with the message's pictures as references."""
    services = services_of(interaction)
    # Discord accepts a form only as the first answer.
    pictures = await _pictures(interaction, message, until=press_deadline())
    own = await services.defaults.get(UserId(interaction.user.id))
    draft = own.under(
        Draft(prompt="", references=pictures[: forms.OPTIONS], private=own.private), services.model
    )
    await services.drafts.save(draft, InteractionId(interaction.id), requester_of(interaction))
    t, unusable = texts(str(interaction.locale)), unusable_in(message)
    form = forms.compose(InteractionId(interaction.id), draft, services.model, t, unusable=unusable)
    await interaction.response.send_modal(form)


@app_commands.context_menu(name=N_("Use as reference"))
async def use(interaction: discord.Interaction, message: discord.Message) -> None:
    """Put the message's pictures into the user's tray."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    pictures = await _pictures(interaction, message, until=None)
    change, items = await services_of(interaction).tray.add(requester_of(interaction), pictures)
    t = texts(str(interaction.locale))
    await answer(interaction, tray(items, t, change=change, unusable=unusable_in(message)))


async def _pictures(
    interaction: discord.Interaction, message: discord.Message, *, until: float | None
) -> tuple[Reference, ...]:
    """Return the message's pictures, if the user may use them.

    ``until``: when Discord must have answered, by the event loop's clock; ``None``: the user has
    been answered already.

    Raises:
        NotAllowed: they are somebody else's, and the server's admins have turned that off.
            Everybody may use the bot's results, as with the buttons below them. A forward belongs
            to the original's author.
        NoPictures: there are none.
    """
    services, client = services_of(interaction), interaction.client
    # The user id of an old application differs from the application's id.
    assert client.user is not None
    await services.servers.check_pictures(
        server_of(interaction),
        partial(author_of, client, message, until=until),
        free={UserId(interaction.user.id), UserId(client.user.id)},
    )
    pictures = pictures_in(message)
    if not pictures:
        raise NoPictures(unusable_in(message))
    viewer = Viewer(requester_of(interaction), MessageId(message.id))
    return await services.own_results.recognized(pictures, viewer, until=until)


async def setup(bot: ImageBot) -> None:
    """Add the menus."""
    bot.tree.add_command(edit)
    bot.tree.add_command(use)
