"""Permissions: https://docs.discord.com/developers/topics/permissions."""

from enum import IntFlag

from sandbox.discord.places import STAGE, VOICE, Channel, Guild


class Permission(IntFlag):
    """The permissions that this stand-in checks."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CONNECT = 1 << 20
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


#: Every permission bit that Discord has.
EVERYTHING = (1 << 54) - 1

#: What @everyone may do in a new server.
USUAL = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.CONNECT
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.USE_EXTERNAL_APPS
)

#: What both sides may do in a direct message.
IN_DM = USUAL & ~Permission.CREATE_PUBLIC_THREADS & ~Permission.SEND_MESSAGES_IN_THREADS


def in_guild(guild: Guild, user_id: int) -> int:
    """Return what a member's roles grant, before channel overwrites."""
    member = guild.members.get(user_id)
    if member is None:
        return 0
    if guild.owner_id == user_id:
        return EVERYTHING
    granted = guild.roles[guild.id].permissions
    for role_id in member.roles:
        granted |= guild.roles[role_id].permissions
    return EVERYTHING if granted & Permission.ADMINISTRATOR else granted


def in_channel(channel: Channel, user_id: int) -> int:
    """Return a person's permissions in a channel: roles, then the channel's overwrites.

    A thread uses its parent's overwrites. Outside the server nobody has permissions.
    """
    guild = channel.guild
    if guild is None:
        return int(IN_DM)
    granted = in_guild(guild, user_id)
    member = guild.members.get(user_id)
    if granted == EVERYTHING or member is None:
        return granted
    overwrites = (channel.parent or channel).overwrites
    everyone = overwrites.get(guild.id)
    if everyone is not None:
        granted = granted & ~everyone.deny | everyone.allow
    of_roles = [overwrites[role] for role in member.roles if role in overwrites]
    for overwrite in of_roles:
        granted &= ~overwrite.deny
    for overwrite in of_roles:
        granted |= overwrite.allow
    own = overwrites.get(user_id)
    return granted if own is None else granted & ~own.deny | own.allow


def can(channel: Channel, user_id: int, permission: Permission) -> bool:
    """Return whether someone has a permission; without VIEW_CHANNEL nothing is allowed."""
    granted = in_channel(channel, user_id)
    return bool(granted & Permission.VIEW_CHANNEL) and granted & permission == permission


def to_read(channel: Channel) -> Permission:
    """Return the permission that reading the history takes: voice channels take Connect as well.

    https://github.com/discord/discord-api-docs/pull/5111
    """
    history = Permission.READ_MESSAGE_HISTORY
    return history | Permission.CONNECT if channel.kind in {VOICE, STAGE} else history


def to_post(channel: Channel) -> Permission:
    """Return the permission that posting takes: threads have their own."""
    return (
        Permission.SEND_MESSAGES_IN_THREADS
        if channel.parent is not None
        else Permission.SEND_MESSAGES
    )
