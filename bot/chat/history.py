"""Searching a channel's history for one of our messages."""

from collections.abc import Callable
from typing import Any, cast

import discord
from discord.http import HTTPClient

from bot.chat.discord_api import DiscordApi
from bot.chat.failures import requesting
from bot.errors import ChatRefused, HistoryUnreadable

#: Milliseconds by which ids of different Discord machines may be off.
SKEW = 5_000
#: Messages to read at most: ten requests.
LIMIT = 1000


def require_lists(http: HTTPClient) -> None:
    """Accept only a list as a history.

    discord.py (2.7) takes an empty body or object for the end of a history. We would then miss a
    post, and post it again.
    """
    original = http.logs_from

    async def logs_from(*args: Any, **kwargs: Any) -> list[Any]:  # noqa: ANN401 - as in discord.py
        answer = cast("object", await original(*args, **kwargs))
        if not isinstance(answer, list):
            raise TypeError("a history that is not a list")
        return cast("list[Any]", answer)

    http.logs_from = logs_from


async def seek(
    api: DiscordApi,
    channel: discord.PartialMessageable | discord.DMChannel,
    is_wanted: Callable[[discord.Message], bool],
    *,
    after: int,
    before: int | None = None,
) -> discord.Message | None:
    """Return the first wanted message of ours between two ids; ``None``: there is none.

    Ids contain Discord's time, so a new message's id is greater than any id known before, while our
    clock may be off by hours: https://docs.discord.com/developers/reference#snowflakes.

    Raises:
        HistoryUnreadable: the bot may not read the history, or it is too long.
        ChatUnavailable: Discord is failing.
    """
    assert api.client.user is not None
    seen = 0
    try:
        async with requesting(api.timeout):
            async for message in channel.history(
                limit=LIMIT,
                after=discord.Object(max(0, after - (SKEW << 22))),
                before=None if before is None else discord.Object(before + (SKEW << 22)),
                oldest_first=True,
            ):
                seen += 1
                if message.author.id == api.client.user.id and is_wanted(message):
                    return message
            readable = seen > 0 or await _is_readable(channel)
    except ChatRefused as error:
        raise HistoryUnreadable from error
    if not readable or seen >= LIMIT:
        raise HistoryUnreadable
    return None


async def _is_readable(channel: discord.PartialMessageable | discord.DMChannel) -> bool:
    """Tell an empty history from a forbidden one.

    Without permission to read it, Discord answers 200 without messages, so only a message proves
    that the bot may read: https://docs.discord.com/developers/resources/message#get-channel-messages
    Direct messages need no permission.
    """
    if isinstance(channel, discord.DMChannel):
        return True
    return bool([message async for message in channel.history(limit=1)])
