"""``/imagine-admin``: quotas of a server's members, its settings, and the operator's pause.

Discord shows the group to those with Manage Server; a server can change that, and a forged
interaction does not ask, so each command is checked on our side too.
"""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import ImageBot
from bot.chat.answers import answer
from bot.errors import NotAllowed
from bot.services.quota import Quota
from bot.services.servers import Servers
from bot.ui.replies import notice, quota_card
from bot.ui.server import server_card
from bot.ui.texts import N_, texts

#: A rule of more images a day than this is no limit at all.
MOST_IMAGES = 100_000


def _only_admins(interaction: discord.Interaction[Any]) -> None:
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise NotAllowed("manage_guild")


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class Admin(
    commands.GroupCog,
    group_name=N_("imagine-admin"),
    group_description=N_("This server: quotas and settings"),
):
    """The group."""

    quotas = app_commands.Group(name=N_("quota"), description=N_("One person's pictures a day"))

    def __init__(self, quota: Quota, servers: Servers, operators: frozenset[int]) -> None:
        self._quota = quota
        self._servers = servers
        self._operators = operators

    @quotas.command(
        name=N_("user"), description=N_("Set how many pictures somebody may draw a day")
    )
    @app_commands.describe(
        user=N_("Whose quota"), images=N_("Pictures a day; leave it out for no limit")
    )
    async def set_user(
        self,
        interaction: discord.Interaction,
        user: discord.User,
        images: app_commands.Range[int, 0, MOST_IMAGES] | None = None,
    ) -> None:
        """Set one person's rule and show where they stand with it."""
        _only_admins(interaction)
        guild_id, actor = interaction.guild_id or 0, interaction.user.id
        allowance = await self._quota.set(guild_id, user.id, images, actor=actor)
        t = texts(str(interaction.locale))
        await answer(interaction, quota_card(allowance, t, whose=user.id))

    @quotas.command(name=N_("clear"), description=N_("Remove somebody's own rule"))
    @app_commands.describe(user=N_("Whose quota"))
    async def clear(self, interaction: discord.Interaction, user: discord.User) -> None:
        """Remove one person's rule and show where they stand without it."""
        _only_admins(interaction)
        guild_id, actor = interaction.guild_id or 0, interaction.user.id
        allowance = await self._quota.clear(guild_id, user.id, actor=actor)
        t = texts(str(interaction.locale))
        await answer(interaction, quota_card(allowance, t, whose=user.id))

    @app_commands.command(name=N_("block"), description=N_("Let somebody draw nothing here"))
    @app_commands.describe(user=N_("Whom"))
    async def block(self, interaction: discord.Interaction, user: discord.User) -> None:
        """Block somebody in this server."""
        _only_admins(interaction)
        await self._quota.block(interaction.guild_id or 0, user.id, actor=interaction.user.id)
        t = texts(str(interaction.locale))
        said = t("<@{user}> can draw nothing here until you unblock them.", user=user.id)
        await answer(interaction, notice(said))

    @app_commands.command(name=N_("unblock"), description=N_("Lift somebody's block"))
    @app_commands.describe(user=N_("Whom"))
    async def unblock(self, interaction: discord.Interaction, user: discord.User) -> None:
        """Lift a block."""
        _only_admins(interaction)
        guild_id, actor = interaction.guild_id or 0, interaction.user.id
        lifted = await self._quota.unblock(guild_id, user.id, actor=actor)
        t = texts(str(interaction.locale))
        said = (
            t("<@{user}> may draw again.", user=user.id)
            if lifted
            else t("<@{user}> was not blocked.", user=user.id)
        )
        await answer(interaction, notice(said))

    @app_commands.command(
        name=N_("settings"), description=N_("Switch parts of the bot on or off in this server")
    )
    @app_commands.describe(
        others=N_("Whether the menus of messages draw from other people's pictures"),
        private=N_("Whether results can be private"),
    )
    async def settings(
        self,
        interaction: discord.Interaction,
        others: bool | None = None,  # noqa: FBT001 - a switch of the command
        private: bool | None = None,  # noqa: FBT001 - as above
    ) -> None:
        """Switch what is given, and show how everything stands."""
        _only_admins(interaction)
        rules = await self._servers.change(
            interaction.guild_id or 0,
            actor=interaction.user.id,
            others_images=others,
            private=private,
        )
        await answer(interaction, server_card(rules, texts(str(interaction.locale))))

    @app_commands.command(name=N_("pause"), description=N_("Operator: stop all drawing"))
    async def pause(self, interaction: discord.Interaction) -> None:
        """Take no new tasks and submit none, in any server."""
        self._only_operators(interaction)
        await self._quota.pause(actor=interaction.user.id)
        t = texts(str(interaction.locale))
        said = t("Paused everywhere. What Evolink already draws is still delivered.")
        await answer(interaction, notice(said))

    @app_commands.command(name=N_("resume"), description=N_("Operator: go on drawing"))
    async def resume(self, interaction: discord.Interaction) -> None:
        """Go on."""
        self._only_operators(interaction)
        await self._quota.resume(actor=interaction.user.id)
        await answer(interaction, notice(texts(str(interaction.locale))("Drawing goes on.")))

    def _only_operators(self, interaction: discord.Interaction) -> None:
        if interaction.user.id not in self._operators:
            raise NotAllowed("operator")


async def setup(bot: ImageBot) -> None:
    """Add the group."""
    await bot.add_cog(Admin(bot.services.quota, bot.services.servers, bot.operators))
