"""``/imagine-admin``: blocks, and a server's on/off settings.

Quotas are in ``cogs/admin_quota.py``, a server's channels and pause in ``cogs/server.py``. Every
command checks the permission itself.
"""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.domain.ids import UserId
from bot.domain.quota_change import REASON, Kind, Target
from bot.interactions.answers import answer
from bot.interactions.changes import answer_change
from bot.interactions.convert import changed_by
from bot.interactions.permissions import managed_server
from bot.services.front.quota import Quota
from bot.ui.commands import UNTIL, WHY
from bot.ui.quota_changes import change_card
from bot.ui.replies import notice
from bot.ui.server import server_card
from bot.ui.texts import N_, texts


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class Admin(
    commands.GroupCog,
    group_name=N_("imagine-admin"),
    group_description=N_("Quotas and settings for this server"),
):
    """The commands."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota

    @app_commands.command(name=N_("block"), description=N_("Block a member from drawing"))
    @app_commands.describe(
        user=N_("The member"),
        until=UNTIL,
        reason=WHY,
    )
    async def block(
        self,
        interaction: discord.Interaction,
        user: discord.User,
        until: str | None = None,
        reason: app_commands.Range[str, 0, REASON] = "",
    ) -> None:
        """Block a member in this server."""
        server = await managed_server(interaction, self._quota)
        by = changed_by(interaction, self._quota, reason)
        change = await self._quota.block(server, UserId(user.id), until, by)
        await answer(interaction, change_card(change, texts(str(interaction.locale))))

    @app_commands.command(name=N_("unblock"), description=N_("Unblock a member"))
    @app_commands.describe(user=N_("The member"))
    async def unblock(self, interaction: discord.Interaction, user: discord.User) -> None:
        """Lift a block."""
        target = Target.of_user(
            await managed_server(interaction, self._quota), UserId(user.id), Kind.BLOCK
        )
        by = changed_by(interaction, self._quota)
        change = await self._quota.change(target, None, by)
        t = texts(str(interaction.locale))
        if change.before is None:
            said = t("<@{user}> wasn't blocked.", user=user.id)
            await answer(interaction, notice(said))
        else:
            await answer(interaction, change_card(change, t))

    @app_commands.command(
        name=N_("settings"), description=N_("Turn parts of the bot on or off in this server")
    )
    @app_commands.describe(
        others=N_("Allow using other people's pictures"),
        private=N_("Allow private results"),
        mentions=N_(
            "Draw when a message mentions the bot; permissions set in Integrations don't apply"
        ),
    )
    async def settings(
        self,
        interaction: discord.Interaction,
        others: bool | None = None,  # noqa: FBT001 - a switch of the command
        private: bool | None = None,  # noqa: FBT001 - as above
        mentions: bool | None = None,  # noqa: FBT001 - as above
    ) -> None:
        """Change the given settings, or show all of them."""
        server = await managed_server(interaction, self._quota, admins_only=True)
        given = {"others_images": others, "private": private, "mentions": mentions}
        changes = {name: value for name, value in given.items() if value is not None}
        if not changes:
            policy = await self._quota.policy(server)
            await answer(interaction, server_card(policy, texts(str(interaction.locale))))
            return
        by = changed_by(interaction, self._quota)
        change = await self._quota.set_policy(server, by, changes)
        await answer_change(interaction, self._quota, change)


async def setup(bot: ImageBot) -> None:
    """Add the commands."""
    await bot.add_cog(Admin(bot.services.quota))
