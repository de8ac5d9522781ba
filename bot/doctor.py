"""``python -m bot doctor``: checks everything the bot needs, and says what to do.

Changes nothing at Discord or Evolink; the database is migrated as at a normal start.
"""

import shutil
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Network, ip_address

import aiohttp
import discord
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver
from typing_extensions import override
from yarl import URL

from bot.app import App, build
from bot.chat.failures import is_json
from bot.client import invite_link
from bot.errors import EvolinkError, KeyRefused, StartError
from bot.interactions.permissions import NEEDED
from bot.proxies import through
from bot.settings import Settings
from bot.startup import UNREADABLE, through_which

#: Bytes; with less, results soon fill the disk (a 4K image has up to 50 MB).
LITTLE_SPACE = 2_000_000_000
#: The network from which proxy programs answer every DNS query (reserved by RFC 2544).
FAKE = IPv4Network("198.18.0.0/15")
#: Seconds; interactions must be answered within 3 s, and we tell their age by our clock.
WRONG_CLOCK = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What was checked, and what to do about it; ``advice`` is empty if all is well."""

    subject: str
    text: str
    advice: str = ""

    @override
    def __str__(self) -> str:
        """One line for the terminal."""
        mark = "ok " if not self.advice else "BAD"
        return f"{mark}  {self.subject}: {self.text}" + (f" → {self.advice}" if self.advice else "")


async def examine(settings: Settings, extensions: Sequence[str]) -> AsyncIterator[Finding]:
    """Check database, disk, proxies, DNS, Evolink, Discord, servers and clock, in this order."""
    try:
        async with build(settings, extensions) as app:
            yield Finding(
                "database", f"opens, {len(await app.store.queue.waiting())} tasks waiting"
            )
            if not await app.store.is_intact():
                advice = "put a backup in its place (python -m bot restore)"
                yield Finding("database", "is damaged", advice)
            yield _disk(settings)
            for finding in _proxies(settings):
                yield finding
            yield await _names(settings)
            yield await _evolink(app)
            async for finding in _discord(app, settings):
                yield finding
    except StartError as error:
        yield Finding("start", error.sentence, "fix this first")
    for sentence in Settings.unknown():
        yield Finding("settings", sentence, "correct the name, or remove the line")
    yield await _clock(settings)


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    told = f"{free / 1e9:.1f} GB free at {settings.data_dir}"
    if free >= LITTLE_SPACE:
        return Finding("disk", told)
    return Finding("disk", told, "free some space, or lower RESULT_DAYS and RESULT_DISK_GB")


def _proxies(settings: Settings) -> Iterator[Finding]:
    """Report what goes through a proxy, if one is set."""
    if not settings.proxies.all():
        return
    ways = {"Discord": settings.discord_api_url, "Evolink": settings.evolink_api_url}
    told = [f"{name}{through_which(settings, url) or ' directly'}" for name, url in ways.items()]
    yield Finding("proxy", ", ".join(told))


async def _names(settings: Settings, resolver: AbstractResolver | None = None) -> Finding:
    """Check whether DNS answers with real addresses, or a proxy program with made-up ones."""
    host = URL(settings.evolink_api_url).host or ""
    try:
        found = await (resolver or ThreadedResolver()).resolve(host, 443, socket.AF_INET)
    except OSError as error:
        if settings.proxies.of(settings.evolink_api_url):
            return Finding("DNS", f"can't resolve {host}; the proxy has to")
        return Finding("DNS", f"can't resolve {host} ({error})", "is the network up?")
    addresses = {ip_address(each["host"]) for each in found}
    if not any(address in FAKE for address in addresses):
        return Finding("DNS", "resolves names")
    told = f"answers from {FAKE}, as Clash, sing-box and Surge do"
    by_proxy = settings.proxies.of("https://results.example") is not None
    allowed = [each for each in settings.download_networks if isinstance(each, IPv4Network)]
    if by_proxy or any(map(FAKE.subnet_of, allowed)):
        return Finding("DNS", told)
    return Finding("DNS", told, f"set DOWNLOAD_NETWORKS={FAKE}, or no result can be downloaded")


async def _evolink(app: App) -> Finding:
    try:
        credits_left = await app.evolink.credits()
    except KeyRefused:
        return Finding("Evolink", "refuses the key", "set a new EVOLINK_API_KEY")
    except EvolinkError as error:
        return Finding("Evolink", f"doesn't answer ({error!r})", "try again later")
    if credits_left is None:
        return Finding("Evolink", "the key works, unlimited credits")
    if credits_left <= 0:
        return Finding("Evolink", "no credits left", "top the account up")
    return Finding("Evolink", f"the key works, {credits_left:g} credits left")


async def _discord(app: App, settings: Settings) -> AsyncIterator[Finding]:
    bot = app.bot
    try:
        await bot.login(settings.discord_token.get_secret_value())
    except discord.LoginFailure as error:
        if isinstance(error.__cause__, discord.HTTPException) and not is_json(error.__cause__):
            yield Finding("Discord", "another program answers (401)", "is something in between?")
            return
        yield Finding("Discord", "refuses the token", "set a new DISCORD_TOKEN")
        return
    except UNREADABLE as error:
        yield Finding(
            "Discord", f"gives unexpected answers ({error!r})", "is something in between?"
        )
        return
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        by = through_which(settings, settings.discord_api_url)
        advice = "is the proxy up?" if by else "is the network up? Set HTTPS_PROXY if you need one"
        yield Finding("Discord", f"can't be reached{by} ({error!r})", advice)
        return
    yield Finding("Discord", f"the token works, the bot is {bot.user}")
    servers = [guild async for guild in bot.fetch_guilds()]
    if not servers:
        yield Finding("servers", "none", f"invite the bot: {invite_link(bot)}")
    for server in servers:
        yield await _server(bot, server.id)


async def _server(bot: discord.Client, guild_id: int) -> Finding:
    assert bot.user is not None
    guild = await bot.fetch_guild(guild_id)
    me = await guild.fetch_member(bot.user.id)
    missing = [
        name for name, needed in NEEDED if needed and not getattr(me.guild_permissions, name)
    ]
    subject = f"server {guild.name}"
    if missing:
        return Finding(subject, f"is missing {', '.join(missing)}", "grant them to the bot's role")
    return Finding(subject, "all permissions (a channel may still deny some)")


async def _clock(settings: Settings) -> Finding:
    """Compare our clock with the ``Date`` of Discord's answers (whole seconds)."""
    try:
        async with (
            aiohttp.ClientSession(middlewares=[through(settings.proxies)]) as session,
            session.get(f"{settings.discord_api_url}/gateway") as response,
        ):
            theirs = parsedate_to_datetime(response.headers["Date"])
    except (aiohttp.ClientError, OSError, KeyError, ValueError) as error:
        return Finding("clock", f"couldn't be compared ({error!r})", "is the network up?")
    off = abs((datetime.fromtimestamp(time.time(), UTC) - theirs).total_seconds() - 0.5)
    if off > WRONG_CLOCK:
        return Finding("clock", f"{off:.0f} s off Discord's", "synchronise it (NTP)")
    return Finding("clock", "agrees with Discord's")
