"""Our client, and servers on loopback that answer as a test wants."""

import asyncio
import json
from contextlib import asynccontextmanager

from aiohttp import web

from bot.clock import Clocks
from bot.domain.request import Request
from bot.evolink.client import Evolink
from bot.proxies import DIRECT, Proxies

FOX = Request.parse("a fox")
MODEL = FOX.model.name
KEY = "imagine-test-key-1"
#: Error pages of proxies, in place of Evolink's answers.
PAGE = b"<html>nginx"


def client(
    url: str,
    *,
    timeout: float = 5,
    now: int = 0,
    key: str = "sandbox-key",
    proxies: Proxies = DIRECT,
) -> Evolink:
    """Return our client for the server there."""
    return Evolink(
        api_url=url,
        files_url=url,
        key=key,
        timeout=timeout,
        clocks=Clocks(lambda: now, lambda: now),
        proxies=proxies,
    )


def peer_of(request: web.Request) -> object:
    """Return the address of the client's end, which differs between connections."""
    assert request.transport is not None
    return request.transport.get_extra_info("peername")


@asynccontextmanager
async def answering(handler):
    """Serve everything with one handler; yield its address and the requests it saw."""
    seen = []

    async def serve(request: web.Request) -> web.StreamResponse:
        seen.append((request.method, request.path, peer_of(request)))
        return await handler(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    finally:
        await runner.cleanup()


def always(status: int = 200, body: object = b"", **headers: str):
    """Answer the same to all."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def handler(_):
        return web.Response(status=status, body=raw, headers=headers)

    # For the case's name in a table.
    handler.__name__ = "-".join([str(status), raw.decode()[:60], *headers.values()])
    return handler


def told(code, message="why"):
    """Return Evolink's error body."""
    return {"error": {"code": code, "message": message, "type": "x"}}


async def cut(request):
    """Reset the connection instead of answering."""
    request.transport.abort()
    return web.Response()


async def silent(_):
    """Take the request, and say nothing."""
    await asyncio.sleep(5)
    return web.Response()
