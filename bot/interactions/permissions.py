"""What must hold where somebody asks for pictures, before anything is spent."""

from typing import Any

import discord

from bot.chat.failures import requesting
from bot.domain.task import Task
from bot.domain.visibility import moderates
from bot.errors import BotLeft, ChatRefused, ChatUnavailable, NotAllowed
from bot.interactions.convert import is_user_install_only, server_of

#: What the bot needs in a server; the invite link asks for these.
NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    embed_links=True,
    # To look for a post whose answer was lost, so that none is posted twice.
    read_message_history=True,
)


#: Follow-ups an interaction, where only the user has installed the bot: Discord's error 40094.
#: https://docs.discord.com/developers/interactions/receiving-and-responding
FOLLOW_UPS = 5


def follow_ups(interaction: discord.Interaction[Any]) -> int | None:
    """Return how many messages may follow the first answer; ``None``: as many as it takes."""
    return FOLLOW_UPS if is_user_install_only(interaction) else None


def check_asker(interaction: discord.Interaction[Any]) -> None:
    """Let only those ask for pictures who may use commands here.

    Discord asks for that before it shows a command, but not before a button is pressed.

    Raises:
        NotAllowed: whoever asks may not.
        ChatUnavailable: Discord does not say.
    """
    if server_of(interaction) and not _permissions(interaction).use_application_commands:
        raise NotAllowed("commands")


def check_writer(interaction: discord.Interaction[Any]) -> None:
    """Let only those have the bot post here who may write here themselves.

    Discord asks for that before it offers a command, but not before a button is pressed; and the
    bot's message would be everybody's.

    Raises:
        NotAllowed: whoever asks may not.
        ChatUnavailable: Discord does not say.
    """
    if interaction.guild_id is not None and not _writes(
        _permissions(interaction), interaction.channel
    ):
        raise NotAllowed("write")


async def check_writer_in(
    interaction: discord.Interaction[Any], guild_id: int, channel_id: int, *, seconds: float
) -> None:
    """Let only those have the bot post in a channel, perhaps another one, who may write there.

    Raises:
        NotAllowed: whoever asks may not, or is not there any more.
        BotLeft: the bot is not there any more.
        ChatRefused: the channel is gone, or the bot may not see it.
        ChatUnavailable: Discord is failing, or the server is not known yet.
    """
    if is_user_install_only(interaction) and interaction.guild_id == guild_id:
        raise BotLeft
    if interaction.channel_id == channel_id:
        check_writer(interaction)
        return
    guild = interaction.client.get_guild(guild_id)
    if guild is None:
        # One that is out of order is known all the same, once the gateway has told of all.
        raise BotLeft if interaction.client.is_ready() else ChatUnavailable
    async with requesting(seconds):
        channel = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
    try:
        async with requesting(seconds):
            member = await guild.fetch_member(interaction.user.id)
            # A private thread is nobody's who is not in it.
            if isinstance(channel, discord.Thread) and channel.is_private():
                await channel.fetch_member(member.id)
    except ChatRefused as error:
        raise NotAllowed("write") from error
    if not _writes(_computed(channel, member), channel):
        raise NotAllowed("write")


def missing_permissions(
    permissions: discord.Permissions, *, thread: bool, voice: bool = False
) -> tuple[str, ...]:
    """Name the permissions that are needed and missing, as discord.py spells them.

    In the chat of a voice channel, looking for a post takes Connect as well:
    https://github.com/discord/discord-api-docs/pull/5111
    """
    elsewhere = "send_messages" if thread else "send_messages_in_threads"
    needed = [name for name, is_needed in NEEDED if is_needed and name != elsewhere]
    if voice:
        needed.append("connect")
    return tuple(name for name in needed if not getattr(permissions, name))


def missing_here(interaction: discord.Interaction[Any]) -> tuple[str, ...]:
    """Name the permissions that the bot needs and lacks where it is asked."""
    return missing_permissions(
        interaction.app_permissions,
        thread=isinstance(interaction.channel, discord.Thread),
        voice=isinstance(interaction.channel, discord.VoiceChannel | discord.StageChannel),
    )


def moderates_here(interaction: discord.Interaction[Any], task: Task) -> bool:
    """Tell whether the presser may delete a task's images as a moderator of its channel."""
    manages = interaction.guild_id is not None and interaction.permissions.manage_messages
    return moderates(task, interaction.channel_id, manages_messages=manages)


def upload_limit(interaction: discord.Interaction[Any]) -> int:
    """Return the bytes that one file may have here: by interaction and as a message of the bot.

    The interaction's own limit rises with its user's Nitro, a message of the bot only with the
    server's boosts: https://docs.discord.com/developers/reference#uploading-files
    """
    guild = interaction.guild
    here = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES if guild is None else guild.filesize_limit
    return min(interaction.filesize_limit, here)


def _permissions(interaction: discord.Interaction[Any]) -> discord.Permissions:
    """Return what whoever asks may do here: as Discord says it, which is optional, or worked out.

    https://docs.discord.com/developers/resources/guild#guild-member-object
    """
    member = interaction.user
    if not isinstance(member, discord.Member):
        raise ChatUnavailable
    stated = member.resolved_permissions
    return _computed(interaction.channel, member) if stated is None else stated


def _computed(channel: object, member: discord.Member) -> discord.Permissions:
    """Work out what a member may do in a channel that the gateway has told of."""
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        try:
            return channel.permissions_for(member)
        except discord.ClientException as error:  # a thread below a channel that is not known
            raise ChatUnavailable from error
    raise ChatUnavailable


def _writes(permissions: discord.Permissions, channel: object) -> bool:
    """Tell whether these permissions are enough to write in a channel of a server.

    A locked thread takes Manage Threads, archived or not:
    https://docs.discord.com/developers/topics/threads#locked-threads
    """
    if not isinstance(channel, discord.Thread):
        return permissions.send_messages
    return permissions.send_messages_in_threads and (
        permissions.manage_threads or not channel.locked
    )
