"""How Discord is reached: from ids and tokens to what discord.py can ask with."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
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

#: Dead tokens that are remembered: a refusal more does no harm, but Discord counts them.
_DEAD_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class DiscordApi:
    """What is needed to talk to Discord."""

    client: discord.Client
    session: aiohttp.ClientSession
    #: Epoch milliseconds.
    clock: Callable[[], int]
    #: Seconds for one request, the library's repetitions included.
    timeout: float
    #: Up to and with ``/api/v10``.
    api_url: str
    #: Interactions whose tokens Discord has called dead, oldest first.
    _dead: dict[int, None] = field(default_factory=dict[int, None])

    def token(self, task: Task) -> str:
        """Return the interaction's token while it lives.

        Raises:
            ChatRefused: it is dead (code 50027): erased, or called so by Discord before. By our
                clock nobody can tell.
        """
        if task.token is None or task.interaction_id in self._dead:
            raise ChatRefused(TOKEN_EXPIRED, "the interaction's token is dead")
        return task.token

    def webhook(self, task: Task) -> discord.Webhook:
        """Return what speaks for the interaction.

        Raises:
            ChatRefused: its token is dead (code 50027).
        """
        webhook = discord.Webhook.partial(task.application_id, self.token(task), client=self.client)
        # ``partial`` (2.7) makes a channel's webhook, which nothing is ephemeral of, and drops the
        # client's proxy.
        webhook.type, webhook.proxy = discord.WebhookType.application, self.client.http.proxy
        return webhook

    @asynccontextmanager
    async def by_token(
        self, task: Task, before: int | None = None
    ) -> AsyncGenerator[discord.Webhook]:
        """Ask something by the interaction's token, as ``talking`` has it.

        A token that Discord calls dead is not tried again: 10,000 refusals of this kind within ten
        minutes, and Discord takes nothing more from this machine for a while
        (https://docs.discord.com/developers/topics/rate-limits).

        Raises:
            ChatRefused: its token is dead (code 50027), or as ``talking``.
            ChatUnavailable: as ``talking``.
        """
        webhook = self.webhook(task)
        try:
            async with talking(self.timeout, before):
                yield webhook
        except ChatRefused as error:
            if error.code == TOKEN_EXPIRED:
                self._dead[task.interaction_id] = None
                if len(self._dead) > _DEAD_KNOWN:
                    del self._dead[next(iter(self._dead))]
            raise

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
