"""Downloads of attached pictures, only from Discord's hosts."""

import asyncio
from http import HTTPStatus
from pathlib import Path

import aiohttp
import stamina
from yarl import URL

from bot.chat.discord_api import DiscordApi
from bot.domain.cdn import HOSTS
from bot.domain.reference import Reference
from bot.errors import FetchFailed, Flaw, UnusablePicture
from bot.images.files import save_stream
from bot.proxies import is_loopback

#: Discord's proxy for pictures on other sites, as embeds and components show them.
PROXIES = frozenset({"images-ext-1.discordapp.net", "images-ext-2.discordapp.net"})
ATTEMPTS = 3

_CHUNK = 64 * 1024
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
    """Parse an address on one of the hosts, or on the API's if that is this machine.

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


async def _download(api: DiscordApi, url: URL, to: Path, max_bytes: int) -> int:
    try:
        async with (
            asyncio.timeout(api.timeout),
            # A redirect could leave the allowed hosts.
            api.session.get(url, allow_redirects=False) as response,
        ):
            _check(response)
            return await save_stream(response.content.iter_chunked(_CHUNK), to, max_bytes=max_bytes)
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
