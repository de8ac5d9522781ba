"""Downloading results: from public https addresses only, without our key, up to a size limit."""

import re
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from yarl import URL

from bot.errors import FetchFailed, Flaw, UnusablePicture
from bot.evolink.addresses import Network, NotPublic, PublicOnly, is_public, public_names
from bot.images.files import save_stream
from bot.proxies import Proxies, is_loopback, through

REDIRECTS = 3
#: Seconds for one picture; 100 MB at 1 MB/s.
TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=30)

#: Characters that an address may contain unescaped (RFC 3986).
_SENDABLE = re.compile(r"[!-~]+")


@asynccontextmanager
async def open_downloads(
    api_url: str, user_agent: str, proxies: Proxies, networks: Collection[Network]
) -> AsyncGenerator["Downloads"]:
    """Open the sessions, which never send our key.

    ``networks`` are allowed besides the public internet. Behind a proxy, the proxy resolves names;
    we can only check that the name isn't a private one.
    """
    headers, proxying = {"User-Agent": user_agent}, through(proxies)
    proxy_hosts = {URL(proxy).host or "" for proxy in proxies.all()}
    connector = aiohttp.TCPConnector(resolver=PublicOnly(networks, proxy_hosts))
    async with (
        aiohttp.ClientSession(
            headers=headers,
            timeout=TIMEOUT,
            connector=connector,
            middlewares=[public_names, proxying],
        ) as public,
        aiohttp.ClientSession(headers=headers, timeout=TIMEOUT, middlewares=[proxying]) as local,
    ):
        api = URL(api_url)
        here = (api.host, api.port) if is_loopback(api) else None
        yield Downloads(public, local, here, networks)


@dataclass(frozen=True, slots=True)
class Downloads:
    """Results by their links."""

    public: aiohttp.ClientSession
    local: aiohttp.ClientSession
    #: Host and port of Evolink's API if a stand-in runs there: only there, plain http and this
    #: machine are allowed.
    here: tuple[str | None, int | None] | None
    networks: Collection[Network]

    async def download(self, url: str, to: Path, *, max_bytes: int) -> int:
        """Download a picture of at most ``max_bytes`` to ``to``; return how many it has.

        It is tried once; the caller decides when to try again.

        Raises:
            UnusablePicture: the address isn't allowed, or there are too many bytes.
            FetchFailed: it failed for now; it may work later.
        """
        try:
            link = unchanged(url)
            self._session(link)
        except (NotPublic, ValueError) as error:
            raise UnusablePicture(Flaw.SOURCE) from error
        try:
            return await self._get(link, to, max_bytes)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise FetchFailed(repr(error)) from error

    async def _get(self, url: URL, to: Path, max_bytes: int) -> int:
        for _ in range(REDIRECTS + 1):
            async with self._session(url).get(url, allow_redirects=False) as response:
                if response.status in {301, 302, 303, 307, 308}:
                    url = url.join(unchanged(response.headers.get("Location", "")))
                    continue
                if response.status != 200:  # noqa: PLR2004 - anything else is no picture
                    raise FetchFailed(f"{response.status}")
                return await save_stream(response.content.iter_any(), to, max_bytes=max_bytes)
        raise FetchFailed("too many redirects")

    def _session(self, url: URL) -> aiohttp.ClientSession:
        if self.here is not None and (url.host, url.port) == self.here:
            return self.local
        if url.scheme != "https" or url.host is None or self._is_private(url.host):
            raise NotPublic(f"{url.scheme} {url.host} is not allowed")
        return self.public

    def _is_private(self, host: str) -> bool:
        """Tell whether it is a private IP address: aiohttp doesn't ask the resolver about those."""
        try:
            return not is_public(host, self.networks)
        except ValueError:
            return False


def unchanged(link: str) -> URL:
    """Return a link that is sent unchanged: some signatures cover "%2F", "%27" and "%7E".

    Raises:
        ValueError: it isn't an address.
    """
    return URL(link, encoded=_SENDABLE.fullmatch(link) is not None)
