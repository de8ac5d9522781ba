"""A forward proxy, as HTTP_PROXY and HTTPS_PROXY name one: absolute addresses, and CONNECT."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from yarl import URL


@dataclass
class Proxy:
    """A proxy, and what it was asked for."""

    #: With user and password in it, if it wants them.
    url: str = ""
    #: "METHOD host:port" of each connection.
    asked: list[str] = field(default_factory=list[str])
    #: The status with which it refuses everything; 0: it doesn't.
    refuses: int = 0
    #: Addresses of names that no DNS knows.
    hosts: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])


@asynccontextmanager
async def proxy(login: str = "") -> AsyncGenerator[Proxy]:
    """Run one on loopback; ``login`` is "user:password", or empty."""
    it = Proxy()
    server = await asyncio.start_server(lambda r, w: _serve(it, login, r, w), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    it.url = f"http://{login + '@' if login else ''}127.0.0.1:{port}"
    try:
        yield it
    finally:
        server.close()


async def _serve(
    it: Proxy, login: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        url = URL(f"http://{target}" if method == "CONNECT" else target)
        it.asked.append(f"{method} {url.host}:{url.port}")
        wanted = f"Proxy-Authorization: Basic {b64encode(login.encode()).decode()}".lower()
        status = it.refuses or (407 if login and wanted not in head.decode().lower() else 0)
        if status:
            writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
        else:
            host, port = it.hosts.get(url.host or "", (url.host, url.port))
            there, here = await asyncio.open_connection(host, port)
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                here.write(head)
            await asyncio.gather(_pipe(reader, here), _pipe(there, writer))
    writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
