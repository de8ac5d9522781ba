"""HTTP_PROXY, HTTPS_PROXY and NO_PROXY, read as other programs read them."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import aiohttp
from yarl import URL

#: Whether a scheme uses HTTPS_PROXY.
_SECURE = {"https": True, "wss": True, "http": False, "ws": False}


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies of this machine."""

    http: str | None = None
    https: str | None = None
    #: Reached directly: host names with their subdomains, addresses, networks, or "*".
    direct: tuple[str, ...] = ()

    def for_url(self, url: URL | str) -> str | None:
        """Return the proxy for an address; ``None``: it is reached directly."""
        url = URL(url)
        proxy = self.https if _SECURE.get(url.scheme) else self.http
        if proxy is None or any(_meets(url, entry) for entry in self.direct):
            return None
        return proxy

    def all(self) -> list[str]:
        """Return the proxies that are set."""
        return [proxy for proxy in (self.http, self.https) if proxy is not None]


DIRECT = Proxies()


def is_loopback(url: URL | str) -> bool:
    """Tell whether an address is on this machine."""
    host = URL(url).host or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def through(proxies: Proxies) -> aiohttp.ClientMiddlewareType:
    """Return the middleware that sends each request of a session through its proxy."""

    async def send(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        proxy = proxies.for_url(request.url)
        if proxy is not None:
            request.update_proxy(URL(proxy), None, None)
        return await handler(request)

    return send


def _meets(url: URL, entry: str) -> bool:
    """Tell whether an entry of NO_PROXY matches an address, as curl reads it."""
    host = (url.host or "").lower().rstrip(".")
    name, _, port = entry.lower().rpartition(":")
    if name and port.isdecimal() and ":" not in name:
        if int(port) != url.port:
            return False
    else:
        name = entry.lower()
    try:
        return ip_address(host) in ip_network(name.strip("[]"), strict=False)
    except ValueError:
        pass
    name = name.removeprefix("*").strip(".")
    return not name or host == name or host.endswith(f".{name}")
