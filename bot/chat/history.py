"""Looking through a channel's history for one of our own messages."""

from collections.abc import Callable

import discord

from bot.chat.failures import talking
from bot.chat.link import Link, moment
from bot.errors import ChatRefused, HistoryUnreadable

#: Milliseconds by which our clock and Discord's may differ.
SKEW = 60_000
#: Messages that are looked at: three requests.
LIMIT = 300


async def seek(
    link: Link,
    channel: discord.PartialMessageable | discord.DMChannel,
    wanted: Callable[[discord.Message], bool],
    *,
    since: int,
    until: int,
) -> discord.Message | None:
    """Return the first of our messages between two times that is wanted; ``None``: there is none.

    Raises:
        HistoryUnreadable: it cannot be known whether there is one.
        ChatUnavailable: Discord is failing.
    """
    assert link.client.user is not None
    seen = 0
    try:
        async with talking(link.timeout):
            async for message in channel.history(
                limit=LIMIT,
                after=moment(since - SKEW),
                before=moment(until + SKEW),
                oldest_first=True,
            ):
                seen += 1
                if message.author.id == link.client.user.id and wanted(message):
                    return message
            readable = seen > 0 or await _is_readable(channel)
    except ChatRefused as error:
        raise HistoryUnreadable from error
    if not readable or seen >= LIMIT:
        raise HistoryUnreadable
    return None


async def _is_readable(channel: discord.PartialMessageable | discord.DMChannel) -> bool:
    """Tell an empty history from a forbidden one.

    Without the permission to read it, Discord answers 200 and no messages:
    https://docs.discord.com/developers/resources/message#get-channel-messages
    So only a message proves that it may be read; direct messages need no permission.
    """
    if isinstance(channel, discord.DMChannel):
        return True
    return bool([message async for message in channel.history(limit=1)])
