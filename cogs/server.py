"""``/imagine-admin channels``, ``log-channel``, ``pause``, ``resume``: a server as a whole."""

from typing import Any

import discord
from discord import app_commands
from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.domain.ids import ChannelId
from bot.interactions.answers import answer
from bot.interactions.changes import answer_change
from bot.interactions.convert import Interaction, changed_by
from bot.interactions.permissions import can_write, managed_server
from bot.interactions.persistent_item import PersistentItem
from bot.ui import ids
from bot.ui.operator import everywhere_card
from bot.ui.server_channels import channels_card, notices_card
from bot.ui.texts import N_, texts


@app_commands.command(name=N_("channels"), description=N_("Choose where drawing is allowed"))
async def _channels(interaction: discord.Interaction) -> None:
    quota = services_of(interaction).quota
    policy = await quota.policy(await managed_server(interaction, quota, admins_only=True))
    t = texts(str(interaction.locale))
    await answer(interaction, channels_card(policy, _there(interaction), t))


@app_commands.command(
    name=N_("log-channel"),
    description=N_("Choose which channels get admins' changes and other notices"),
)
async def _log_channel(interaction: discord.Interaction) -> None:
    quota = services_of(interaction).quota
    policy = await quota.policy(await managed_server(interaction, quota, admins_only=True))
    t = texts(str(interaction.locale))
    await answer(interaction, notices_card(policy, _there(interaction), t))


@app_commands.command(name=N_("pause"), description=N_("Pause drawing in this server"))
async def _pause(interaction: discord.Interaction) -> None:
    await _set_paused(interaction, is_paused=True)


@app_commands.command(name=N_("resume"), description=N_("Resume drawing in this server"))
async def _resume(interaction: discord.Interaction) -> None:
    await _set_paused(interaction, is_paused=False)


async def _set_paused(interaction: Interaction, *, is_paused: bool) -> None:
    """Pause or resume this server; offer whoever runs the bot to do so everywhere.

    Operators have commands of their own for that, but only once OPERATOR_SERVER is set.
    """
    t = texts(str(interaction.locale))
    bot: ImageBot = interaction.client
    owns = bot.operator_server is None and interaction.user.id in bot.operators
    if interaction.permissions.manage_guild or not owns:
        note = t("Tasks already waiting will still be drawn.")
        await _change(interaction, *([note] if is_paused else []), paused=is_paused)
    if owns:
        await answer(interaction, everywhere_card(t, is_paused=is_paused))


def _there(interaction: Interaction) -> frozenset[ChannelId]:
    guild = interaction.guild
    return (
        frozenset() if guild is None else frozenset(ChannelId(each.id) for each in guild.channels)
    )


class Channels(PersistentItem, custom_id=ids.CHANNELS):
    """Sets the channels where drawing is allowed."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _change(interaction, channels=tuple(sorted(_chosen(interaction))))


class NoticeChannel(PersistentItem, custom_id=ids.NOTICE_CHANNEL):
    """Sets the channel for one kind of notice; if none is chosen, there are none."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        name = "log" if self.fields.show == "log" else "notices"
        channel = next(iter(_chosen(interaction)), None)
        await _change(interaction, **{name: channel}, locale=str(interaction.locale))


def _chosen(interaction: Interaction) -> list[ChannelId]:
    """Return the chosen channels, without any that Discord doesn't know in this server."""
    data: Any = interaction.data
    known = data.get("resolved", {}).get("channels", {})
    return [ChannelId(int(each)) for each in data.get("values", ()) if each in known]


async def _change(interaction: Interaction, *notes: str, **changes: object) -> None:
    quota = services_of(interaction).quota
    server = await managed_server(interaction, quota, admins_only=True)
    by = changed_by(interaction, quota)
    change = await quota.set_policy(server, by, changes)
    t = texts(str(interaction.locale))
    unwritable = [
        t("The bot can't write in {channel} yet.", channel=f"<#{each}>")
        for name in ("log", "notices")
        if isinstance(each := changes.get(name), int)
        and not can_write(interaction, ChannelId(each))
    ]
    await answer_change(interaction, quota, change, *notes, *unwritable)


async def setup(bot: ImageBot) -> None:
    """Add the commands to those of ``cogs/admin.py``, and the menus."""
    group: Any = bot.tree.get_command("imagine-admin")
    group.add_command(_channels)
    group.add_command(_log_channel)
    group.add_command(_pause)
    group.add_command(_resume)
    bot.add_dynamic_items(Channels, NoticeChannel)
