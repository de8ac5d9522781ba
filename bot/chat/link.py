"""How Discord is reached: from ids and tokens to what discord.py can ask with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from bot.chat.failures import TOKEN_EXPIRED, talking
from bot.domain.task import Task
from bot.errors import ChatRefused

#: Discord's name for an interaction's first answer; discord.py says int, and puts it into the path.
ORIGINAL: Any = "@original"
#: Milliseconds that an interaction's token lives:
#: https://docs.discord.com/developers/interactions/receiving-and-responding
TOKEN_LIFE = 15 * 60 * 1000

_DISCORD_EPOCH = 1_420_070_400_000


@dataclass(frozen=True, slots=True)
class Link:
    """What is needed to talk to Discord."""

    client: discord.Client
    session: aiohttp.ClientSession
    #: Epoch milliseconds.
    clock: Callable[[], int]
    #: Seconds for one request, the library's repetitions included.
    timeout: float
    #: Up to and with ``/api/v10``.
    api_url: str

    def token(self, task: Task) -> str:
        """Return the interaction's token while it lives.

        Raises:
            ChatRefused: it has been ours for too long (code 50027).
        """
        # Counted from when we got it: our clock may be hours off Discord's, which is in its id.
        if task.token is None or self.clock() >= task.created_at + TOKEN_LIFE:
            raise ChatRefused(TOKEN_EXPIRED, "the interaction's token is dead")
        return task.token

    def webhook(self, task: Task) -> discord.Webhook:
        """Return what speaks for the interaction.

        Raises:
            ChatRefused: its token is dead (code 50027).
        """
        return discord.Webhook.partial(task.application_id, self.token(task), client=self.client)

    def channel(self, channel_id: int) -> discord.PartialMessageable:
        """Return a channel; nothing is asked of Discord."""
        return self.client.get_partial_messageable(channel_id)

    def card(self, task: Task) -> discord.PartialMessage:
        """Return the card as its channel knows it.

        Raises:
            ChatRefused: the channel does not know it: ephemeral, or never confirmed.
        """
        if task.by_interaction or task.card_id is None:
            raise ChatRefused(TOKEN_EXPIRED, "only the token reached this card, and it is dead")
        return self.channel(task.channel_id).get_partial_message(task.card_id)

    async def direct(self, user_id: int) -> discord.DMChannel:
        """Return the direct messages with a user, opened if need be.

        Raises:
            ChatRefused: there can be none.
            ChatUnavailable: Discord is failing.
        """
        async with talking(self.timeout):
            return await self.client.create_dm(discord.Object(user_id))


def time_of(snowflake: int) -> int:
    """Return when something got its id; epoch milliseconds."""
    return (snowflake >> 22) + _DISCORD_EPOCH


def moment(time: int) -> discord.Object:
    """Return the earliest id that a message of this time (epoch milliseconds) can have."""
    return discord.Object(max(0, time - _DISCORD_EPOCH) << 22)
