"""A bare HTTP server on this machine: no routes, no middlewares, no checks."""

import json
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

#: A JSON object.
Json = dict[str, Any]
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def free_port() -> int:
    """Return a port that is free at the moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """Serves one handler on a free port of 127.0.0.1."""

    def __init__(self, handler: Handler) -> None:
        self._runner = web.ServerRunner(web.Server(handler, access_log=None))
        self.port = 0

    async def start(self) -> None:
        """Listen."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=4096).start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening, and drop every connection."""
        await self._runner.cleanup()


class Calls(Counter[str]):
    """How often each kind of call was made."""

    def since(self, before: "Calls") -> "Calls":
        """Return the calls made since a copy was taken."""
        return Calls({kind: number - before[kind] for kind, number in self.items()})


def dumps(value: object) -> str:
    """Return compact JSON."""
    return json.dumps(value, separators=(",", ":"))


def answer(value: object, headers: dict[str, str] | None = None) -> web.Response:
    """Return a JSON response; discord.py parses only exactly ``application/json`` as JSON."""
    return web.Response(
        body=dumps(value).encode(), content_type="application/json", headers=headers
    )


async def body_of(request: web.BaseRequest) -> bytes:
    """Return the whole body; aiohttp's own ``read`` stops at one megabyte."""
    return await request.content.read()
