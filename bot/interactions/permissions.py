"""Who may ask for images where, and what the bot needs there: checked before anything is spent."""

from typing import TypedDict

import discord

from bot.chat.failures import requesting
from bot.domain.ids import ChannelId, ServerId
from bot.domain.task import Task
from bot.domain.visibility import moderates
from bot.errors import ChatRefused, ChatUnavailable
from bot.interactions.convert import (
    Interaction,
    changed_by,
    has_all_shards,
    is_user_install_only,
    roles_of,
    server_of,
)
from bot.refusals import BotLeft, NotAllowed
from bot.services.front.quota import Quota

#: What the bot needs in a server; part of the invite link.
NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    embed_links=True,
    # To look for a post whose response was lost, instead of posting it twice.
    read_message_history=True,
)
_NEEDED = tuple(name for name, is_needed in NEEDED if is_needed)
#: Discord's limit for each interaction where only the user has installed the bot (error 40094).
#: https://docs.discord.com/developers/interactions/receiving-and-responding
FOLLOW_UPS = 5
#: Bytes in one archive. Discord's limit is 25 MiB per request, whatever the limit per file.
_ARCHIVE_BYTES = 24 * 1024 * 1024


def follow_ups(interaction: Interaction) -> int | None:
    """Return how many messages may follow the first answer; ``None``: no limit."""
    return FOLLOW_UPS if is_user_install_only(interaction) else None


def check_asker(interaction: Interaction) -> None:
    """Require the permission to use commands here.

    Discord checks it for commands, but not for buttons.

    Raises:
        NotAllowed: the user doesn't have it.
        ChatUnavailable: Discord left it out.
    """
    if (
        server_of(interaction) is not None
        and not _permissions(interaction).use_application_commands
    ):
        raise NotAllowed("commands")


def check_writer(interaction: Interaction) -> None:
    """Require the permission to write here from people who have the bot post for everybody.

    Discord checks it for commands, but not for buttons.

    Raises:
        NotAllowed: the user doesn't have it.
        ChatUnavailable: Discord left it out.
    """
    if interaction.guild_id is not None and not _writes(
        _permissions(interaction), interaction.channel
    ):
        raise NotAllowed("write")


async def check_writer_in(
    interaction: Interaction, server: ServerId | None, channel_id: ChannelId, *, seconds: float
) -> None:
    """Require the permission to write in a channel, which may not be this one.

    Raises:
        NotAllowed: the user doesn't have it, or has left.
        BotLeft: the bot has left the server.
        ChatRefused: the channel is gone, or the bot may not see it.
        ChatUnavailable: Discord is failing, or the gateway has not sent the server yet.
    """
    if server is not None and server == interaction.guild_id and is_user_install_only(interaction):
        raise BotLeft
    if interaction.channel_id == channel_id:
        check_writer(interaction)
        return
    guild = None if server is None else interaction.client.get_guild(server)
    if guild is None and server is not None and not has_all_shards(interaction.client):
        try:
            async with requesting(seconds):
                guild = await interaction.client.fetch_guild(server, with_counts=False)
        except ChatRefused as error:
            raise BotLeft from error
    if guild is None:
        # Once the client is ready it knows all its servers, even unavailable ones.
        raise BotLeft if interaction.client.is_ready() else ChatUnavailable
    async with requesting(seconds):
        channel = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
    try:
        async with requesting(seconds):
            member = await guild.fetch_member(interaction.user.id)
            # Only its members may write in a private thread.
            if isinstance(channel, discord.Thread) and channel.is_private():
                await channel.fetch_member(member.id)
    except ChatRefused as error:
        raise NotAllowed("write") from error
    if not _writes(permissions_in(channel, member), channel):
        raise NotAllowed("write")


def missing_permissions(
    permissions: discord.Permissions, *, thread: bool, voice: bool = False
) -> tuple[str, ...]:
    """Return the names of the needed permissions that are missing, as discord.py spells them.

    Reading the history of a voice channel's chat takes Connect as well:
    https://github.com/discord/discord-api-docs/pull/5111
    """
    elsewhere = "send_messages" if thread else "send_messages_in_threads"
    needed = [name for name in _NEEDED if name != elsewhere]
    if voice:
        needed.append("connect")
    return tuple(name for name in needed if not getattr(permissions, name))


def missing_here(interaction: Interaction) -> tuple[str, ...]:
    """Return the names of the permissions that the bot needs here and lacks."""
    return missing_permissions(interaction.app_permissions, **kind_of(interaction.channel))


