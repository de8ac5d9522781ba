"""``/quota``: the user's own quota, and a chart of their last days."""

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.interactions.answers import answer
from bot.interactions.charts import send_chart
from bot.interactions.convert import Interaction, requester_of
from bot.interactions.persistent_item import PersistentItem
from bot.services.front.quota import Quota
from bot.ui import ids
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


class OwnChart(PersistentItem, custom_id=ids.OWN_CHART):
    """A chart of the presser's last days."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        charts = services_of(interaction).charts
        use = await charts.of_member(requester_of(interaction))
        await send_chart(interaction, charts, use, mine=True)


async def setup(bot: ImageBot) -> None:
    """Add the command and the button."""
    await bot.add_cog(OwnQuota(bot.services.quota))
    bot.add_dynamic_items(OwnChart)
