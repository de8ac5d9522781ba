"""From stored ids and tokens to discord.py's objects."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
import discord

from bot.chat.failures import TOKEN_DEAD, TOKEN_EXPIRED, requesting
from bot.clock import Clocks
from bot.domain.ids import ChannelId, UserId
from bot.domain.task import Task
from bot.errors import ChatRefused

T = TypeVar("T")

#: Discord's name for an interaction's first answer. discord.py wants an int, but only formats it.
ORIGINAL: Any = "@original"
#: Milliseconds for which an interaction's token is valid:
#: https://docs.discord.com/developers/interactions/receiving-and-responding
TOKEN_LIFE = 15 * 60 * 1000

#: Expired tokens to remember. Using a forgotten one again costs one refused request.
_EXPIRED_KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordApi:
    """What requests to Discord need."""

    client: discord.Client
    session: aiohttp.ClientSession
    clocks: Clocks
    #: Seconds for one request, including discord.py's retries.
    timeout: float
    #: Including ``/api/v10``.
    api_url: str
    #: Interactions whose tokens Discord has refused as expired, oldest first.
    _expired: dict[int, None] = field(default_factory=dict[int, None])
    #: Endpoints that Discord says don't exist.
    missing: set[str] = field(default_factory=set[str])

    def token(self, task: Task) -> str:
        """Return the interaction's token.

        Raises:
            ChatRefused: it has expired (code 50027): we erased it or Discord refused it, or the
                task came from a message and never had one. Its age doesn't count, since our clock
                may be wrong.
        """
        if not task.token or task.interaction_id in self._expired:
            raise ChatRefused(TOKEN_EXPIRED, "the interaction's token has expired")
        return task.token

    def webhook(self, task: Task) -> discord.Webhook:
        """Return the interaction's webhook.

        Raises:
            ChatRefused: the token has expired (code 50027).
        """
        webhook = discord.Webhook.partial(task.application_id, self.token(task), client=self.client)
        # ``partial`` (2.7) makes a channel's webhook, which can't send ephemeral messages, and
        # drops the client's proxy.
        webhook.type, webhook.proxy = discord.WebhookType.application, self.client.http.proxy
        return webhook

    @asynccontextmanager
    async def by_token(
        self, task: Task, before: int | None = None
    ) -> AsyncGenerator[discord.Webhook]:
        """Send requests with the interaction's token, as ``requesting`` does.

        An expired token is not used again: after 10,000 such refusals within ten minutes, Discord
        blocks this machine for a while (https://docs.discord.com/developers/topics/rate-limits).

        Raises:
            ChatRefused: the token has expired (code 50027), or as ``requesting``.
            ChatUnavailable: as ``requesting``.
        """
        webhook = self.webhook(task)
        try:
            async with requesting(self.timeout, before, self.clocks):
                yield webhook
        except ChatRefused as error:
            if error.code == TOKEN_EXPIRED:
                self._expired[task.interaction_id] = None
                if len(self._expired) > _EXPIRED_KEPT:
                    del self._expired[next(iter(self._expired))]
            raise

    def channel(self, channel_id: ChannelId) -> discord.PartialMessageable:
        """Return a channel, without a request."""
        return self.client.get_partial_messageable(channel_id)

    def card(self, task: Task) -> discord.PartialMessage:
        """Return the card as a message of its channel, without a request.

        Raises:
            ChatRefused: the channel doesn't have it: it is ephemeral, or was never confirmed.
        """
        if task.by_interaction or task.card_id is None:
            raise ChatRefused(
                TOKEN_EXPIRED, "only its token could reach this card, and it has expired"
            )
        return self.channel(task.channel_id).get_partial_message(task.card_id)

    async def reach_card(
        self,
        task: Task,
        by_token: Callable[[discord.Webhook], Awaitable[T]],
        by_channel: Callable[[discord.PartialMessage], Awaitable[T]],
        before: int | None = None,
    ) -> T:
        """Make a request about the card: by token or, once that has expired, through the channel.

        Raises:
            ChatRefused: as ``by_token``, ``card`` and ``requesting``.
            ChatUnavailable: as ``requesting``.
        """
        try:
            async with self.by_token(task, before) as webhook:
                return await by_token(webhook)
        except ChatRefused as error:
            if error.code not in TOKEN_DEAD:
                raise
        message = self.card(task)
        async with requesting(self.timeout, before, self.clocks):
            return await by_channel(message)

    async def direct_messages(self, user_id: UserId) -> discord.DMChannel:
        """Return the direct messages with a user, opening them if necessary.

        Raises:
            ChatRefused: the user can't be messaged.
            ChatUnavailable: Discord is failing.
        """
        async with requesting(self.timeout):
            return await self.client.create_dm(discord.Object(user_id))
