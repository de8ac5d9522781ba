"""Checks ids in Discord's answers before they are stored.

https://docs.discord.com/developers/reference#snowflakes
"""

import discord
import structlog

from bot.domain.ids import ChannelId, MessageId
from bot.domain.text import LARGEST_ID
from bot.errors import ChatUnavailable
from bot.services.shared.ports import Posted

log = structlog.get_logger()


def snowflake(number: int) -> int:
    """Return the number if it can be an id.

    Raises:
        ChatUnavailable: it can't be; discord.py accepts any number.
    """
    if not 0 < number <= LARGEST_ID:
        log.warning("discord's answer has an impossible id")
        raise ChatUnavailable
    return number


def place_of(message: discord.Message) -> Posted:
    """Return where a message is.

    Raises:
        ChatUnavailable: one of its ids is impossible.
    """
    return Posted(ChannelId(snowflake(message.channel.id)), MessageId(snowflake(message.id)))
