"""``/imagine-admin moderation``: words that a server doesn't allow."""

from typing import Any

import discord
from discord import app_commands

from bot.client import ImageBot
from bot.interactions.answers import answer
from bot.interactions.permissions import managed_server
from bot.services.front.quota import Quota
from bot.ui.moderation import moderation_card
from bot.ui.quota_changes import change_card
from bot.ui.texts import N_, texts

#: Characters of several words, as an admin types them.
TYPED = 1_000


class ModerationCommands(app_commands.Group):
    """The commands. Whoever may set limits reads what is set; admins set it."""

    def __init__(self, quota: Quota) -> None:
        super().__init__(name=N_("moderation"), description=N_("What isn't wanted in this server"))
        self._quota = quota

    @app_commands.command(
        name=N_("words"), description=N_("See or set words that prompts can't have here")
    )
    @app_commands.describe(
        add=N_("Words to add, with commas between; whole words, in any case"),
        remove=N_("Words to allow again"),
    )
    async def words(
        self,
        interaction: discord.Interaction,
        add: app_commands.Range[str, 0, TYPED] = "",
        remove: app_commands.Range[str, 0, TYPED] = "",
    ) -> None:
        """Show the words, after changing them if some are given."""
        server = await managed_server(interaction, self._quota)
        t = texts(str(interaction.locale))
        if not (add or remove):
            await answer(interaction, moderation_card(await self._quota.moderation(server), t))
            return
        await managed_server(interaction, self._quota, admins_only=True)
        by = self._quota.by(interaction.id, interaction.user.id)
        change = await self._quota.set_moderation(
            server, by, lambda set_: set_.changed_words(add, remove)
        )
        await answer(interaction, change_card(change, t))


async def setup(bot: ImageBot) -> None:
    """Add the commands to those of ``cogs/admin.py``."""
    group: Any = bot.tree.get_command("imagine-admin")
    group.add_command(ModerationCommands(bot.services.quota))
