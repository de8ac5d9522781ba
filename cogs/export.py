"""``/imagine-admin export``: tables of a server's tasks and usage."""

from typing import Any

import discord
from discord import app_commands

from bot.client import ImageBot, services_of
from bot.domain.ids import InteractionId
from bot.domain.quota_settings import within
from bot.interactions.permissions import archive_limit, managed_server
from bot.ui.texts import N_

#: The most days in one file, and the default.
MOST, USUAL = 366, 30


@app_commands.command(
    name=N_("export"), description=N_("Export the tasks and usage of the last days as CSV")
)
@app_commands.describe(days=N_("How many days, today included (default: 30)"))
async def _export(
    interaction: discord.Interaction, days: app_commands.Range[int, 1, MOST] = USUAL
) -> None:
    services = services_of(interaction)
    # It has prompts from channels that people who only set limits may be unable to see.
    server = await managed_server(interaction, services.quota, admins_only=True)
    within(days, 1, MOST)
    await interaction.response.defer(ephemeral=True, thinking=True)
    limit = archive_limit(interaction)
    archive = await services.export.write(
        server, days, InteractionId(interaction.id), max_bytes=limit
    )
    try:
        file = discord.File(archive, f"imagine-{days}-days.zip")
        await interaction.followup.send(file=file, ephemeral=True)
    finally:
        archive.unlink(missing_ok=True)


async def setup(bot: ImageBot) -> None:
    """Add the command to those of ``cogs/admin.py``."""
    group: Any = bot.tree.get_command("imagine-admin")
    group.add_command(_export)
