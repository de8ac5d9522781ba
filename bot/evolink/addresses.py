"""Which addresses results may be downloaded from: only those on the public internet."""

import socket
from collections.abc import Collection
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from typing_extensions import override

Network = IPv4Network | IPv6Network

#: RFC 6052: the last four bytes are an IPv4 address, perhaps a private one.
_NAT64 = IPv6Network("64:ff9b::/96")
#: RFC 4291 (2.5.5.1): IPv4-compatible addresses, which are no longer routed. RFC 8215: NAT64
#: within one's own network. RFC 3879: site-local addresses, once used by private networks.
_INSIDE = (IPv6Network("::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("fec0::/10"))
_INNER = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


class NotPublic(OSError):
    """The address is not on the public internet."""


class PublicOnly(AbstractResolver):
    """Resolves names to public addresses only, whatever a link or a redirect says.

    aiohttp connects to the addresses that this returns, so DNS rebinding can't get around it.
    ``allowed`` are further networks (DOWNLOAD_NETWORKS); ``proxies`` are the hosts of proxies,
    which may have private addresses.
    """

    def __init__(self, allowed: Collection[Network] = (), proxies: Collection[str] = ()) -> None:
        self._system = ThreadedResolver()
        self._allowed = allowed
        self._proxies = proxies

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve a name.

        Raises:
            NotPublic: one of its addresses is private.
        """
        found = await self._system.resolve(host, port, family)
        if host in self._proxies:
            return found
        if not all(is_public(address["host"], self._allowed) for address in found):
            raise NotPublic(f"{host} is not public")
        return found

    @override
    async def close(self) -> None:
        """Do nothing: the system's resolver needs no closing."""


async def public_names(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Refuse names that exist only in a private network: a proxy there would resolve them.

    Raises:
        NotPublic: the name is one of RFC 6761, RFC 6762 or RFC 8375, or has no dot.
    """
    host = (request.url.host or "").rstrip(".").lower()
    if ("." not in host and ":" not in host) or host.endswith(_INNER):
        raise NotPublic(f"{host} is not public")
    return await handler(request)


def is_public(address: str, allowed: Collection[Network] = ()) -> bool:
    """Tell whether an IP address is on the public internet, or in an allowed network.

    An IPv6 address that contains an IPv4 address (mapped, 6to4, NAT64) is as public as that one;
    Python 3.11 calls some of these global whatever they contain.
    """
    ip = ip_address(address)
    if any(ip in network for network in allowed):
        return True
    if isinstance(ip, IPv6Address):
        if any(ip in network for network in _INSIDE):
            return False
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner), allowed)
    return ip.is_global and not ip.is_multicast
