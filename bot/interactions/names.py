"""Mentions and emoji in what people type, spelled out: a model doesn't know Discord's ids."""

import asyncio
import re
from collections.abc import Iterable

import discord

from bot.chat.failures import requesting
from bot.domain.ids import UserId
from bot.errors import ChatError

#: https://docs.discord.com/developers/reference#message-formatting
_MENTION = re.compile(
    r"<(?:a?:(?P<emoji>\w{1,32}):\d{1,20}|@!?(?P<user>\d{1,20})|@&(?P<role>\d{1,20})"
    r"|#(?P<channel>\d{1,20})|/(?P<command>[^:<>]{1,100}):\d{1,20})>",
    re.ASCII,
)
# Flags begin with these: mentioning somebody called "Eve --n 15" drew, and charged, 15 images.
_DASHES = re.compile("[-\N{EN DASH}\N{EM DASH}]+")
#: Seconds for asking Discord for people's names; the gateway sends only a few.
LOOK_SECONDS = 1.0
#: The most people to look up for one prompt.
PEOPLE = 5


async def spelled_out(
    text: str,
    client: discord.Client,
    guild: discord.Guild | None,
    present: Iterable[discord.User | discord.Member],
) -> str:
    """Return the text with names in place of ids; what has no name is left out.

    A name is never read as an option or a link (``bot.domain.typed``): nobody typed it as one.

    ``present``: people whom Discord has named already.
    """
    known = {UserId(each.id): each for each in present}
    people = dict.fromkeys(
        UserId(int(each["user"])) for each in _MENTION.finditer(text) if each["user"]
    )
    if not people and _MENTION.search(text) is None:
        return text
    found = await asyncio.gather(
        *(_person(each, client, guild, known.get(each)) for each in list(people)[:PEOPLE])
    )
    names = dict(zip(people, found, strict=False))

    def name(match: re.Match[str]) -> str:
        return _DASHES.sub("-", found_name(match)).replace("://", " ")

    def found_name(match: re.Match[str]) -> str:
        if match["user"]:
            return names.get(UserId(int(match["user"])), "")
        if match["emoji"]:
            return match["emoji"].replace("_", " ")
        if match["command"]:
            return f"/{match['command']}"
        if guild is None:
            return ""
        if match["role"]:
            role = guild.get_role(int(match["role"]))
            return "" if role is None else role.name
        channel = guild.get_channel_or_thread(int(match["channel"]))
        return "" if channel is None else channel.name

    return _MENTION.sub(name, text)


async def _person(
    user_id: UserId,
    client: discord.Client,
    guild: discord.Guild | None,
    present: discord.User | discord.Member | None,
) -> str:
    known = present or (guild and guild.get_member(user_id)) or client.get_user(user_id)
    if known is not None:
        return known.display_name
    try:
        async with requesting(LOOK_SECONDS):
            found: discord.Member | discord.User = (
                await client.fetch_user(user_id)
                if guild is None or guild.unavailable
                else await guild.fetch_member(user_id)
            )
    except ChatError:
        return ""
    return found.display_name
