"""The record: every request of the bot, every message ever, every rule broken."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord.messages import Message
from sandbox.discord.wire import Json

#: The key under which routes leave a request's parsed body.
BODY = web.RequestKey("body", Json)


@dataclass(frozen=True)
class Request:
    """One request of the bot."""

    method: str
    path: str
    #: The answer's status; ``None`` if the connection was cut instead.
    status: int | None
    #: The JSON (or ``payload_json``) that was sent; file names under ``_files``.
    body: Json | list[Json] | None
    #: Seconds since 1970.
    at: float


@dataclass
class Books:
    """The sandbox's memory."""

    clock: Clock
    requests: list[Request] = field(default_factory=list[Request])
    #: Fetches from the CDN.
    downloads: list[Request] = field(default_factory=list[Request])
    messages: list[Message] = field(default_factory=list[Message])
    #: What the bot sent that Discord's document or rules do not allow.
    violations: list[str] = field(default_factory=list[str])

    def forget(self) -> None:
        """Forget everything."""
        for book in (self.requests, self.downloads, self.messages, self.violations):
            book.clear()

    async def write(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Record a request and its answer. This is the outermost middleware."""
        at = self.clock.now()
        status: int | None = None
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            book = {"api": self.requests}.get(request.path.split("/")[1], self.downloads)
            if request.path != "/gateway":
                body = request.get(BODY)
                book.append(Request(request.method, request.path, status, body, at))
        return response

    def to(self, method: str, path: str) -> list[Request]:
        """Return the requests with this method whose path contains ``path``."""
        return [r for r in self.requests if r.method == method and path in r.path]
