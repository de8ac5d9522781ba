"""``/quota``: the user's own quota."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.interactions.answers import answer
from bot.interactions.convert import requester_of
from bot.services.front.quota import Quota
from bot.ui.quota import quota_card
from bot.ui.texts import N_, texts


class OwnQuota(commands.Cog):
    """The command."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota

    @app_commands.command(name=N_("quota"), description=N_("See how many images you have left"))
    async def quota(self, interaction: discord.Interaction) -> None:
        """Show what is left, in progress and used, and when it resets."""
        allowance = await self._quota.allowance(requester_of(interaction))
        await answer(interaction, quota_card(allowance, texts(str(interaction.locale))))


async def setup(bot: ImageBot) -> None:
    """Add the command."""
    await bot.add_cog(OwnQuota(bot.services.quota))
