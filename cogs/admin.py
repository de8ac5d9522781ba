"""``/imagine-admin``: members' quotas, the server's settings, and the operator's pause.

Discord offers the group to those with Manage Server. A server can change that, and a forged
interaction ignores it, so every command checks the permission itself.
"""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.domain.quota import images_of
from bot.domain.requester import Requester
from bot.interactions.answers import answer
from bot.interactions.convert import Interaction
from bot.refusals import NotAllowed
from bot.services.front.quota import Quota
from bot.services.front.servers import Servers
from bot.ui.replies import limit_choices, notice, quota_card
from bot.ui.server import server_card
from bot.ui.texts import N_, texts


def _admins_server(interaction: Interaction) -> int:
    """Return the server's id, for its admins only."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise NotAllowed("manage_guild")
    return interaction.guild_id


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class Admin(
    commands.GroupCog,
    group_name=N_("imagine-admin"),
    group_description=N_("Quotas and settings for this server"),
):
    """The commands."""

    quotas = app_commands.Group(name=N_("quota"), description=N_("A member's images a day"))

    def __init__(self, quota: Quota, servers: Servers, operators: frozenset[int]) -> None:
        self._quota = quota
        self._servers = servers
        self._operators = operators

    @quotas.command(
        name=N_("user"), description=N_("See or set how many images a member can draw a day")
    )
    @app_commands.describe(
        user=N_("The member"),
        images=N_("Images a day, or “unlimited”. Leave empty to see the limit"),
    )
    async def set_user(
        self, interaction: discord.Interaction, user: discord.User, images: str | None = None
    ) -> None:
        """Show a member's quota, after changing it if a limit is given."""
        member = Requester(_admins_server(interaction), user.id)
        actor = interaction.user.id
        t = texts(str(interaction.locale))
        if images is None:
            allowance = await self._quota.allowance(member)
            await answer(interaction, quota_card(allowance, t, whose=user.id))
            return
        # The user's own word for "unlimited" may be typed too, not only chosen.
        wanted = None if images.strip() == t("unlimited") else images_of(images)
        changed = await self._quota.set(member, wanted, actor=actor)
        await answer(interaction, quota_card(changed.now, t, whose=user.id, was=changed.was))

    @set_user.autocomplete("images")
    async def _limits(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        choices = limit_choices(typed, texts(str(interaction.locale)))
        return [app_commands.Choice(name=name, value=value) for name, value in choices]

    @quotas.command(name=N_("clear"), description=N_("Remove a member's personal limit"))
    @app_commands.describe(user=N_("The member"))
    async def clear(self, interaction: discord.Interaction, user: discord.User) -> None:
        """Remove a member's own rule and show the quota they have without it."""
        member = Requester(_admins_server(interaction), user.id)
        actor = interaction.user.id
        changed = await self._quota.clear(member, actor=actor)
        t = texts(str(interaction.locale))
        await answer(interaction, quota_card(changed.now, t, whose=user.id, was=changed.was))

    @app_commands.command(name=N_("block"), description=N_("Block a member from drawing"))
    @app_commands.describe(user=N_("The member"))
    async def block(self, interaction: discord.Interaction, user: discord.User) -> None:
        """Block a member in this server."""
        member = Requester(_admins_server(interaction), user.id)
        await self._quota.block(member, actor=interaction.user.id)
        t = texts(str(interaction.locale))
        said = t(
            "<@{user}> can't draw here until you unblock them. "
            "What they have waiting is cancelled.",
            user=user.id,
        )
        await answer(interaction, notice(said))

    @app_commands.command(name=N_("unblock"), description=N_("Unblock a member"))
    @app_commands.describe(user=N_("The member"))
    async def unblock(self, interaction: discord.Interaction, user: discord.User) -> None:
        """Lift a block."""
        member = Requester(_admins_server(interaction), user.id)
        actor = interaction.user.id
        lifted = await self._quota.unblock(member, actor=actor)
        t = texts(str(interaction.locale))
        said = (
            t("<@{user}> can draw again.", user=user.id)
            if lifted
            else t("<@{user}> wasn't blocked.", user=user.id)
        )
        await answer(interaction, notice(said))

    @app_commands.command(
        name=N_("settings"), description=N_("Turn parts of the bot on or off in this server")
    )
    @app_commands.describe(
        others=N_("Allow using other people's pictures"),
        private=N_("Allow private results"),
    )
    async def settings(
        self,
        interaction: discord.Interaction,
        others: bool | None = None,  # noqa: FBT001 - a switch of the command
        private: bool | None = None,  # noqa: FBT001 - as above
    ) -> None:
        """Change the settings that are given, and show all of them."""
        rules = await self._servers.change(
            _admins_server(interaction),
            actor=interaction.user.id,
            others_images=others,
            private=private,
        )
        await answer(interaction, server_card(rules, texts(str(interaction.locale))))

    @app_commands.command(name=N_("pause"), description=N_("Bot owner: pause all drawing"))
    async def pause(self, interaction: discord.Interaction) -> None:
        """Accept and submit no tasks, in any server."""
        self._only_operators(interaction)
        await self._quota.pause(actor=interaction.user.id)
        t = texts(str(interaction.locale))
        said = t("Paused everywhere. Images already being drawn are still delivered.")
        await answer(interaction, notice(said))

    @app_commands.command(name=N_("resume"), description=N_("Bot owner: resume drawing"))
    async def resume(self, interaction: discord.Interaction) -> None:
        """End the pause."""
        self._only_operators(interaction)
        await self._quota.resume(actor=interaction.user.id)
        await answer(interaction, notice(texts(str(interaction.locale))("Drawing has resumed.")))

    def _only_operators(self, interaction: discord.Interaction) -> None:
        if interaction.user.id not in self._operators:
            raise NotAllowed("operator")


async def setup(bot: ImageBot) -> None:
    """Add the commands."""
    await bot.add_cog(Admin(bot.services.quota, bot.services.servers, bot.operators))
