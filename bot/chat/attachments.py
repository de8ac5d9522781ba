"""Downloading what a user attached, from Discord's hosts alone."""

import asyncio
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import stamina
from yarl import URL

from bot.chat.discord_api import DiscordApi
from bot.domain.cdn import HOSTS
from bot.domain.reference import Reference
from bot.errors import FetchFailed, Flaw, UnusablePicture
from bot.images.files import save_stream

#: Discord's proxy of pictures that embeds and components show from elsewhere.
PROXIES = frozenset({"images-ext-1.discordapp.net", "images-ext-2.discordapp.net"})
ATTEMPTS = 3

_CHUNK = 64 * 1024
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


async def fetch(link: DiscordApi, reference: Reference, to: Path, most: int) -> int:
    """Download a reference, at most ``most`` bytes; return its bytes.

    Raises:
        UnusablePicture: it never will be there.
        FetchFailed: it may be later.
    """
    url = address(reference.url, link.api_url, HOSTS | PROXIES)
    async for attempt in stamina.retry_context(
        on=_may_come, attempts=ATTEMPTS, wait_initial=0.2, wait_max=2.0, wait_jitter=0.2
    ):
        with attempt:
            return await _download(link, url, to, most)
    raise AssertionError  # the last attempt returns or raises


def address(text: str, api_url: str, hosts: frozenset[str]) -> URL:
    """Return the address if it is at one of Discord's; of a stand-in on this machine, its own.

    Raises:
        UnusablePicture: it is elsewhere (``SOURCE``).
    """
    api = URL(api_url)
    allowed = {URL.build(scheme="https", host=host) for host in hosts}
    if _is_loopback(api):
        allowed.add(api.origin())
    try:
        url = URL(text)
        if url.origin() in allowed:
            return url
    except ValueError:
        pass  # not an address at all
    raise UnusablePicture(Flaw.SOURCE)


def _is_loopback(url: URL) -> bool:
    try:
        return ip_address(url.host or "").is_loopback
    except ValueError:
        return url.host == "localhost"


async def _download(link: DiscordApi, url: URL, to: Path, most: int) -> int:
    try:
        async with (
            asyncio.timeout(link.timeout),
            # A redirect would lead past the list of hosts.
            link.session.get(url, allow_redirects=False) as response,
        ):
            _check(response)
            return await save_stream(response.content.iter_chunked(_CHUNK), to, most=most)
    except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
        raise FetchFailed from error


def _check(answer: aiohttp.ClientResponse) -> None:
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise UnusablePicture(Flaw.SOURCE)
    # Discord's own word on a file is a line of plain text; a page is a proxy's.
    passing = answer.status in _PASSING or answer.content_type == "text/html"
    if passing or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise FetchFailed
    if answer.status != HTTPStatus.OK:
        raise UnusablePicture(Flaw.GONE)


def _may_come(error: Exception) -> bool:
    return isinstance(error, FetchFailed) and not isinstance(error, UnusablePicture)
