"""Attached pictures: downloads, only from Discord's hosts, and fresh links."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import discord
import stamina
import structlog
from discord.http import Route
from yarl import URL

from bot.chat.discord_api import DiscordApi
from bot.chat.failures import is_json, requesting
from bot.domain.cdn import HOSTS
from bot.domain.reference import Reference
from bot.errors import ChatUnavailable, FetchFailed, Flaw, UnusablePicture
from bot.images.files import save_stream
from bot.proxies import is_loopback

log = structlog.get_logger()

#: Discord's proxy for pictures on other sites, as embeds and components show them.
PROXIES = frozenset({"images-ext-1.discordapp.net", "images-ext-2.discordapp.net"})
ATTEMPTS = 3

_REFRESH = "/attachments/refresh-urls"
_RETRYABLE = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


async def fetch(api: DiscordApi, reference: Reference, to: Path, max_bytes: int) -> int:
    """Download a reference of at most ``max_bytes`` bytes; return its size.

    Raises:
        UnusablePicture: it can't be downloaded, now or later.
        FetchFailed: it may work later.
    """
    url = address(reference.url, api.api_url, HOSTS | PROXIES)
    async for attempt in stamina.retry_context(
        on=_is_temporary, attempts=ATTEMPTS, wait_initial=0.2, wait_max=2.0, wait_jitter=0.2
    ):
        with attempt:
            return await _download(api, url, to, max_bytes)
    raise AssertionError  # the last attempt returns or raises


def address(text: str, api_url: str, hosts: frozenset[str]) -> URL:
    """Parse an address on one of the hosts, or on the API's host if that is this machine.

    Raises:
        UnusablePicture: it is anywhere else (``SOURCE``).
    """
    api = URL(api_url)
    allowed = {URL.build(scheme="https", host=host) for host in hosts}
    if is_loopback(api):
        allowed.add(api.origin())
    try:
        url = URL(text)
        if url.origin() in allowed:
            return url
    except ValueError:
        pass  # not a URL
    raise UnusablePicture(Flaw.SOURCE)


async def refresh_url(api: DiscordApi, url: str) -> str | None:
    """Return a link to the same file that is valid for a day; ``None``: there is none.

    The file may still be gone, which only the download shows. This is the request that Discord's
    clients use. It isn't documented for bots, but they have used it since links began to expire:
    https://github.com/esmBot/esmBot/issues/461. Once Discord says that it doesn't exist, we don't
    send it again.

    Raises:
        ChatRefused: Discord refuses this link.
        ChatUnavailable: Discord is failing.
    """
    if _REFRESH in api.missing or not _is_file(api, url):
        return None
    async with requesting(api.timeout):
        try:
            answer: Any = await api.client.http.request(
                Route("POST", _REFRESH), json={"attachment_urls": [url]}
            )
        except discord.NotFound as error:
            if not is_json(error):
                # Not from Discord, but from a proxy in front of it.
                raise ChatUnavailable from error
            api.missing.add(_REFRESH)
            log.warning("discord no longer refreshes links; expired ones are given up")
            return None
    match answer:
        case {"refreshed_urls": [{"refreshed": str(signed)}]} if _is_file(api, signed):
            return signed
        case _:
            return None


def _is_file(api: DiscordApi, url: str) -> bool:
    try:
        path = address(url, api.api_url, HOSTS).path
    except UnusablePicture:
        return False
    return path.startswith(("/attachments/", "/ephemeral-attachments/"))


async def _download(api: DiscordApi, url: URL, to: Path, max_bytes: int) -> int:
    try:
        async with (
            asyncio.timeout(api.timeout),
            # A redirect could leave the allowed hosts.
            api.session.get(url, allow_redirects=False) as response,
        ):
            _check(response)
            return await save_stream(response.content.iter_any(), to, max_bytes=max_bytes)
    except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
        raise FetchFailed from error


def _check(answer: aiohttp.ClientResponse) -> None:
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise UnusablePicture(Flaw.SOURCE)
    # Discord's own errors for files are plain text; an HTML page comes from a proxy.
    temporary = answer.status in _RETRYABLE or answer.content_type == "text/html"
    if temporary or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise FetchFailed
    if answer.status != HTTPStatus.OK:
        raise UnusablePicture(Flaw.GONE)


def _is_temporary(error: Exception) -> bool:
    return isinstance(error, FetchFailed) and not isinstance(error, UnusablePicture)
