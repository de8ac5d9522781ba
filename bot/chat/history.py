"""Looking through a channel's history for one of our own messages."""

from collections.abc import Callable
from typing import Any, cast

import discord
from discord.http import HTTPClient

from bot.chat.discord_api import DiscordApi
from bot.chat.failures import talking
from bot.errors import ChatRefused, HistoryUnreadable

#: Milliseconds by which the clocks of Discord's own machines may differ, as ids have it.
SKEW = 5_000
#: Messages that are looked at: ten requests.
LIMIT = 1000


def only_lists(http: HTTPClient) -> None:
    """Have no answer but a list count as a history.

    discord.py (2.7) takes an empty body, or an object without fields, for the end of one; then what
    was posted would not be found, and be posted again.
    """
    ask = http.logs_from

    async def logs_from(*where: Any, **bounds: Any) -> list[Any]:  # noqa: ANN401 - as discord.py has it
        answer = cast("object", await ask(*where, **bounds))
        if not isinstance(answer, list):
            raise TypeError("a history that is no list")
        return cast("list[Any]", answer)

    http.logs_from = logs_from


async def seek(
    link: DiscordApi,
    channel: discord.PartialMessageable | discord.DMChannel,
    wanted: Callable[[discord.Message], bool],
    *,
    after: int,
    before: int | None = None,
) -> discord.Message | None:
    """Return the first of our messages between two ids that is wanted; ``None``: there is none.

    Ids carry Discord's own time, and each is later than any that was known before it was asked for:
    https://docs.discord.com/developers/reference#snowflakes. Our clock may be off by hours.

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
                after=discord.Object(max(0, after - (SKEW << 22))),
                before=None if before is None else discord.Object(before + (SKEW << 22)),
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
