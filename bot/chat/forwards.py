"""Whose pictures a message shows: of what is forwarded, Discord does not say who wrote it."""

import discord

from bot.chat.failures import talking
from bot.errors import ChatError

#: Somebody waits for an answer meanwhile, which must come within three seconds.
LOOK_SECONDS = 1.5


async def author_of(client: discord.Client, message: discord.Message) -> int | None:
    """Return the id of whoever wrote what a message shows; ``None``: nobody can tell.

    A snapshot has no author, so the original is asked for; whose it is, is told even where its
    content is not: https://docs.discord.com/developers/resources/message#message-snapshot-object
    """
    if not message.message_snapshots:
        return message.author.id
    there = message.reference
    if there is None or there.message_id is None:
        return None
    try:
        async with talking(LOOK_SECONDS):
            channel = client.get_partial_messageable(there.channel_id)
            return (await channel.fetch_message(there.message_id)).author.id
    except ChatError:
        return None
