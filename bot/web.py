"""The web server: ``/healthz``, ``/readyz`` and Evolink's callbacks. Off without ``WEB_PORT``."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import cast

import structlog
from aiohttp import web

from bot.errors import EvolinkError, NotFound, StartError
from bot.services.callbacks import PATH, Callbacks

log = structlog.get_logger()

#: Bytes of a body: a task with 15 results has some 10 KB.
MOST_BODY = 256 * 1024
#: Characters of an id of Evolink's; those seen have 40.
LONGEST_ID = 200

#: Says of each part that must work whether it does.
Ready = Callable[[], Awaitable[Mapping[str, bool]]]


@asynccontextmanager
async def serving(
    callbacks: Callbacks,
    ready: Ready,
    nudge: Callable[[], None],
    *,
    host: str,
    port: int,
) -> AsyncGenerator[None]:
    """Serve while the block lasts; ``nudge`` tells the worker that something is due.

    Raises:
        StartError: the port is taken.
    """
    runner = web.AppRunner(_app(callbacks, ready, nudge), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise StartError(f"WEB_PORT: {port} cannot be used ({error.strerror}).") from error
        log.info("web server", host=host, port=port)
        yield
    finally:
        await runner.cleanup()


def _app(callbacks: Callbacks, ready: Ready, nudge: Callable[[], None]) -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def readyz(_: web.Request) -> web.Response:
        parts = await ready()
        return web.json_response(dict(parts), status=200 if all(parts.values()) else 503)

    async def called(request: web.Request) -> web.Response:
        remote_id = _id_of(await request.read())
        if remote_id is None:
            return web.Response(status=400, text="no task's id")
        try:
            await callbacks.heard(request.match_info["name"], remote_id)
        except NotFound:
            return web.Response(status=404, text="no such path")
        except EvolinkError as error:
            # Evolink repeats what is not answered with 2xx.
            log.info("a callback could not be looked into", error=repr(error))
            return web.Response(status=503, text="later")
        nudge()
        return web.Response(text="ok")

    app = web.Application(client_max_size=MOST_BODY)
    app.add_routes(
        [
            web.get("/healthz", healthz),
            web.get("/readyz", readyz),
            web.post(f"{PATH}{{name}}", called),
        ]
    )
    return app


def _id_of(body: bytes) -> str | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = cast("dict[str, object]", told).get("id") if isinstance(told, dict) else None
    return found if isinstance(found, str) and 0 < len(found) <= LONGEST_ID else None
