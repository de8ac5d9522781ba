"""Downloading results: from public https addresses only, without our key, capped."""

from collections.abc import Collection
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import stamina
from yarl import URL

from bot.errors import FetchFailed, Flaw, PictureGone
from bot.evolink.addresses import Network, NotPublic, PublicOnly, is_public, public_names
from bot.images.files import save_stream
from bot.proxies import Proxies, through

REDIRECTS = 3
TRIES = 3
CHUNK = 1 << 16
#: Seconds for one picture; 100 MB at 1 MB/s.
TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=30)


class Downloads:
    """A session without our key. On loopback, http is taken where Evolink's API itself is there.

    ``networks`` may be downloaded from besides the public internet. What a proxy leads to, it
    resolves; all that can be seen to here is that the name is no inner one.
    """

    def __init__(
        self, api_url: str, user_agent: str, proxies: Proxies, networks: Collection[Network]
    ) -> None:
        api = URL(api_url)
        self._here = (api.host, api.port) if _is_loopback(api) else None
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

    async def download(self, url: str, to: Path, *, most: int) -> int:
        """Download a picture to ``to``, at most ``most`` bytes; return its bytes.

        Raises:
            PictureGone: it is gone, too large, or lies where we don't look.
            FetchFailed: it could not be downloaded now.
        """
        try:
            async for attempt in stamina.retry_context(
                on=_may_work_again, attempts=TRIES, wait_initial=0.1, wait_max=1.0, timeout=None
            ):
                with attempt:
                    return await self._get(URL(url), to, most)
        except NotPublic as error:
            raise PictureGone(Flaw.SOURCE) from error
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            # aiohttp wraps what a resolver raises.
            if isinstance(error.__cause__, NotPublic):
                raise PictureGone(Flaw.SOURCE) from error
            raise FetchFailed(repr(error)) from error
        raise AssertionError

    async def _get(self, url: URL, to: Path, most: int) -> int:
        for _ in range(REDIRECTS + 1):
            async with self._session(url).get(url, allow_redirects=False) as response:
                if response.status in {301, 302, 303, 307, 308}:
                    url = url.join(URL(response.headers.get("Location", "")))
                    continue
                if response.status in {404, 410} or await _has_expired(response):
                    raise PictureGone
                if response.status != 200:  # noqa: PLR2004 - anything else is no picture
                    raise FetchFailed(f"{response.status}")
                return await save_stream(response.content.iter_chunked(CHUNK), to, most=most)
        raise PictureGone(Flaw.SOURCE)

    def _session(self, url: URL) -> aiohttp.ClientSession:
        if self._here is not None and (url.host, url.port) == self._here:
            return self._local
        if url.scheme != "https" or url.host is None:
            raise PictureGone(Flaw.SOURCE)
        try:
            # aiohttp asks no resolver about a literal address.
            public = is_public(url.host, self._networks)
        except ValueError:
            public = True
        if not public:
            raise PictureGone(Flaw.SOURCE)
        return self._public


async def _has_expired(response: aiohttp.ClientResponse) -> bool:
    """Tell an expired link from a host that dislikes us: both are 403, only one is for ever."""
    if response.status != 403:  # noqa: PLR2004 - how storage services answer expired links
        return False
    return b"expired" in (await response.content.read(CHUNK)).lower()


def _may_work_again(error: Exception) -> bool:
    if isinstance(error, PictureGone | NotPublic) or isinstance(error.__cause__, NotPublic):
        return False
    return isinstance(error, FetchFailed | aiohttp.ClientError | OSError | TimeoutError)


def _is_loopback(url: URL) -> bool:
    try:
        return ip_address(url.host or "").is_loopback
    except ValueError:
        return url.host == "localhost"
