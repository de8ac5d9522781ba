"""Turns Discord's interactions into values of the domain."""

from typing import Any

import discord

from bot.chat.lookup import files_of
from bot.domain.ids import ChannelId, InteractionId, MessageId, RoleId, ServerId, TaskId, UserId
from bot.domain.quota_change import By
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.task import NewTask
from bot.domain.visibility import Viewer
from bot.errors import ChatUnavailable
from bot.services.front.quota import Quota
from bot.services.front.task_lookup import SourceMessage

Interaction = discord.Interaction[Any]


def reference_of(attachment: discord.Attachment) -> Reference:
    """Return what Discord says about an attachment."""
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
    """Tell whether the bot is here only because this user has installed it."""
    return interaction.is_user_integration() and not interaction.is_guild_integration()


def server_of(interaction: Interaction) -> ServerId | None:
    """Return the server's id; ``None``: a direct message, or the bot is not a member of it.

    In the latter case only the user has installed it: the admins have no settings there, and the
    bot can't post.
    """
    if interaction.guild_id is None or is_user_install_only(interaction):
        return None
    return ServerId(interaction.guild_id)


def places_of(channel: object) -> frozenset[ChannelId]:
    """Return the ids of a channel and, of a thread, its parent; none if Discord left it out."""
    ids = (getattr(channel, "id", None), getattr(channel, "parent_id", None))
    return frozenset(ChannelId(each) for each in ids if each is not None)


def new_task(
    interaction: Interaction,
    request: Request,
    *,
    private: bool,
    upload_limit: int,
    parent_id: TaskId | None = None,
) -> NewTask:
    """Return the task that an interaction asks for; ``upload_limit`` is in bytes per file.

    Raises:
        ChatUnavailable: Discord left out the channel, which is optional:
            https://docs.discord.com/developers/interactions/receiving-and-responding
    """
    if interaction.channel_id is None:
        raise ChatUnavailable
    return NewTask(
        requester=requester_of(interaction),
        channel_id=ChannelId(interaction.channel_id),
        locale=interaction.locale.value,
        interaction_id=InteractionId(interaction.id),
        application_id=interaction.application_id,
        token=interaction.token,
        request=request,
        private=private,
        upload_limit=upload_limit,
        parent_id=parent_id,
    )


def source_message(interaction: Interaction) -> SourceMessage | None:
    """Return the message that the button is on or the form was opened from; ``None``: a command."""
    message = interaction.message
    if message is None:
        return None
    return SourceMessage(MessageId(message.id), ephemeral=message.flags.ephemeral)


def viewer_of(interaction: Interaction) -> Viewer:
    """Return who asks, and from which message: only for buttons, as a form's may be deleted."""
    message = interaction.message
    pressed = interaction.type is discord.InteractionType.component
    if message is None or not pressed or message.flags.ephemeral:
        return Viewer(requester_of(interaction))
    names = tuple(file.name for file in files_of(message))
    return Viewer(requester_of(interaction), MessageId(message.id), names)


def joined_servers(interaction: Interaction) -> frozenset[ServerId] | None:
    """Return the ids of the bot's servers; ``None``: this process doesn't know them all."""
    client = interaction.client
    if not has_all_servers(client):
        return None
    return frozenset(ServerId(guild.id) for guild in client.guilds)


def has_all_servers(client: discord.Client) -> bool:
    """Tell whether the gateway has sent us every server; other processes may have other shards."""
    return client.is_ready() and has_all_shards(client)


def has_all_shards(client: discord.Client) -> bool:
    """Tell whether this process has every shard."""
    return not isinstance(client, discord.AutoShardedClient) or client.shard_ids is None


def requester_of(interaction: Interaction) -> Requester:
    """Return the user with their roles, and the server as in ``server_of``."""
    return Requester(
        server_of(interaction), UserId(interaction.user.id), roles_of(interaction.user)
    )


def changed_by(interaction: Interaction, quota: Quota, reason: str = "") -> By:
    """Return who changes something by this interaction, and why."""
    return quota.by(InteractionId(interaction.id), UserId(interaction.user.id), reason)


def roles_of(user: discord.User | discord.Member) -> frozenset[RoleId]:
    """Return the ids of a user's roles, as Discord has just sent them; none if they have left."""
    return frozenset(map(RoleId, user._roles)) if isinstance(user, discord.Member) else frozenset()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - ``roles`` leaves out those that the gateway has not sent yet
