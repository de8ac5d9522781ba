"""Whose pictures a message shows: of what is forwarded, Discord does not say who wrote it."""

import asyncio

import discord

from bot.chat.failures import requesting
from bot.errors import ChatError

#: For one look.
LOOK_SECONDS = 10.0


async def author_of(
    client: discord.Client, message: discord.Message, *, until: float | None = None
) -> int | None:
    """Return the id of whoever wrote what a message shows; ``None``: nobody can tell.

    ``until``: by the loop's clock, where somebody waits who must be answered in time.

    A snapshot has no author, so the original is asked for; whose it is, is told even where its
    content is not: https://docs.discord.com/developers/resources/message#message-snapshot-object
    """
    if not message.message_snapshots:
        return message.author.id
    there = message.reference
    if there is None or there.message_id is None:
        return None
    seconds = LOOK_SECONDS if until is None else until - asyncio.get_running_loop().time()
    try:
        async with requesting(seconds):
            channel = client.get_partial_messageable(there.channel_id)
            return (await channel.fetch_message(there.message_id)).author.id
    except ChatError:
        return None