class ChannelKind(TypedDict):
    """What a channel is, as ``missing_permissions`` needs it."""

    thread: bool
    voice: bool


def kind_of(channel: object) -> ChannelKind:
    """Tell whether a channel is a thread, or one for voice."""
    return {
        "thread": isinstance(channel, discord.Thread),
        "voice": isinstance(channel, discord.VoiceChannel | discord.StageChannel),
    }


def moderates_here(interaction: Interaction, task: Task) -> bool:
    """Tell whether the presser may delete a task's images as a moderator of its channel."""
    manages = interaction.guild_id is not None and interaction.permissions.manage_messages
    channel_id = None if interaction.channel_id is None else ChannelId(interaction.channel_id)
    return moderates(task, channel_id, manages_messages=manages)


async def managed_server(
    interaction: Interaction, quota: Quota, *, admins_only: bool = False
) -> ServerId:
    """Return the server's id, for its admins and members with the role that they have named.

    Discord offers their commands to members with Manage Server. A server can change that, and a
    forged interaction ignores it. Attempts by anybody else are noted in the server's log.

    Raises:
        NotAllowed: the user is neither.
    """
    if interaction.guild_id is None:
        raise NotAllowed("manage_guild")
    server = ServerId(interaction.guild_id)
    if interaction.permissions.manage_guild:
        return server
    if not admins_only and (await quota.policy(server)).managers in roles_of(interaction.user):
        return server
    await note_denied(interaction, quota)
    raise NotAllowed("manage_guild")


async def note_denied(interaction: Interaction, quota: Quota) -> None:
    """Note in the server's log that the user tried something they may not do."""
    if interaction.guild_id is not None:
        by = changed_by(interaction, quota)
        await quota.note_denied(ServerId(interaction.guild_id), by)


def permissions_in(channel: object, member: discord.Member) -> discord.Permissions:
    """Compute a member's permissions in a channel that the gateway has sent.

    Raises:
        ChatUnavailable: it hasn't, or hasn't sent the thread's parent.
    """
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        try:
            return channel.permissions_for(member)
        except discord.ClientException as error:  # a thread of an unknown channel
            raise ChatUnavailable from error
    raise ChatUnavailable


def can_write(interaction: Interaction, channel_id: ChannelId) -> bool:
    """Tell whether the bot can write in a channel of this server, as far as we know."""
    guild = interaction.guild
    channel = None if guild is None else guild.get_channel(channel_id)
    if guild is None or channel is None or guild.me is None:  # pyright: ignore[reportUnnecessaryComparison] - until the gateway has sent it
        return True
    permissions = channel.permissions_for(guild.me)
    return permissions.view_channel and permissions.send_messages


def everyone_sees(interaction: Interaction, channel_id: ChannelId) -> bool:
    """Tell whether all members can read a channel of this server, as far as we know."""
    guild = interaction.guild
    channel = None if guild is None else guild.get_channel(channel_id)
    if guild is None or channel is None:
        return False
    return channel.permissions_for(guild.default_role).view_channel


def upload_limit(interaction: Interaction) -> int:
    """Return how many bytes a file may have, both in an answer here and in a message of the bot.

    The limit of an answer rises with the user's Nitro, that of a message only with the server's
    boosts: https://docs.discord.com/developers/reference#uploading-files
    """
    guild = interaction.guild
    here = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES if guild is None else guild.filesize_limit
    return min(interaction.filesize_limit, here)


def archive_limit(interaction: Interaction) -> int:
    """Return how many bytes an archive may have in an answer here."""
    return min(interaction.filesize_limit, _ARCHIVE_BYTES)


def _permissions(interaction: Interaction) -> discord.Permissions:
    """Return the user's permissions here: as Discord sent them, which is optional, or computed.

    https://docs.discord.com/developers/resources/guild#guild-member-object
    """
    member = interaction.user
    if not isinstance(member, discord.Member):
        raise ChatUnavailable
    stated = member.resolved_permissions
    return permissions_in(interaction.channel, member) if stated is None else stated


def _writes(permissions: discord.Permissions, channel: object) -> bool:
    """Tell whether these permissions allow writing in a channel of a server.

    In a locked thread, archived or not, that takes Manage Threads:
    https://docs.discord.com/developers/topics/threads#locked-threads
    """
    if not isinstance(channel, discord.Thread):
        return permissions.send_messages
    return permissions.send_messages_in_threads and (
        permissions.manage_threads or not channel.locked
    )
