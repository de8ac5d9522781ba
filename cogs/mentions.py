"""Messages that mention the bot: "@imagine make it winter"."""

import discord
from discord.ext import commands
from typing_extensions import override

from bot.client import ImageBot
from bot.interactions.mentions import Mentions


class Mentioned(commands.Cog):
    """Passes them on."""

    def __init__(self, bot: ImageBot, mentions: Mentions) -> None:
        self._bot = bot
        self._mentions = mentions

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Draw what is asked for."""
        await self._mentions.answer(self._bot, message)

    @override
    async def cog_unload(self) -> None:
        """Delete refusals that are still shown, as the bot is about to exit."""
        await self._mentions.clear()


async def setup(bot: ImageBot) -> None:
    """Listen, if the bot receives messages at all."""
    if bot.intents.guild_messages:
        await bot.add_cog(Mentioned(bot, bot.services.mentions))
