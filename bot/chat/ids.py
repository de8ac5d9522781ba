"""Ids in answers of Discord's, as rows can hold them.

https://docs.discord.com/developers/reference#snowflakes
"""

import discord

from bot.domain.text import LARGEST_ID
from bot.services.shared.ports import Posted


def snowflake(number: int) -> int:
    """Return an id of Discord's.

    Raises:
        ValueError: it is none; discord.py takes any number for one.
    """
    if not 0 < number <= LARGEST_ID:
        raise ValueError
    return number


def place_of(message: discord.Message) -> Posted:
    """Return where a message is.

    Raises:
        ValueError: its ids are none.
    """
    return Posted(snowflake(message.channel.id), snowflake(message.id))
