"""Downloading results: from public https addresses only, without our key, up to a size."""

import re
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from bot.errors import FetchFailed, Flaw, UnusablePicture
from bot.evolink.addresses import Network, NotPublic, PublicOnly, is_public, public_names
from bot.images.files import save_stream
from bot.proxies import Proxies, is_loopback, through

REDIRECTS = 3
CHUNK = 1 << 16
#: Seconds for one picture; 100 MB at 1 MB/s.
TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=30)

#: Characters that an address may contain unescaped (RFC 3986).
_SENDABLE = re.compile(r"[!-~]+")


class Downloads:
    """Sessions that never send our key; an async context manager.

    Plain http and this machine are allowed only for the address of Evolink's API itself, where a
    stand-in runs. ``networks`` are allowed besides the public internet. Behind a proxy, the proxy
    resolves names; all that can be checked here is that the name isn't a private one.
    """

    def __init__(
        self, api_url: str, user_agent: str, proxies: Proxies, networks: Collection[Network]
    ) -> None:
        api = URL(api_url)
        self._here = (api.host, api.port) if is_loopback(api) else None
        self._headers = {"User-Agent": user_agent}
        self._proxies = proxies
        self._networks = networks
        self._public: aiohttp.ClientSession
        self._local: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        """Open the sessions."""
        lead = through(self._proxies)
        unseen = {URL(proxy).host or "" for proxy in self._proxies.all()}
        self._public = aiohttp.ClientSession(
            headers=self._headers,
            timeout=TIMEOUT,
            connector=aiohttp.TCPConnector(resolver=PublicOnly(self._networks, unseen)),
            middlewares=[public_names, lead],
        )
        self._local = aiohttp.ClientSession(
            headers=self._headers, timeout=TIMEOUT, middlewares=[lead]
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them."""
        await self._public.close()
        await self._local.close()

    async def download(self, url: str, to: Path, *, max_bytes: int) -> int:
        """Download a picture of at most ``max_bytes`` to ``to``; return how many it has.

        It is tried once; the caller decides when to try again.

        Raises:
            UnusablePicture: the address isn't allowed, or there are too many bytes.
            FetchFailed: it failed for now; it may work later.
        """
        try:
            link = as_it_came(url)
            self._session(link)
        except (NotPublic, ValueError) as error:
            raise UnusablePicture(Flaw.SOURCE) from error
        try:
            return await self._get(link, to, max_bytes)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise FetchFailed(repr(error)) from error

    async def _get(self, url: URL, to: Path, most: int) -> int:
        for _ in range(REDIRECTS + 1):
            async with self._session(url).get(url, allow_redirects=False) as response:
                if response.status in {301, 302, 303, 307, 308}:
                    url = url.join(as_it_came(response.headers.get("Location", "")))
                    continue
                if response.status != 200:  # noqa: PLR2004 - anything else is no picture
                    raise FetchFailed(f"{response.status}")
                return await save_stream(response.content.iter_chunked(CHUNK), to, max_bytes=most)
        raise FetchFailed("too many redirects")

    def _session(self, url: URL) -> aiohttp.ClientSession:
        if self._here is not None and (url.host, url.port) == self._here:
            return self._local
        if url.scheme != "https" or url.host is None or self._is_private(url.host):
            raise NotPublic(f"{url.scheme} {url.host} is not allowed")
        return self._public

    def _is_private(self, host: str) -> bool:
        """Tell whether it is a private IP address: aiohttp doesn't ask the resolver about those."""
        try:
            return not is_public(host, self._networks)
        except ValueError:
            return False


def as_it_came(link: str) -> URL:
    """Return a link that is sent unchanged: some signatures cover "%2F", "%27" and "%7E".

    Raises:
        ValueError: it isn't an address.
    """
    return URL(link, encoded=_SENDABLE.fullmatch(link) is not None)
