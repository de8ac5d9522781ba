"""What a user typed and attached, in our own words."""

from typing import Any

import discord

from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.task import NewTask
from bot.errors import ChatUnavailable


def reference_of(attachment: discord.Attachment) -> Reference:
    """Take over what Discord says of an attachment."""
    return Reference(
        url=attachment.url,
        name=attachment.filename,
        content_type=attachment.content_type,
        bytes=attachment.size,
        width=attachment.width,
        height=attachment.height,
        attachment_id=attachment.id,
        spoiler=attachment.is_spoiler(),
    )


def is_away(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether only the user has installed the bot where this happens."""
    return interaction.is_user_integration() and not interaction.is_guild_integration()


def home(interaction: discord.Interaction[Any]) -> int:
    """Return the id of the server that the bot is in; 0: a direct message, or away.

    Away is a server where only the user has installed the bot: its admins have set nothing, and
    the bot can post nothing there.
    """
    return 0 if is_away(interaction) else interaction.guild_id or 0


def new_task(
    interaction: discord.Interaction[Any],
    request: Request,
    *,
    private: bool,
    upload_limit: int,
    parent_id: int | None = None,
) -> NewTask:
    """Return the task that an interaction asks for; ``upload_limit`` is bytes a file.

    Raises:
        ChatUnavailable: Discord does not say where it was typed, which is optional:
            https://docs.discord.com/developers/interactions/receiving-and-responding
    """
    if interaction.channel_id is None:
        raise ChatUnavailable
    return NewTask(
        guild_id=home(interaction),
        channel_id=interaction.channel_id,
        user_id=interaction.user.id,
        locale=interaction.locale.value,
        interaction_id=interaction.id,
        application_id=interaction.application_id,
        token=interaction.token,
        request=request,
        private=private,
        upload_limit=upload_limit,
        parent_id=parent_id,
    )
