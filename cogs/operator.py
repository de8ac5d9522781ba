"""What the operator decides for all servers."""

from contextlib import suppress

import discord
from discord import app_commands
from typing_extensions import override

from bot.chat.failures import requesting
from bot.client import ImageBot, services_of
from bot.domain.ids import InteractionId, ServerId
from bot.domain.quota_change import EVERYWHERE, By
from bot.domain.quota_settings import MOST_OF_ALL
from bot.domain.text import half_width, number
from bot.errors import ChatRefused
from bot.interactions.answers import answer, update
from bot.interactions.convert import Interaction, changed_by, has_all_servers
from bot.interactions.permissions import note_denied
from bot.interactions.persistent_item import PersistentItem
from bot.refusals import NotAllowed, ServerUnknown
from bot.services.front.quota import NEWEST, PAGE
from bot.ui import ids
from bot.ui.operator import (
    caps_card,
    caps_used,
    credits_card,
    credits_left,
    leave_question,
    servers_card,
)
from bot.ui.prompt import option
from bot.ui.quota_changes import change_card, change_log
from bot.ui.replies import CHOICES, notice
from bot.ui.texts import N_, texts

#: Seconds for asking Discord about a server, and for leaving it.
SECONDS = 30.0


async def only_operators(interaction: Interaction) -> None:
    """Refuse everyone else, and note in the server's log that they tried.

    Raises:
        NotAllowed: the user doesn't run the bot.
    """
    bot: ImageBot = interaction.client
    if interaction.user.id not in bot.operators:
        await note_denied(interaction, services_of(interaction).quota)
        raise NotAllowed("operator")


async def _pause(interaction: discord.Interaction) -> None:
    note = texts(str(interaction.locale))("Images already being drawn are still delivered.")
    await _change(interaction, note, paused=True)


async def _resume(interaction: discord.Interaction) -> None:
    await _change(interaction, paused=False)


async def _change(interaction: Interaction, *notes: str, **changes: object) -> None:
    await only_operators(interaction)
    change = await services_of(interaction).operator.change(_by(interaction), **changes)
    await answer(interaction, change_card(change, texts(str(interaction.locale)), *notes))


def _by(interaction: Interaction) -> By:
    return changed_by(interaction, services_of(interaction).quota)


async def _show_log(interaction: Interaction, before: InteractionId = NEWEST) -> None:
    await only_operators(interaction)
    changes = await services_of(interaction).quota.changes(EVERYWHERE.server, before)
    t = texts(str(interaction.locale))
    await answer(interaction, change_log(changes[:PAGE], t, older=len(changes) > PAGE))


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


