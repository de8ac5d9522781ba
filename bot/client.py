"""The discord.py client."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from typing import Any

import aiohttp
import discord
from discord.ext import commands
from discord.http import HTTPClient, Route
from typing_extensions import override

from bot.chat.clock_check import ClockCheck
from bot.chat.failures import FAILURES
from bot.chat.limits import watch_limits
from bot.clock import SYSTEM, Clocks
from bot.deadline import enforce_deadline
from bot.domain.ids import ServerId
from bot.host_limits import HostLimits
from bot.interactions.forms import Forms
from bot.interactions.handover import handle_once
from bot.interactions.parse_errors import survive_parse_errors
from bot.interactions.permissions import NEEDED
from bot.interactions.tree import Tree
from bot.measures import NOTHING, Measures
from bot.proxies import DIRECT, Proxies
from bot.roles import Shards
from bot.startup import wait_for_starts
from bot.store.peers import ALONE, Peers
from bot.ui.commands import CommandTexts
from bot.wiring.front import Services


class ImageBot(commands.AutoShardedBot):
    """The client. It keeps no state of its own: everything is in the store."""

    services: Services

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        *,
        extensions: Sequence[str],
        host_limits: HostLimits,
        user_install: bool = False,
        mentions: bool = False,
        proxies: Proxies = DIRECT,
        clocks: Clocks = SYSTEM,
        shards: Shards | None = None,
        measures: Measures = NOTHING,
        peers: Peers = ALONE,
    ) -> None:
        self.measures = measures
        self._peers = peers
        #: Compares our clock with Discord's.
        self.clock_check = ClockCheck(clocks)
        some: dict[str, Any] = {}
        if shards is not None:
            some = {"shard_ids": list(shards.ids), "shard_count": shards.count}
        trace = watch_limits(host_limits.watch(measures.watch("discord", enforce_deadline(clocks))))
        super().__init__(
            http_trace=self.clock_check.watch(trace),
            **some,
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            # No privileged intents: the bot lists no members, and reads only messages that mention
            # it.
            intents=discord.Intents(guilds=True, guild_messages=mentions),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=discord.app_commands.AppInstallationType(
                guild=True, user=user_install
            ),
            allowed_contexts=discord.app_commands.AppCommandContext(
                guild=True, dm_channel=user_install, private_channel=user_install
            ),
        )
        _use_proxies(self.http, proxies)
        survive_parse_errors(self._connection.parsers, self.http)
        handle_once(self._connection.parsers, peers)
        self._to_load = extensions
        #: Who may pause the bot: the application's owner, or its team.
        self.operators = frozenset[int]()
        #: Where the operator has commands of their own; ``None``: nowhere.
        self.operator_server: ServerId | None = None
        #: The forms that cogs answer, as they do dynamic items.
        self.forms = Forms()
        self.add_listener(self.forms.on_interaction)

    @override
    async def on_message(self, message: discord.Message, /) -> None:
        """Don't treat messages as commands, as ``commands.Bot`` would."""

    async def on_ready(self) -> None:
        """Tell the process that had these shards before, if there is any."""
        self._peers.place.connected()

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait while Discord allows no more sessions."""
        await super().before_identify_hook(shard_id, initial=initial)
        if not initial:
            with suppress(*FAILURES):
                await wait_for_starts(await self.http.request(Route("GET", "/gateway/bot")))

    @override
    async def setup_hook(self) -> None:
        """Note who the operators are, and load the commands."""
        info = self.application
        assert info is not None
        self.operators = operators_of(info)
        await self.tree.set_translator(CommandTexts())
        for extension in self._to_load:
            await self.load_extension(extension)
            # Importing all of them in one go would block the event loop for 90 ms.
            await asyncio.sleep(0)


def operators_of(info: discord.AppInfo) -> frozenset[int]:
    """Return the application's owner, or those of its team who may change the application.

    Members who are only invited, or may only read, are not among them:
    https://docs.discord.com/developers/topics/teams#team-member-roles
    """
    if info.team is None:
        return frozenset((info.owner.id,))
    return frozenset(
        member.id
        for member in info.team.members
        if member.membership_state is discord.TeamMembershipState.accepted
        and member.role is not discord.TeamMemberRole.read_only
    )


def _use_proxies(http: HTTPClient, proxies: Proxies) -> None:
    """Set the proxies: discord.py (2.7) knows only one, for REST and gateway alike."""
    http.proxy = proxies.for_url(Route.BASE)

    async def ws_connect(url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        # The copy shares the session but has a proxy of its own.
        gateway = copy(http)
        gateway.proxy = proxies.for_url(url)
        return await HTTPClient.ws_connect(gateway, url, compress=compress)

    http.ws_connect = ws_connect


def invite_link(bot: discord.Client) -> str:
    """Return the link that adds the bot to a server with the permissions it needs."""
    assert bot.application_id is not None
    scopes = ("bot", "applications.commands")
    return discord.utils.oauth_url(bot.application_id, permissions=NEEDED, scopes=scopes)


def services_of(interaction: discord.Interaction) -> Services:
    """Return the services; for dynamic items, which discord.py rebuilds for each press."""
    assert isinstance(interaction.client, ImageBot)
    return interaction.client.services
