"""Startup checks: each problem is one sentence and an exit code, or a wait.

Where Discord says how long to wait, the bot waits: exiting would have the init system restart it at
once, and Discord extends the block of clients that come back too early.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import discord
import structlog
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.utils import MISSING
from yarl import URL

from bot.chat.failures import is_json
from bot.errors import EvolinkError, KeyRefused, StartError
from bot.evolink.client import Evolink
from bot.host_limits import HostBlocked, retry_after
from bot.settings import DISCORD_API_URL, Settings

log = structlog.get_logger()

T = TypeVar("T")

#: The longest wait in seconds, whatever Discord asks for.
LONGEST = 24 * 60 * 60.0
#: EX_UNAVAILABLE of sysexits.h: may work later with the same settings.
LATER = 69

BAD_TOKEN = "Discord refuses DISCORD_TOKEN. Reset it on the application's Bot page, and copy it."  # noqa: S105 - a sentence
#: What discord.py raises for an answer it doesn't expect, such as a page with status 200.
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError)
#: https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway
_CLOSED = {
    4004: StartError(BAD_TOKEN),
    4014: StartError("Discord refuses the bot's intents, though it needs no privileged ones."),
}


async def ask(what: Callable[[], Awaitable[T]], where: str) -> T:
    """Ask Discord, waiting as long as it says; ``where`` names it in a sentence.

    Raises:
        StartError: it refuses, fails, or can't be reached or understood.
    """
    while True:
        try:
            return await what()
        except (discord.LoginFailure, discord.GatewayNotFound, discord.HTTPException) as error:
            wait = _wait(error, where)
        except discord.RateLimited as error:
            wait = error.retry_after
        except HostBlocked as error:
            wait = error.seconds
        except (aiohttp.ClientError, OSError) as error:
            raise StartError(f"{where} can't be reached; is the network up?", LATER) from error
        except UNREADABLE as error:
            raise StartError(
                f"{where} gives unexpected answers; is something in between?", LATER
            ) from error
        await _sleep(wait, f"{where} asks the bot to wait")


def _wait(error: discord.DiscordException, where: str) -> float:
    """Return the seconds Discord asks us to wait.

    Raises:
        StartError: it doesn't say.
    """
    refusal = error if isinstance(error, discord.HTTPException) else error.__cause__
    assert isinstance(refusal, discord.HTTPException)
    # Only a 401 in Discord's own JSON is about the token; a proxy's page may say 401 too.
    if isinstance(error, discord.LoginFailure) and is_json(refusal):
        raise StartError(BAD_TOKEN) from error
    wait = retry_after(refusal.response.headers)
    if wait is None:
        said = f" {refusal.text}" if is_json(refusal) and refusal.text else ""
        raise StartError(
            f"{where} refuses the bot for now ({refusal.status}{said}). Start it again later.",
            LATER,
        ) from error
    return wait


async def log_in(client: discord.Client, token: str, where: str) -> None:
    """Log in.

    Raises:
        StartError: Discord can't be reached, or refuses the token or the bot.
    """

    async def login() -> None:
        try:
            await client.login(token)
        except (discord.HTTPException, HostBlocked):
            # discord.py (2.7) opens a session per attempt and closes none.
            await client.http.close()
            client.http.connector = MISSING
            raise

    await ask(login, where)


async def connect(client: discord.AutoShardedClient, gateway: URL | None, where: str) -> None:
    """Stay connected to the gateway; ``gateway=None`` uses the one that Discord names.

    Raises:
        StartError: Discord refuses the bot.
    """
    url = await ask(lambda: _gateway(client), where)
    # discord.py (2.7) has no argument for it; as it knows the number of shards, it uses this one.
    DiscordWebSocket.DEFAULT_GATEWAY = gateway or url
    try:
        await client.connect()
    except discord.PrivilegedIntentsRequired as error:
        raise _CLOSED[4014] from error
    except discord.ConnectionClosed as error:
        refused = StartError(f"Discord's gateway refuses the bot (code {error.code}).", LATER)
        raise _CLOSED.get(error.code, refused) from error


async def _gateway(client: discord.AutoShardedClient) -> URL:
    """Return the gateway's address, once Discord allows as many sessions as there are shards."""
    answer: Mapping[str, Any] = await client.http.request(Route("GET", "/gateway/bot"))
    url = URL(answer["url"])
    if not url.host:
        raise ValueError("an address without a host")
    if client.shard_ids is None:
        client.shard_count = int(answer.get("shards", 1))
    assert client.shard_count is not None
    await wait_for_starts(answer, len(client.shard_ids or range(client.shard_count)))
    return url


async def wait_for_starts(answer: Mapping[str, Any], shards: int = 1) -> None:
    """Wait until Discord allows new sessions, if none are left today.

    Discord resets the token of bots that carry on
    (https://docs.discord.com/developers/events/gateway#session-start-limit-object).
    """
    limit: dict[str, int] = answer.get("session_start_limit") or {}
    if limit.get("remaining", shards) < min(shards, limit.get("total", shards)):
        await _sleep(limit.get("reset_after", 0) / 1000, "Discord allows no new session until")


async def _sleep(seconds: float, why: str) -> None:
    wait = min(max(seconds, 1.0), LONGEST)
    until = datetime.now(UTC) + timedelta(seconds=wait)
    log.warning(why, until=until.isoformat(timespec="seconds"), seconds=round(wait))
    await asyncio.sleep(wait)


async def check_evolink(evolink: Evolink, settings: Settings) -> None:
    """Log what a day can cost and how many credits are left.

    Raises:
        StartError: Evolink refuses the key.
    """
    cap, price = settings.cap_images_total, settings.image_price
    if cap:
        said = "a day can cost at most, unless a cap was set by command"
        log.info(said, images=cap, usd=cap * price)
    else:
        said = "a day's cost has no limit, unless a cap was set by command"
        log.warning(said, usd_per_image=price)
    try:
        left = await evolink.credits()
    except KeyRefused as error:
        raise StartError("Evolink refuses EVOLINK_API_KEY. Make a key in its dashboard.") from error
    except EvolinkError as error:
        # No reason not to start: tasks wait until it is back.
        log.warning("evolink does not answer", error=repr(error))
    else:
        log.info("evolink's credits left", credits="unlimited" if left is None else left)


def discord_named(settings: Settings) -> str:
    """Return Discord's name for a sentence about reaching it."""
    default = settings.discord_api_url == DISCORD_API_URL
    name = "Discord" if default else f"Discord (DISCORD_API_URL={settings.discord_api_url})"
    return name + through_which(settings, settings.discord_api_url)


def through_which(settings: Settings, url: str) -> str:
    """Return " through the proxy …" if an address is reached by one; without its password."""
    proxy = settings.proxies.for_url(url)
    if proxy is None:
        return ""
    address = URL(proxy)
    return f" through the proxy {address.host}:{address.port}"