@app_commands.default_permissions(manage_guild=True)
class OperatorCommands(app_commands.Group):
    """The commands; only the operator's server has them."""

    def __init__(self) -> None:
        super().__init__(
            name=N_("imagine-owner"), description=N_("All servers, for whoever runs the bot")
        )

    @app_commands.command(name=N_("pause"), description=N_("Pause drawing in every server"))
    async def pause(self, interaction: discord.Interaction) -> None:
        """Stop accepting and submitting tasks, in every server."""
        await _pause(interaction)

    @app_commands.command(name=N_("resume"), description=N_("Resume drawing in every server"))
    async def resume(self, interaction: discord.Interaction) -> None:
        """End the pause."""
        await _resume(interaction)

    @app_commands.command(name=N_("caps"), description=N_("See or set the limits for all servers"))
    @app_commands.describe(
        day=N_("Images a day (UTC); 0: no limit"),
        month=N_("Images a month (UTC); 0: no limit"),
        credits_day=N_("Credits a day at the image service (UTC); 0: no limit"),
        credits_month=N_("Credits a month at the image service (UTC); 0: no limit"),
    )
    @app_commands.rename(credits_day="credits-day", credits_month="credits-month")
    async def caps(
        self,
        interaction: discord.Interaction,
        day: app_commands.Range[int, 0, MOST_OF_ALL] | None = None,
        month: app_commands.Range[int, 0, MOST_OF_ALL] | None = None,
        credits_day: app_commands.Range[int, 0, MOST_OF_ALL] | None = None,
        credits_month: app_commands.Range[int, 0, MOST_OF_ALL] | None = None,
    ) -> None:
        """Show what is used, after setting what is given."""
        await only_operators(interaction)
        operator, t = services_of(interaction).operator, texts(str(interaction.locale))
        given = {
            "day": day,
            "month": month,
            "credits_day": credits_day,
            "credits_month": credits_month,
        }
        changes = {name: each for name, each in given.items() if each is not None}
        if not changes:
            await answer(interaction, caps_card(await operator.caps(), t))
            return
        change = await operator.change(_by(interaction), **changes)
        used = caps_used(await operator.caps(), t)
        await answer(interaction, change_card(change, t, *used))

    @app_commands.command(
        name=N_("credits"), description=N_("See the credits left at the image service")
    )
    @app_commands.describe(warn=N_("Warn me when fewer are left; 0: never"))
    async def credits(
        self,
        interaction: discord.Interaction,
        warn: app_commands.Range[int, 0, MOST_OF_ALL] | None = None,
    ) -> None:
        """Show what is left, after setting when to warn."""
        await only_operators(interaction)
        operator, t = services_of(interaction).operator, texts(str(interaction.locale))
        await interaction.response.defer(ephemeral=True, thinking=True)
        if warn is None:
            await answer(interaction, credits_card(await operator.credits(), t))
            return
        change = await operator.change(_by(interaction), warn_below=warn)
        left = credits_left(await operator.credits(), t)
        await answer(interaction, change_card(change, t, *left))

    @app_commands.command(name=N_("servers"), description=N_("See which servers use how much"))
    async def servers(self, interaction: discord.Interaction) -> None:
        """Show the first page."""
        await _show_servers(interaction, 0)

    @app_commands.command(name=N_("leave"), description=N_("Have the bot leave a server"))
    @app_commands.describe(server=N_("Its id, as in the list of servers"))
    async def leave(self, interaction: discord.Interaction, server: str) -> None:
        """Ask for confirmation."""
        await only_operators(interaction)
        guild = await _joined(interaction, ServerId(number(half_width(server).strip()) or 0))
        view = leave_question(ServerId(guild.id), guild.name, texts(str(interaction.locale)))
        await answer(interaction, view)

    @leave.autocomplete("server")
    async def _servers(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        await only_operators(interaction)
        begun = typed.strip().casefold()
        found = [
            app_commands.Choice(name=option(f"{guild.name} ({guild.id})"), value=str(guild.id))
            for guild in interaction.client.guilds
            if begun in f"{guild.name} {guild.id}".casefold()
        ]
        return found[:CHOICES]

    @app_commands.command(name=N_("log"), description=N_("See what was changed here, and undo it"))
    async def log(self, interaction: discord.Interaction) -> None:
        """Show the last changes."""
        await _show_log(interaction)


async def _show_servers(interaction: Interaction, page: int) -> None:
    await only_operators(interaction)
    found, has_more = await services_of(interaction).operator.servers(page)
    t = texts(str(interaction.locale))
    # This process doesn't know the names of other processes' servers.
    gone = t("former server") if has_all_servers(interaction.client) else ""
    names = {server: gone for server, _ in found}
    names |= {ServerId(guild.id): guild.name for guild in interaction.client.guilds}
    view = servers_card(found, names, t, page=page, has_more=has_more)
    await update(interaction, view)


async def _joined(interaction: Interaction, server: ServerId) -> discord.Guild:
    """Return a server that the bot is in; Discord is asked about those of other processes.

    Raises:
        ServerUnknown: the bot is in no server with this id.
    """
    client = interaction.client
    guild = client.get_guild(server)
    if guild is None and not has_all_servers(client):
        with suppress(ChatRefused):
            async with requesting(SECONDS):
                guild = await client.fetch_guild(server, with_counts=False)
    if guild is None:
        raise ServerUnknown
    return guild


class ServersPage(PersistentItem, custom_id=ids.SERVERS):
    """Another page of the servers."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _show_servers(interaction, self.fields.page)


class Leave(PersistentItem, custom_id=ids.LEAVE):
    """*Leave*, which confirms it."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await only_operators(interaction)
        guild = await _joined(interaction, self.fields.server)
        await interaction.response.defer(ephemeral=True, thinking=True)
        async with requesting(SECONDS):
            await guild.leave()
        await services_of(interaction).operator.left(self.fields.server, _by(interaction))
        await answer(interaction, notice(texts(str(interaction.locale))("The bot has left.")))


class OperatorUndo(PersistentItem, custom_id=ids.OPERATOR_UNDO):
    """Undoes one of the operator's changes."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await only_operators(interaction)
        by = _by(interaction)
        change = await services_of(interaction).operator.undo(self.fields.interaction, by)
        await answer(interaction, change_card(change, texts(str(interaction.locale))))


class OlderOperatorChanges(PersistentItem, custom_id=ids.OPERATOR_CHANGES):
    """The next page of the log."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _show_log(interaction, self.fields.interaction)


async def setup(bot: ImageBot) -> None:
    """Add the buttons, and the commands to the operator's server if there is one."""
    bot.add_dynamic_items(
        PauseAll, ResumeAll, ServersPage, Leave, OperatorUndo, OlderOperatorChanges
    )
    if bot.operator_server is not None:
        bot.tree.add_command(OperatorCommands(), guild=discord.Object(bot.operator_server))
