"""The doctor's look at the servers that have the bot, their channels, and the operator's own."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

import discord

from bot.client import ImageBot, invite_link
from bot.doctor.finding import Finding
from bot.domain.ids import ChannelId, ServerId
from bot.interactions.permissions import NEEDED, missing_permissions
from bot.settings import Settings
from bot.ui.explain import PERMISSIONS

#: Channels named in one sentence.
_NAMED = 5


async def examine_servers(bot: ImageBot, settings: Settings) -> AsyncIterator[Finding]:
    """Check each server, whether it may draw, and what OPERATOR_* names."""
    servers = [guild async for guild in bot.fetch_guilds()]
    if not servers:
        yield Finding("No server has the bot.", f"Invite it: {invite_link(bot)}")
    for server in servers:
        try:
            yield await _server(bot, ServerId(server.id))
        except discord.HTTPException as error:
            sentence = f"Discord doesn't show {server.name} to the bot."
            yield Finding(sentence, "Try again later.", (repr(error),), is_mild=True)
    joined = {ServerId(each.id): each.name for each in servers}
    for finding in _allowed(joined, frozenset(map(ServerId, settings.allowed_servers))):
        yield finding
    if settings.operator_server is not None:
        yield _operator_server(bot, joined, ServerId(settings.operator_server))
    if settings.operator_channel_id is not None:
        yield await _operator_channel(bot, ChannelId(settings.operator_channel_id))


async def _server(bot: ImageBot, server_id: ServerId) -> Finding:
    guild, me = await _membership(bot, server_id)
    granted = me.guild_permissions
    if missing := [name for name, needed in NEEDED if needed and not getattr(granted, name)]:
        sentence = f"In {guild.name} the bot's role lacks {_titles(missing)}."
        return Finding(sentence, "Allow it in the server's settings, under Roles.")
    seen, lacking, details = 0, list[str](), list[str]()
    for channel in await guild.fetch_channels():
        if isinstance(channel, discord.CategoryChannel):
            continue
        granted = channel.permissions_for(me)
        if not granted.view_channel:
            details.append(f"#{channel.name} is hidden from it")
            continue
        seen += 1
        if missing := _missing_in(channel, granted):
            lacking.append(f"#{channel.name}")
            details.append(f"in #{channel.name} it lacks {_titles(missing)}")
    if lacking:
        sentence = f"In {guild.name} the bot can't post everywhere: not in {_some(lacking)}."
        advice = "If it should, change its permissions there (--verbose names them)."
        return Finding(sentence, advice, tuple(details), is_mild=True)
    return Finding(f"In {guild.name} the bot can post in {seen} channels.", details=tuple(details))


async def _membership(bot: ImageBot, server_id: ServerId) -> tuple[discord.Guild, discord.Member]:
    assert bot.user is not None
    guild = await bot.fetch_guild(server_id)
    return guild, await guild.fetch_member(bot.user.id)


def _missing_in(channel: discord.abc.GuildChannel, granted: discord.Permissions) -> Sequence[str]:
    return missing_permissions(
        granted,
        thread=isinstance(channel, discord.ForumChannel),
        voice=isinstance(channel, discord.VoiceChannel | discord.StageChannel),
    )


def _allowed(joined: dict[ServerId, str], allowed: frozenset[ServerId]) -> Iterator[Finding]:
    """Compare ALLOWED_SERVERS with the servers that have the bot."""
    if not allowed:
        return
    refused = [name for server, name in joined.items() if server not in allowed]
    if refused:
        sentence = f"Nobody can draw in {_some(refused)}: not in ALLOWED_SERVERS."
        yield Finding(sentence, "Add its id, or take the bot out.", is_mild=True)
    absent = sorted(str(server) for server in allowed - joined.keys())
    if absent:
        sentence = f"ALLOWED_SERVERS names {_some(absent)}, where the bot isn't."
        yield Finding(sentence, "Invite it there, or correct the id.", is_mild=True)
    if not refused and not absent:
        yield Finding("ALLOWED_SERVERS names the servers that have the bot.")


def _operator_server(bot: ImageBot, joined: dict[ServerId, str], server_id: ServerId) -> Finding:
    if server_id in joined:
        return Finding(f"OPERATOR_SERVER is {joined[server_id]}, which has the bot.")
    sentence = f"The bot isn't in OPERATOR_SERVER ({server_id})."
    return Finding(sentence, f"Invite it there: {invite_link(bot)}")


async def _operator_channel(bot: ImageBot, channel_id: ChannelId) -> Finding:
    advice = "Check the id, and let the bot see the channel and write there."
    try:
        channel = await bot.fetch_channel(channel_id)
        if isinstance(channel, discord.abc.PrivateChannel):
            return Finding("OPERATOR_CHANNEL_ID is a direct message.")
        guild, me = await _membership(bot, ServerId(channel.guild.id))
        thread = isinstance(channel, discord.Thread)
        # A thread has the permissions of its channel.
        place = await guild.fetch_channel(channel.parent_id if thread else channel_id)
        assert isinstance(place, discord.abc.GuildChannel)
        granted = place.permissions_for(me)
    except (discord.HTTPException, discord.InvalidData) as error:
        sentence = "The bot can't see the channel that OPERATOR_CHANNEL_ID names."
        return Finding(sentence, advice, (repr(error),))
    writes = granted.send_messages_in_threads if thread else granted.send_messages
    if not (writes and granted.view_channel and isinstance(channel, discord.abc.Messageable)):
        return Finding(f"The bot can't write in #{channel.name} (OPERATOR_CHANNEL_ID).", advice)
    return Finding(f"Problems are reported in #{channel.name} of {guild.name}.")


def _titles(names: Iterable[str]) -> str:
    return ", ".join(PERMISSIONS[name] for name in names)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
