"""The page's server on loopback: its files, its socket, what is uploaded, and the pictures."""

import asyncio
import json
from pathlib import Path

from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

from sandbox.discord.wire import Json, dumps
from sandbox.page.drawer import Drawer
from sandbox.page.session import Session, listen
from sandbox.page.uploads import Uploads
from sandbox.stand_ins import StandIns

STATIC = Path(__file__).parent / "static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' blob:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class Page:
    """The page on ``http://127.0.0.1:PORT``, for any number of tabs."""

    def __init__(self, stand_ins: StandIns) -> None:
        self.url = ""
        self._stand_ins = stand_ins
        self._uploads = Uploads(stand_ins.discord.platform.cdn)
        self._drawer = Drawer(stand_ins)
        self._dismissed: set[int] = set()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 is any free one.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application(middlewares=[_guarded])
        app.router.add_get("/", self._index)
        app.router.add_get("/live", self._live)
        app.router.add_post("/uploads", self._uploads.receive)
        app.router.add_get("/attachments/{tail:.+}", self._file)
        app.router.add_get("/ephemeral-attachments/{tail:.+}", self._file)
        app.router.add_static("/static", STATIC)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = self._stand_ins.discord.platform.cdn.find(request.path)
        if file is None:
            raise web.HTTPNotFound
        # Show what somebody uploaded, but never let the browser run it.
        kind = file.content_type or ""
        shown = kind.startswith(("image/", "video/", "audio/")) and kind != "image/svg+xml"
        headers = {
            "Content-Type": kind if shown else "application/octet-stream",
            "Cache-Control": "private, max-age=86400, immutable",
        }
        return web.FileResponse(file.path, headers=headers)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Serve one tab, until it is closed."""
        ws = web.WebSocketResponse(heartbeat=30)
        await ws.prepare(request)
        outgoing: asyncio.Queue[Json] = asyncio.Queue()
        session = Session(
            self._stand_ins, self._uploads, self._drawer, self._dismissed, outgoing.put_nowait
        )
        working = {
            asyncio.create_task(_write(ws, outgoing)),
            asyncio.create_task(session.report()),
        }
        try:
            async for frame in ws:
                if frame.type is WSMsgType.TEXT:
                    task = listen(session, json.loads(frame.data), outgoing.put_nowait)
                    working.add(task)
                    task.add_done_callback(working.discard)
        finally:
            session.close()
            for task in working:
                task.cancel()
        return ws


async def _write(ws: web.WebSocketResponse, outgoing: asyncio.Queue[Json]) -> None:
    while True:
        await ws.send_str(dumps(await outgoing.get()))


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Serve only this page: other sites must not reach the server through the browser.

    The host is checked because of DNS rebinding, the origin because WebSockets have no
    same-origin rule.
    """
    host = request.host.rpartition(":")[0]
    origin = request.headers.get("Origin", f"http://{request.host}")
    if host not in {"127.0.0.1", "localhost"} or origin != f"http://{request.host}":
        raise web.HTTPForbidden
    response = await handler(request)
    if not response.prepared:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-cache")
    return response
