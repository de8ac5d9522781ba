"""Checks ids in Discord's answers before they are stored.

https://docs.discord.com/developers/reference#snowflakes
"""

import discord

from bot.domain.text import LARGEST_ID
from bot.services.shared.ports import Posted


def snowflake(number: int) -> int:
    """Return the number if it can be an id.

    Raises:
        ValueError: it can't be; discord.py accepts any number.
    """
    if not 0 < number <= LARGEST_ID:
        raise ValueError
    return number


def place_of(message: discord.Message) -> Posted:
    """Return where a message is.

    Raises:
        ValueError: one of its ids is impossible.
    """
    return Posted(snowflake(message.channel.id), snowflake(message.id))
