"""Who posted the pictures of a message; for a forwarded one, Discord doesn't say."""

import asyncio

import discord

from bot.chat.failures import requesting
from bot.domain.ids import UserId
from bot.errors import ChatError

#: For one request.
LOOK_SECONDS = 10.0


async def author_of(
    client: discord.Client, message: discord.Message, *, until: float | None = None
) -> UserId | None:
    """Return the id of the author of what a message shows; ``None``: we can't find out.

    ``until``: when an answer is due, by the event loop's clock.

    A snapshot has no author, so we fetch the original. It names its author even if its content is
    withheld: https://docs.discord.com/developers/resources/message#message-snapshot-object
    """
    if not message.message_snapshots:
        return UserId(message.author.id)
    there = message.reference
    if there is None or there.message_id is None:
        return None
    seconds = LOOK_SECONDS if until is None else until - asyncio.get_running_loop().time()
    try:
        async with requesting(seconds):
            channel = client.get_partial_messageable(there.channel_id)
            return UserId((await channel.fetch_message(there.message_id)).author.id)
    except ChatError:
        return None
