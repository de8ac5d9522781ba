"""What a person's client knows, as JSON for the page: Discord's own shapes wherever it has one."""

from typing import cast

from sandbox.discord import shapes
from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission, can, to_post
from sandbox.discord.places import Channel, Guild, User
from sandbox.discord.platform import Platform
from sandbox.discord.wire import Json
from sandbox.person import Person


def people(platform: Platform) -> list[Json]:
    """Return the accounts to choose from: people, without the servers' owners."""
    owners = {guild.owner_id for guild in platform.world.guilds.values()}
    users = platform.world.users.values()
    return [shapes.user(user) for user in users if not user.bot and user.id not in owners]


def places(platform: Platform, user: User) -> Json:
    """Return the servers that someone is in, and their direct messages."""
    world = platform.world
    joined = [guild for guild in world.guilds.values() if user.id in guild.members]
    return {
        "guilds": [_guild(guild, user, world.bot) for guild in joined],
        "dms": [_channel(world.dm(user), user, world.bot)],
    }


def _guild(guild: Guild, user: User, bot: User) -> Json:
    seen = [c for c in guild.channels.values() if can(c, user.id, Permission.VIEW_CHANNEL)]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "roles": [shapes.role(role) for role in guild.roles.values()],
        "channels": [_channel(channel, user, bot) for channel in seen],
        "members": [
            shapes.member(member)
            for member in guild.members.values()
            if member.user.id != guild.owner_id
        ],
    }


def _channel(channel: Channel, user: User, bot: User) -> Json:
    return shapes.channel(channel) | {
        "name": channel.name if channel.recipient is None else bot.name,
        "nsfw": channel.nsfw,
        "writable": can(channel, user.id, to_post(channel)),
        #: Whether the bot can see this channel.
        "bot": can(channel, bot.id, Permission.VIEW_CHANNEL),
        "file_bytes": channel.guild.file_bytes if channel.guild else 10 * 1024 * 1024,
    }


def message(platform: Platform, message: Message) -> Json:
    """Return a message object, with links to the page's own server that never change."""
    shape = platform.shape(message)
    if message.reply_to is not None:
        every = platform.books.messages
        replied = next((m for m in every if m.id == message.reply_to and not m.deleted), None)
        shape["referenced_message"] = platform.shape(replied) if replied else None
    return cast("Json", _local(shape, platform.cdn.base))


def _local(value: object, base: str) -> object:
    """Turn signed links into paths, so that pictures don't flicker when a message is edited."""
    if isinstance(value, str):
        return value.removeprefix(base).split("?")[0] if value.startswith(base + "/") else value
    if isinstance(value, dict):
        return {key: _local(each, base) for key, each in cast("Json", value).items()}
    if isinstance(value, list | tuple):
        return [_local(each, base) for each in cast("list[object]", value)]
    return value


def history(platform: Platform, person: Person, before: int | None, limit: int) -> Json:
    """Return messages before one (or the newest), oldest first, and whether there are more."""
    every = [m for m in person.channel_messages() if before is None or m.id < before]
    return {
        "messages": [message(platform, m) for m in every[-limit:]],
        "more": len(every) > limit,
    }
