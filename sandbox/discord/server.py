"""The stand-in's HTTP server on this machine."""

import json
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from pathlib import Path
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.clock import Clock
from sandbox.discord import errors
from sandbox.discord.behaviour import Behaviour
from sandbox.discord.books import Books
from sandbox.discord.commands import Commands
from sandbox.discord.gateway import Gateway
from sandbox.discord.messages import Message
from sandbox.discord.openapi import OpenApi
from sandbox.discord.platform import Platform
from sandbox.discord.ratelimit import RateLimits
from sandbox.discord.rest_about import AboutRoutes
from sandbox.discord.rest_attachments import AttachmentRoutes
from sandbox.discord.rest_callbacks import CallbackRoutes
from sandbox.discord.rest_channels import ChannelRoutes
from sandbox.discord.rest_commands import CommandRoutes
from sandbox.discord.rest_webhooks import WebhookRoutes
from sandbox.discord.wire import answer
from sandbox.discord.world import World
from sandbox.faults import Faults

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_API = "/api/v10"
#: Real seconds by which Discord's clock is ahead of this machine's, so that mixing them up fails.
AHEAD = 100.0
#: Routes with the token in the path instead of in a header.
_BY_TOKEN = (f"{_API}/interactions/", f"{_API}/webhooks/")


class Discord:
    """Discord on loopback: start it, point a bot at it, look at what people see."""

    def __init__(
        self,
        clock: Clock | None = None,
        faults: Faults | None = None,
        token: str = "sandbox-token",  # noqa: S107  (opens nothing but this stand-in)
        openapi: Path | str | None = None,
    ) -> None:
        self.clock = clock or Clock(offset=AHEAD)
        self.faults = faults or Faults()
        self.token = token
        self.books = Books(self.clock)
        self.platform = Platform(
            self.clock, token, OpenApi(openapi, self.books.violations), self.books
        )
        self.url = ""
        self._runner: web.AppRunner | None = None

    @property
    def world(self) -> World:
        """The servers, channels and people."""
        return self.platform.world

    @property
    def gateway(self) -> Gateway:
        """The gateway: its sessions and its faults."""
        return self.platform.gateway

    @property
    def behaviour(self) -> Behaviour:
        """Limits and durations, which may be changed at any time."""
        return self.platform.behaviour

    @property
    def commands(self) -> Commands:
        """What the bot registered."""
        return self.platform.commands

    @property
    def api_url(self) -> str:
        """What the bot takes as ``DISCORD_API_URL``."""
        return self.url + _API

    @property
    def gateway_url(self) -> str:
        """What the bot takes as ``DISCORD_GATEWAY_URL``."""
        return self.url.replace("http", "ws", 1) + "/gateway"

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 is any free one."""
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.gateway.url = self.gateway_url
        self.platform.cdn.base = self.url

    async def close(self) -> None:
        """Stop, and delete every file."""
        await self.gateway.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        self.platform.cdn.close()

    async def wait_for(
        self,
        wanted: Callable[[Message], bool],
        timeout: float = 10.0,  # noqa: ASYNC109  (callers name their deadline)
    ) -> Message:
        """Return the first message, past or to come, for which ``wanted`` is true.

        It is called with every message so far, then with each that appears, changes or goes. After
        ``timeout`` real seconds it fails with a description of all messages.
        """
        found = [message for message in self.books.messages if wanted(message)]
        stop = self.platform.watch(lambda m: found.append(m) if wanted(m) else None)
        try:
            await self.until(lambda: bool(found), timeout)
        finally:
            stop()
        return found[0]

    async def until(self, look: Callable[[], T | None], timeout: float = 10.0) -> T:  # noqa: ASYNC109  (callers name their deadline)
        """Return the first truthy result of ``look``, which is called at every change."""
        try:
            return await self.platform.pulse.until(look, timeout)
        except TimeoutError:
            raise AssertionError(f"not within {timeout} s. There is:\n{self.picture()}") from None

    def picture(self) -> str:
        """Describe the last twenty messages and requests."""
        messages = [message.picture() for message in self.books.messages[-20:]]
        requests = [f"{r.method} {r.path} → {r.status}" for r in self.books.requests[-20:]]
        return "\n".join(["messages:", *messages, "requests:", *requests, *self.books.violations])

    def _app(self) -> web.Application:
        limits = RateLimits(self.clock, self.platform.behaviour)
        app = web.Application(
            middlewares=[
                _middleware(self.books.write),
                self.faults.middleware,
                _middleware(self._mark),
                _middleware(self._twist),
                _middleware(self._answer),
                _middleware(limits.limit),
            ],
            client_max_size=self.platform.behaviour.request_bytes,
        )
        api = web.Application()
        for routes in (
            AboutRoutes(self.platform),
            CommandRoutes(self.platform),
            CallbackRoutes(self.platform),
            WebhookRoutes(self.platform),
            ChannelRoutes(self.platform),
            AttachmentRoutes(self.platform),
        ):
            api.add_routes(routes.routes())
        app.add_subapp(_API, api)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        for folder in ("attachments", "ephemeral-attachments"):
            app.router.add_get(f"/{folder}/{{tail:.+}}", self.platform.cdn.serve)
        return app

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check the bot's token; answer refusals and unknown routes as Discord does."""
        if not request.path.startswith(_API):
            return await handler(request)
        try:
            if not request.path.startswith(_BY_TOKEN):
                self._authorize(request)
            return await handler(request)
        except errors.Refusal as refusal:
            if refusal.code == 50035:
                self.books.violations.append(f"{request.method} {request.path}: {refusal}")
            return refusal.response()
        except web.HTTPException as error:
            self.books.violations.append(f"{request.method} {request.path}: {error.status}")
            return errors.Refusal(error.status, 0, f"{error.status}: {error.reason}").response()

    async def _twist(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Make an answer odd, if a test says so."""
        response = await handler(request)
        twist = self.behaviour.twist
        if twist is None or not isinstance(response, web.Response) or response.status != 200:
            return response
        if response.content_type != "application/json" or not isinstance(response.body, bytes):
            return response
        twisted = twist(request, json.loads(response.body))
        if not isinstance(twisted, bytes):
            return answer(twisted)
        kind = "text/html" if twisted.startswith(b"<") else "application/json"
        return web.Response(body=twisted, content_type=kind)

    async def _mark(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Add the header of Discord's proxy, without which discord.py does not retry a 429."""
        response = await handler(request)
        if not response.prepared:
            response.headers["Via"] = "1.1 google"
            response.headers["Date"] = formatdate(self.clock.now(), usegmt=True)
        return response

    def _authorize(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise errors.unauthorized()


def _middleware(
    handle: Callable[[web.Request, Handler], Awaitable[web.StreamResponse]],
) -> Middleware:
    """Return ``handle`` as a middleware: aiohttp sets an attribute, which bound methods refuse."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await handle(request, handler)

    return middleware
