"""What a user typed and attached, in our own words."""

from typing import Any

import discord

from bot.chat.lookup import files_of
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.task import NewTask
from bot.domain.visibility import Viewer
from bot.errors import ChatUnavailable
from bot.services.front.task_lookup import SourceMessage

Interaction = discord.Interaction[Any]


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


def is_user_install_only(interaction: Interaction) -> bool:
    """Tell whether only the user has installed the bot where this happens."""
    return interaction.is_user_integration() and not interaction.is_guild_integration()


def server_of(interaction: Interaction) -> int:
    """Return the id of the server that the bot is in; 0: a direct message, or away.

    Away is a server where only the user has installed the bot: its admins have set nothing, and
    the bot can post nothing there.
    """
    return 0 if is_user_install_only(interaction) else interaction.guild_id or 0


def new_task(
    interaction: Interaction,
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
        guild_id=server_of(interaction),
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


def source_message(interaction: Interaction) -> SourceMessage | None:
    """Return the message that was pressed on, or that a form was opened from; none: a command."""
    message = interaction.message
    return None if message is None else SourceMessage(message.id, ephemeral=message.flags.ephemeral)


def viewer_of(interaction: Interaction) -> Viewer:
    """Return who looks, from where, and at which message; one that opened a form may be gone."""
    message = interaction.message
    pressed = interaction.type is discord.InteractionType.component
    if message is None or not pressed or message.flags.ephemeral:
        return Viewer(*requester_of(interaction))
    names = tuple(file.name for file in files_of(message))
    return Viewer(*requester_of(interaction), message.id, names)


def joined_servers(interaction: Interaction) -> frozenset[int] | None:
    """Return the ids of the servers that the bot is in; ``None``: not all are known yet."""
    client = interaction.client
    return frozenset(guild.id for guild in client.guilds) if client.is_ready() else None


def requester_of(interaction: Interaction) -> tuple[int, int]:
    """Return the ids of the server (0: none of ours) and of whoever pressed."""
    return server_of(interaction), interaction.user.id
