"""Checks everything the bot needs, from the database to Discord's clock.

Changes nothing at Discord or Evolink; like a normal start, it creates a missing database.
"""

import shutil
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Network, ip_address

import aiohttp
import discord
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.app import build
from bot.chat.failures import is_json
from bot.client import ImageBot, invite_link
from bot.doctor.evolink import FAKE, examine_callbacks, examine_evolink
from bot.doctor.finding import Finding
from bot.doctor.servers import examine_servers
from bot.errors import StartError
from bot.proxies import through
from bot.settings import Settings
from bot.startup import UNREADABLE, through_which
from bot.store.store import Store

#: Bytes; with less, results soon fill the disk (a 4K image has up to 50 MB).
LITTLE_SPACE = 2_000_000_000
#: Seconds; interactions must be answered within 3 s, and we tell their age by our clock.
WRONG_CLOCK = 2.0


async def examine(settings: Settings, extensions: Sequence[str]) -> AsyncIterator[Finding]:
    """Check database, disk, proxies, DNS, Evolink, callbacks, Discord, servers and clock."""
    try:
        async with build(settings, extensions, migrates=False) as app:
            yield await _database(app.store)
            if not await app.store.is_intact():
                advice = "Put a backup in its place (python -m bot restore)."
                yield Finding("The database is damaged.", advice)
            yield _disk(settings)
            if settings.storage_url is not None:
                yield Finding(f"The object store {settings.storage_url} takes files.")
            for finding in _proxies(settings):
                yield finding
            yield await _names(settings)
            async for finding in examine_evolink(app, settings):
                yield finding
            async for finding in examine_callbacks(settings):
                yield finding
            async for finding in _discord(app.bot, settings):
                yield finding
    except StartError as error:
        yield Finding(f"The bot can't start: {error.sentence}", "Fix this first.")
    for sentence in Settings.unknown():
        yield Finding(sentence, "Correct the name, or remove the line.")
    yield await _clock(settings)


async def _database(store: Store) -> Finding:
    if await store.is_earlier():
        return Finding(
            "The database opens. It is from an earlier version of the bot: the next start brings "
            "it up to date; until then, waiting tasks aren't counted."
        )
    waiting = len(await store.queue.waiting())
    return Finding(f"The database opens; {waiting} tasks are waiting.")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    sentence = f"The disk of {settings.data_dir} has {free / 1e9:.1f} GB left."
    if free >= LITTLE_SPACE:
        return Finding(sentence)
    return Finding(sentence, "Free some space, or lower RESULT_DAYS and RESULT_DISK_GB.")


def _proxies(settings: Settings) -> Iterator[Finding]:
    """Report what goes through a proxy, if one is set."""
    if not settings.proxies.all():
        return
    ways = {"Discord": settings.discord_api_url, "Evolink": settings.evolink_api_url}
    routes = [
        f"{name} is reached{through_which(settings, url) or ' directly'}"
        for name, url in ways.items()
    ]
    yield Finding(f"{' and '.join(routes)}.")


async def _names(settings: Settings, resolver: AbstractResolver | None = None) -> Finding:
    """Check whether DNS answers with real addresses, or a proxy program with made-up ones."""
    host = URL(settings.evolink_api_url).host or ""
    try:
        found = await (resolver or ThreadedResolver()).resolve(host, 443, socket.AF_INET)
    except OSError as error:
        if settings.proxies.for_url(settings.evolink_api_url):
            return Finding(f"DNS doesn't know {host}; the proxy has to.")
        return Finding(f"DNS doesn't know {host}.", "Is the network up?", (repr(error),))
    addresses = {ip_address(each["host"]) for each in found}
    if not any(address in FAKE for address in addresses):
        return Finding("DNS knows Evolink.", details=(f"{host}: {', '.join(map(str, addresses))}",))
    sentence = f"DNS answers from {FAKE}, as Clash, sing-box and Surge do."
    by_proxy = settings.proxies.for_url("https://results.example") is not None
    allowed = [each for each in settings.download_networks if isinstance(each, IPv4Network)]
    if by_proxy or any(map(FAKE.subnet_of, allowed)):
        return Finding(sentence)
    return Finding(sentence, f"Set DOWNLOAD_NETWORKS={FAKE}, or no result can be downloaded.")


async def _discord(bot: ImageBot, settings: Settings) -> AsyncIterator[Finding]:
    """Log in, then check the servers."""
    between = "Is something in between?"
    try:
        await bot.login(settings.discord_token.get_secret_value())
    except discord.LoginFailure as error:
        if isinstance(error.__cause__, discord.HTTPException) and not is_json(error.__cause__):
            yield Finding("Another program answers instead of Discord (401).", between)
            return
        yield Finding("Discord refuses the token.", "Set a new DISCORD_TOKEN.")
        return
    except UNREADABLE as error:
        yield Finding("Discord's answers make no sense.", between, (repr(error),))
        return
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        by = through_which(settings, settings.discord_api_url)
        advice = "Is the proxy up?" if by else "Is the network up? Set HTTPS_PROXY if you need one."
        yield Finding(f"Discord can't be reached{by}.", advice, (repr(error),))
        return
    yield Finding(f"Discord accepts the token; the bot is {bot.user}.", details=(invite_link(bot),))
    async for finding in examine_servers(bot, settings):
        yield finding


async def _clock(settings: Settings) -> Finding:
    """Compare our clock with the ``Date`` of Discord's answers (whole seconds)."""
    try:
        async with (
            aiohttp.ClientSession(middlewares=[through(settings.proxies)]) as session,
            session.get(f"{settings.discord_api_url}/gateway") as response,
        ):
            theirs = parsedate_to_datetime(response.headers["Date"])
    except (aiohttp.ClientError, OSError, KeyError, ValueError) as error:
        sentence = "The clock couldn't be compared with Discord's."
        return Finding(sentence, "Is the network up?", (repr(error),))
    off = abs((datetime.fromtimestamp(time.time(), UTC) - theirs).total_seconds() - 0.5)
    if off > WRONG_CLOCK:
        return Finding(f"The clock is {off:.0f} s off Discord's.", "Synchronise it (NTP).")
    return Finding("The clock agrees with Discord's.")
