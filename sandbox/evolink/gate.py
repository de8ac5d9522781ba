"""Middlewares for all requests: they record refusals, and check keys and media links."""

import hmac
import re

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.clock import Clock
from sandbox.evolink.books import Books, Refusal
from sandbox.evolink.wording import FileRefused, Refused, unauthorized

#: Default agents of libraries get 403 with Cloudflare's 1010 on media links, as seen in reality.
_LIBRARY_AGENT = re.compile(r"$|Python/|python-requests/|python-httpx/|Python-urllib/|aiohttp/")
_MEDIA = ("/results/", "/files/", "/api/v1/files/download/")


def answers_refusals(books: Books, clock: Clock) -> Middleware:
    """Return the middleware that turns ``Refused`` and ``FileRefused`` into answers."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except (Refused, FileRefused) as refused:
            at = clock.now()
            books.refusals.append(
                Refusal(request.method, request.path, refused.status, str(refused.code), at)
            )
            return web.json_response(refused.body(), status=refused.status)

    return middleware


def asks_for_key(key: str) -> Middleware:
    """Return the middleware that lets only ``Authorization: Bearer key`` into the API."""
    expected = f"Bearer {key}"

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not request.path.startswith(_MEDIA) and not hmac.compare_digest(
            given.encode(), expected.encode()
        ):
            raise unauthorized()
        return await handler(request)

    return middleware


@web.middleware
async def guards_media(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse media to library agents, and to whoever sends the API key along with a signed link."""
    if request.path.startswith(_MEDIA):
        if _LIBRARY_AGENT.match(request.headers.get("User-Agent", "")):
            return web.Response(status=403, text="error code: 1010")
        if "Authorization" in request.headers:
            return web.Response(status=403, text="AccessDenied: two ways to authenticate")
    return await handler(request)
