"""Servers, channels, people and messages as Discord's JSON objects."""

from collections.abc import Callable

from sandbox.discord import permissions
from sandbox.discord.cdn import File
from sandbox.discord.messages import LOADING, Body, Forwarded, Message
from sandbox.discord.places import DM, STAGE, VOICE, Channel, Guild, Member, Role, User
from sandbox.discord.snowflake import time_of
from sandbox.discord.wire import Json, stamp


def user(user: User) -> Json:
    """Return a user object."""
    return {
        "id": str(user.id),
        "username": user.name,
        "discriminator": "0000" if user.bot else "0",
        "global_name": None if user.bot else user.name,
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def member(member: Member, granted: int | None = None) -> Json:
    """Return a member object, with permissions if it is part of an interaction."""
    shape: Json = {
        "user": user(member.user),
        "roles": [str(role) for role in member.roles],
        "nick": None,
        "avatar": None,
        "joined_at": stamp(time_of(member.user.id)),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
    }
    return shape if granted is None else {**shape, "permissions": str(int(granted))}


def role(role: Role) -> Json:
    """Return a role object."""
    return {
        "id": str(role.id),
        "name": role.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": role.position,
        "permissions": str(int(role.permissions)),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def channel(channel: Channel) -> Json:
    """Return a channel object: a text channel, a thread or a direct message."""
    last = channel.history.last_id()
    shape: Json = {
        "id": str(channel.id),
        "type": channel.kind,
        "last_message_id": str(last) if last else None,
        "flags": 0,
    }
    if channel.kind == DM:
        return {**shape, "recipients": [user(channel.recipient)] if channel.recipient else []}
    shape |= {
        "guild_id": str(channel.guild.id) if channel.guild else None,
        "name": channel.name,
        "parent_id": str(channel.parent.id) if channel.parent else None,
        "rate_limit_per_user": 0,
    }
    return shape | (_thread(channel) if channel.parent else _text(channel))


_VOICE: Json = {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}


def _thread(channel: Channel) -> Json:
    return {
        "owner_id": str(channel.guild.owner_id) if channel.guild else None,
        "member_count": 1,
        "message_count": 0,
        "total_message_sent": 0,
        "thread_metadata": {
            "archived": channel.archived,
            "locked": channel.locked,
            "auto_archive_duration": 1440,
            "archive_timestamp": stamp(time_of(channel.id)),
            "create_timestamp": stamp(time_of(channel.id)),
        },
    }


def _text(channel: Channel) -> Json:
    return {
        "position": 0,
        "topic": None,
        "nsfw": channel.nsfw,
        "permission_overwrites": [
            {"id": str(i), "type": o.kind, "allow": str(int(o.allow)), "deny": str(int(o.deny))}
            for i, o in channel.overwrites.items()
        ],
        **(
            {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
            if channel.kind in {VOICE, STAGE}
            else {}
        ),
    }


def guild(guild: Guild, bot: User) -> Json:
    """Return a guild object as GUILD_CREATE has it when the bot joins."""
    channels = guild.channels.values()
    shape: Json = {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "preferred_locale": guild.locale,
        "premium_tier": guild.tier,
        "member_count": len(guild.members),
        "joined_at": stamp(time_of(guild.id)),
        "large": False,
        "roles": [role(each) for each in guild.roles.values()],
        "channels": [channel(each) for each in channels if not each.parent],
        "threads": [
            channel(each)
            for each in channels
            if each.parent
            and not each.archived
            and permissions.can(each, bot.id, permissions.Permission.VIEW_CHANNEL)
        ],
        "members": [member(guild.members[bot.id])] if bot.id in guild.members else [],
        "system_channel_flags": 0,
        "region": "deprecated",
    }
    shape |= dict.fromkeys(_EMPTY_LISTS, ())
    shape |= dict.fromkeys(_NOTHING)
    return shape | dict.fromkeys(_ZEROS, 0)


_EMPTY_LISTS = (
    "emojis",
    "stickers",
    "features",
    "voice_states",
    "presences",
    "stage_instances",
    "guild_scheduled_events",
    "soundboard_sounds",
)
_NOTHING = (
    "icon",
    "splash",
    "discovery_splash",
    "banner",
    "description",
    "afk_channel_id",
    "application_id",
    "system_channel_id",
    "rules_channel_id",
    "public_updates_channel_id",
    "vanity_url_code",
)
_ZEROS = (
    "afk_timeout",
    "verification_level",
    "default_message_notifications",
    "explicit_content_filter",
    "mfa_level",
    "nsfw_level",
    "premium_subscription_count",
)


def message(message: Message, find_user: Callable[[int], User], application_id: int) -> Json:
    """Return a message object, its links freshly signed."""
    body = message.body
    shape: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "type": message.kind,
        "author": user(find_user(message.author_id)),
        "content": body.content,
        "timestamp": stamp(time_of(message.id)),
        "edited_timestamp": stamp(body.at) if message.past and not body.flags & LOADING else None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [user(find_user(i)) for i in sorted(message.pinged)],
        "mention_roles": [],
        "attachments": [file.wire() for file in body.attachments],
        "embeds": [_signed(embed, body) for embed in body.embeds],
        "components": [_signed(part, body) for part in body.components],
        "pinned": False,
        "flags": body.flags,
    }
    if message.metadata is not None:
        application = str(application_id)
        shape |= {"interaction_metadata": message.metadata, "application_id": application}
        shape |= {"webhook_id": application}
    if message.poll is not None:
        shape["poll"] = message.poll
    if message.nonce is not None:
        shape["nonce"] = message.nonce
    if message.reply_to is not None:
        shape["message_reference"] = {
            "type": 0,
            "channel_id": str(message.channel_id),
            "message_id": str(message.reply_to),
        }
    if message.forwarded is not None:
        shape |= _forward(message.forwarded)
    return shape


def _forward(forwarded: Forwarded) -> Json:
    body = forwarded.body
    inner: Json = {
        "type": forwarded.kind,
        "content": body.content,
        "timestamp": stamp(time_of(forwarded.message_id)),
        "edited_timestamp": None,
        "mentions": [],
        "mention_roles": [],
        "attachments": [file.wire() for file in body.attachments],
        "embeds": [_signed(embed, body) for embed in body.embeds],
        "components": [_signed(part, body) for part in body.components],
        "flags": body.flags,
    }
    return {
        "message_reference": {
            "type": 1,
            "channel_id": str(forwarded.channel_id),
            "message_id": str(forwarded.message_id),
        },
        "message_snapshots": [{"message": inner}],
    }


def _signed(part: Json, body: Body) -> Json:
    """Return a component or embed with links to the message's own files."""
    return {key: _sign(value, body) for key, value in part.items()}


def _sign(value: object, body: Body) -> object:
    if isinstance(value, list | tuple):
        return [_sign(each, body) for each in value]  # pyright: ignore[reportUnknownVariableType]  (JSON)
    if not isinstance(value, dict):
        return value
    part: Json = _signed(value, body)
    file_id = part.get("attachment_id")
    return part if file_id is None else part | _media(body.files[int(file_id)])


def _media(file: File) -> Json:
    url = file.url
    return {
        "url": url,
        "proxy_url": url,
        "width": file.width,
        "height": file.height,
        "content_type": file.content_type,
        "loading_state": 2,
    }
