"""``/imagine-admin moderation``, and the menu with which moderators remove images."""

from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from typing_extensions import override

from bot.chat.lookup import files_of
from bot.client import ImageBot, services_of
from bot.domain.ids import ChannelId, MessageId, ServerId, UserId
from bot.domain.moderation import MOST_DAYS, MOST_STRIKES, Moderation
from bot.interactions.answers import DELETED, answer
from bot.interactions.convert import Interaction, changed_by
from bot.interactions.forms import SentForm
from bot.interactions.permissions import can_write, everyone_sees, managed_server, moderates_here
from bot.refusals import NotAllowed, NotAResult
from bot.services.front.deletion import Deleted
from bot.services.front.quota import Quota
from bot.ui import ids
from bot.ui.commands import STRIKES
from bot.ui.explain import explain
from bot.ui.moderation import REASON, STRIKE, YES, moderation_card, remove_form, removed_card
from bot.ui.quota_changes import change_card
from bot.ui.texts import N_, texts

#: The most characters of the words that an admin types at once.
TYPED = 1_000


class ModerationCommands(app_commands.Group):
    """The commands. Anyone who may set limits can read the settings; only admins change them."""

    def __init__(self, quota: Quota) -> None:
        super().__init__(
            name=N_("moderation"),
            description=N_("Words that aren't allowed, strikes, and the task log"),
        )
        self._quota = quota

    @app_commands.command(
        name=N_("words"), description=N_("See or set the words that aren't allowed in prompts")
    )
    @app_commands.describe(
        add=N_(
            "Words to add, separated by commas, in any case; whole words, but Chinese also inside "
            "others"
        ),
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
        by = changed_by(interaction, self._quota)
        change = await self._quota.set_moderation(
            server, by, lambda set_: set_.changed_words(add, remove)
        )
        await answer(interaction, change_card(change, t))

    @app_commands.command(
        name=N_("strikes"), description=N_("See or set how many strikes block a member")
    )
    @app_commands.describe(
        count=N_("How many strikes block a member; 0: off"),
        days=N_("Days a strike counts (default: 30)"),
        block_days=N_("Days the block lasts (default: 7)"),
    )
    @app_commands.rename(count=STRIKES, block_days="block-days")
    async def strikes(
        self,
        interaction: discord.Interaction,
        count: app_commands.Range[int, 0, MOST_STRIKES] | None = None,
        days: app_commands.Range[int, 1, MOST_DAYS] | None = None,
        block_days: app_commands.Range[int, 1, MOST_DAYS] | None = None,
    ) -> None:
        """Show the rule for strikes, after changing what is given."""
        given: dict[str, Any] = {"strike_days": days, "block_days": block_days}
        given = {name: value for name, value in given.items() if value is not None}
        if count is not None:
            given["strikes"] = count or None
        await self._set(interaction, given)

    @app_commands.command(
        name=N_("log"),
        description=N_("See or set where tasks are logged with user, prompt and link"),
    )
    @app_commands.describe(
        channel=N_("The channel; only admins should see it"),
        private=N_("Log private tasks too (default: no). Members can see that"),
        off=N_("Stop logging tasks"),
    )
    async def log(
        self,
        interaction: discord.Interaction,
        channel: discord.TextChannel | None = None,
        private: bool | None = None,  # noqa: FBT001 - a switch of the command
        off: bool = False,  # noqa: FBT001, FBT002 - as above
    ) -> None:
        """Show the log's settings, after changing what is given."""
        given: dict[str, Any] = {} if private is None else {"log_private": private}
        if channel is not None:
            named = {"log": channel.id, "log_by": UserId(interaction.user.id)}
            given |= {**named, "locale": str(interaction.locale)}
        if off:
            given["log"] = None
        await self._set(interaction, given)

    async def _set(self, interaction: discord.Interaction, given: dict[str, Any]) -> None:
        """Show what is set, or change it, which only admins may."""
        server = await managed_server(interaction, self._quota, admins_only=bool(given))
        t = texts(str(interaction.locale))
        if not given:
            await answer(interaction, moderation_card(await self._quota.moderation(server), t))
            return
        by = changed_by(interaction, self._quota)
        change = await self._quota.set_moderation(
            server, by, lambda set_: replace(set_, **given).checked()
        )
        notes = list[str]()
        if (channel := given.get("log")) is not None and not can_write(interaction, channel):
            notes.append(t("The bot can't write in {channel} yet.", channel=f"<#{channel}>"))
        logged = None
        if isinstance(change.after, Moderation) and given.keys() & {"log", "log_private"}:
            logged = change.after.log
        if logged is not None and everyone_sees(interaction, logged):
            notes.append(
                t(
                    "Everyone can see {channel}, so everyone can read the log.",
                    channel=f"<#{logged}>",
                )
            )
        await answer(interaction, change_card(change, t, *notes))


@app_commands.context_menu(name=N_("Remove image"))
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_messages=True)
async def remove(interaction: discord.Interaction, message: discord.Message) -> None:
    """Open the form that asks for a reason."""
    services = services_of(interaction)
    server = await _moderated_server(interaction)
    client = interaction.client
    if client.user is None or message.author.id != client.user.id:
        raise NotAResult
    names = [file.name for file in files_of(message)]
    message_id = MessageId(message.id)
    task = await services.removal.task_on(server, ChannelId(message.channel.id), message_id, names)
    rule = await services.quota.moderation(server)
    form = remove_form(task, message_id, rule, texts(str(interaction.locale)))
    await interaction.response.send_modal(form)


class RemoveForm(SentForm, custom_id=ids.REMOVE_POST):
    """Deletes the images; the form may be forged, so everything is checked again."""

    @override
    async def sent(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        server = await _moderated_server(interaction)
        task = await services.removal.task(server, self.fields.interaction)
        if not moderates_here(interaction, task):
            await _check_manager(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        reason = self.filled.text(REASON) or ""
        by = changed_by(interaction, services.quota, reason)
        strike = YES in self.filled.choices.get(STRIKE, ())
        there = ChannelId(interaction.channel_id or 0), self.fields.message
        removed = await services.removal.remove(task, there, by, strike=strike)
        await services.panels.close(task.id, None, but=None)
        t, outcome = texts(str(interaction.locale)), removed.outcome
        note = t(DELETED[outcome]) if isinstance(outcome, Deleted) else explain(outcome, t)
        user, is_told = task.requester.user, removed.is_told
        view = removed_card(user, removed.struck, t, is_told=is_told, note=note)
        await answer(interaction, view)


async def _moderated_server(interaction: Interaction) -> ServerId:
    """Return the server's id, if the user has Manage Messages here or may set limits.

    Raises:
        NotAllowed: neither is the case.
    """
    if interaction.guild_id is None:
        raise NotAllowed("moderate")
    if not interaction.permissions.manage_messages:
        await _check_manager(interaction)
    return ServerId(interaction.guild_id)


async def _check_manager(interaction: Interaction) -> None:
    try:
        await managed_server(interaction, services_of(interaction).quota)
    except NotAllowed as error:
        raise NotAllowed("moderate") from error


async def setup(bot: ImageBot) -> None:
    """Add the commands to those of ``cogs/admin.py``, the menu and its form."""
    group: Any = bot.tree.get_command("imagine-admin")
    group.add_command(ModerationCommands(bot.services.quota))
    bot.tree.add_command(remove)
    bot.forms.add(RemoveForm)
