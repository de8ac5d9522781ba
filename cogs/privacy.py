"""``/privacy``: what the bot stores about the user, a copy of it, and its deletion.

A button acts on whoever presses it, so a forged press reaches nobody else's data.
"""

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.domain.ids import InteractionId, UserId
from bot.domain.moderation import Moderation
from bot.interactions.answers import answer, defer_update, update
from bot.interactions.convert import Interaction, server_of
from bot.interactions.permissions import archive_limit, follow_ups
from bot.interactions.persistent_item import PersistentItem
from bot.ui import ids
from bot.ui.privacy import delete_question, deleted_notice, privacy_card
from bot.ui.replies import notice
from bot.ui.texts import N_, texts
from bot.wiring.front import Services


class PrivacyCommand(commands.Cog):
    """The command."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.command(
        name=N_("privacy"), description=N_("What the bot stores about you: see, export, delete")
    )
    async def privacy(self, interaction: discord.Interaction) -> None:
        """Show what is stored, and how much of it."""
        await answer(interaction, await _card(self._services, interaction))


async def _card(services: Services, interaction: Interaction) -> discord.ui.LayoutView:
    privacy = services.privacy
    stored = await privacy.stored(UserId(interaction.user.id))
    server = server_of(interaction)
    here = Moderation() if server is None else await services.quota.moderation(server)
    return privacy_card(stored, privacy.durations, here, texts(str(interaction.locale)))


class Show(PersistentItem, custom_id=ids.PRIVACY):
    """Back from the question."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await update(interaction, await _card(services_of(interaction), interaction))


class Export(PersistentItem, custom_id=ids.EXPORT):
    """All of it, as archives that only the presser sees."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        exported = await services_of(interaction).privacy.export(
            UserId(interaction.user.id),
            InteractionId(interaction.id),
            max_bytes=archive_limit(interaction),
        )
        t = texts(str(interaction.locale))
        limit = follow_ups(interaction)
        try:
            for number, archive in enumerate(exported.archives[:limit], start=1):
                file = discord.File(archive, f"imagine-privacy-{number}.zip")
                await interaction.followup.send(file=file, ephemeral=True)
        finally:
            for archive in exported.archives:
                archive.unlink(missing_ok=True)
        if exported.left_out and (limit is None or len(exported.archives) < limit):
            said = t.plural(
                "{n} picture didn't fit in the file. If the bot drew it, it's in /tasks.",
                "{n} pictures didn't fit in the file. Those the bot drew are in /tasks.",
                exported.left_out,
            )
            await answer(interaction, notice(said))


class Forget(PersistentItem, custom_id=ids.FORGET):
    """The question before a deletion."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        stored = await services_of(interaction).privacy.stored(UserId(interaction.user.id))
        await update(interaction, delete_question(stored, texts(str(interaction.locale))))


class ConfirmForget(PersistentItem, custom_id=ids.CONFIRM_FORGET):
    """Deletes the data; posts stay."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _forget(interaction, posts=False)


class ConfirmForgetPosts(PersistentItem, custom_id=ids.CONFIRM_FORGET_POSTS):
    """Deletes the data and the posts."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _forget(interaction, posts=True)


async def _forget(interaction: Interaction, *, posts: bool) -> None:
    # A hundred thousand tasks take longer than Discord's three seconds on a busy machine.
    await defer_update(interaction)
    erased = await services_of(interaction).privacy.delete(UserId(interaction.user.id), posts=posts)
    said = deleted_notice(erased, texts(str(interaction.locale)), posts=posts)
    await interaction.edit_original_response(view=said)


async def setup(bot: ImageBot) -> None:
    """Add the command and the buttons."""
    await bot.add_cog(PrivacyCommand(bot.services))
    bot.add_dynamic_items(Show, Export, Forget, ConfirmForget, ConfirmForgetPosts)
