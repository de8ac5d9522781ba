"""Web servers: Evolink's callbacks (``WEB_PORT``), metrics (``METRICS_PORT``), health at both.

Each is off without its setting.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from bot.domain.ids import RemoteId
from bot.errors import EvolinkError, StartError
from bot.evolink.lenient_json import parse
from bot.evolink.wire import id_of
from bot.refusals import NotFound
from bot.services.work.callbacks import PATH

log = structlog.get_logger()

#: Largest body in bytes; a task with 15 results has about 10 KB.
MOST_BODY = 256 * 1024
#: Seconds from the connection until the whole request must have arrived.
ARRIVAL = 10.0
#: Connections of one server whose request hasn't arrived yet; one more closes the oldest. Each
#: takes a file descriptor, of which a process may have 1,024; a proxy sends as soon as it connects.
MOST_ARRIVING = 200

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
#: Reports by name which parts work.
Ready = Callable[[], Awaitable[Mapping[str, bool]]]


@asynccontextmanager
async def serving(
    routes: Sequence[web.RouteDef], *, host: str, port: int, settings: str = "WEB"
) -> AsyncGenerator[None]:
    """Serve inside the block; ``settings``: the prefix of WEB_HOST and WEB_PORT.

    Raises:
        StartError: the port is taken, or the address isn't this machine's.
    """
    arrivals = _Arrivals()
    app = web.Application(client_max_size=MOST_BODY, middlewares=[arrivals.middleware])
    app.add_routes(routes)
    # aiohttp would keep connections refused before their body has arrived, for 10 s and uncounted.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, lingering_time=0)
    await runner.setup()
    assert runner.server is not None
    arrivals.server = runner.server
    listening: asyncio.Server | None = None
    try:
        try:
            loop = asyncio.get_running_loop()
            listening = await loop.create_server(arrivals.connected, host, port)
        except (OSError, UnicodeError) as error:
            raise _unusable(settings, host, port, error) from error
        log.info("web server", of=settings, host=host, port=port)
        yield
    finally:
        if listening is not None:
            listening.close()
        await runner.cleanup()
        arrivals.close()


def _unusable(settings: str, host: str, port: int, error: OSError | UnicodeError) -> StartError:
    if isinstance(error, UnicodeError | socket.gaierror):
        return StartError(f"{settings}_HOST: {host} isn't an address of this machine.")
    return StartError(f"{settings}_PORT: {port} can't be used at {host} ({error.strerror}).")


class _Arrivals:
    """Closes connections whose request doesn't arrive.

    aiohttp (3.14) would wait forever, and for any number of them.
    """

    def __init__(self) -> None:
        self.server: web.Server
        self._late = dict[web.RequestHandler, asyncio.TimerHandle]()

    def connected(self) -> web.RequestHandler:
        """Return the handler of a new connection."""
        loop = asyncio.get_running_loop()
        if len(self._late) >= MOST_ARRIVING:
            oldest = next(iter(self._late))
            self._late.pop(oldest).cancel()
            # Not now: aiohttp never closes it if asyncio has yet to call ``connection_made``.
            loop.call_soon(oldest.force_close)
        handler = self.server()
        self._late[handler] = loop.call_later(ARRIVAL, self._drop, handler)
        return handler

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request that has arrived in time, then close its connection."""
        try:
            await self._arrival(request)
            response = await handler(request)
        except web.HTTPException as error:
            error.force_close()
            raise
        except TimeoutError:
            response = web.Response(status=408, text="too slow")
        response.force_close()
        return response

    async def _arrival(self, request: web.Request) -> None:
        """Wait for the body; the connection is counted until then.

        Raises:
            TimeoutError: it doesn't arrive.
        """
        if (timer := self._late.get(request.protocol)) is not None:
            timer.cancel()
        try:
            async with asyncio.timeout(ARRIVAL):
                await request.read()
        finally:
            self._late.pop(request.protocol, None)

    def close(self) -> None:
        """Stop waiting for requests."""
        for timer in self._late.values():
            timer.cancel()

    def _drop(self, handler: web.RequestHandler) -> None:
        del self._late[handler]
        handler.force_close()


def health(ready: Ready) -> list[web.RouteDef]:
    """Return the routes that say that the process runs, and whether it can take work."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def readyz(_: web.Request) -> web.Response:
        parts = await ready()
        return web.json_response(dict(parts), status=200 if all(parts.values()) else 503)

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]


def metrics(scraped: Callable[[], Awaitable[bytes]]) -> web.RouteDef:
    """Return the route of the metrics."""

    async def scrape(_: web.Request) -> web.Response:
        # https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=await scraped(), headers=headers)

    return web.get("/metrics", scrape)


def callback(heard: Callable[[str, RemoteId], Awaitable[None]]) -> web.RouteDef:
    """Return the route that Evolink calls; ``heard`` takes the rest of the path, and an id."""

    async def called(request: web.Request) -> web.Response:
        remote_id = id_of(parse(await request.read()))
        if remote_id is None:
            return web.Response(status=400, text="no task's id")
        try:
            await heard(request.match_info["name"], remote_id)
        except NotFound:
            return web.Response(status=404, text="no such path")
        except EvolinkError as error:
            # Evolink repeats a callback that isn't answered with 2xx.
            log.info("a callback could not be looked into", error=repr(error))
            return web.Response(status=503, text="later")
        return web.Response(text="ok")

    return web.post(f"{PATH}{{name}}", called)
