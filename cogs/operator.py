"""What whoever runs the bot decides for all servers."""

import discord
from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.interactions.answers import answer
from bot.interactions.convert import Interaction
from bot.interactions.permissions import deny
from bot.interactions.persistent_item import PersistentItem
from bot.refusals import NotAllowed
from bot.ui import ids
from bot.ui.replies import notice
from bot.ui.texts import texts


async def only_operators(interaction: Interaction) -> None:
    """Refuse all others, and note in the server's log that they tried.

    Raises:
        NotAllowed: the user doesn't run the bot.
    """
    bot: ImageBot = interaction.client
    if interaction.user.id not in bot.operators:
        await deny(interaction, services_of(interaction).quota)
        raise NotAllowed("operator")


async def _pause(interaction: discord.Interaction) -> None:
    await only_operators(interaction)
    await services_of(interaction).quota.pause(actor=interaction.user.id)
    t = texts(str(interaction.locale))
    said = t("Paused everywhere. Images already being drawn are still delivered.")
    await answer(interaction, notice(said))


async def _resume(interaction: discord.Interaction) -> None:
    await only_operators(interaction)
    await services_of(interaction).quota.resume(actor=interaction.user.id)
    await answer(interaction, notice(texts(str(interaction.locale))("Drawing has resumed.")))


class PauseAll(PersistentItem, custom_id=ids.PAUSE_ALL):
    """*Pause everywhere*."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _pause(interaction)


class ResumeAll(PersistentItem, custom_id=ids.RESUME_ALL):
    """*Resume everywhere*."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _resume(interaction)


async def setup(bot: ImageBot) -> None:
    """Add the buttons."""
    bot.add_dynamic_items(PauseAll, ResumeAll)
