"""Faults on demand: the requests that a rule matches go wrong on the real connection."""

import asyncio
import json
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Fault:
    """One rule: which requests it matches, and what happens to them."""

    #: A regular expression that the method must match in full.
    method: str = ".*"
    #: A regular expression to search for in the path.
    path: str = ""
    #: What else must be true of a request, for example of its body.
    about: Callable[[web.Request], Awaitable[bool]] | None = None
    #: How many more requests it affects; ``None``: all.
    times: int | None = None
    #: The chance that a matching request is affected.
    probability: float = 1.0
    #: The answer's status; ``None``: the request goes through (after the delay).
    status: int | None = None
    #: The answer's body as sent; ``None``: an HTML page, as proxies and Cloudflare send.
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    #: Seconds, in real time, before anything happens.
    delay: float = 0.0
    #: Nothing happens before the other side has given up waiting and closed its connection.
    outlasts: bool = False
    #: Cut the connection instead of answering.
    drop: bool = False
    #: Let the request take effect first, then lose or replace its answer.
    apply_then_fail: bool = False
    #: Real seconds between that and the answer, so that a callback can come first.
    answers_after: float = 0.0
    #: Called for each request that it affects, when it fails: before the request takes effect, or
    #: after it with ``apply_then_fail``.
    then: Callable[[], None] | None = None
    #: How many requests it has affected.
    met: int = 0


def told(status: int, body: object, **headers: str) -> dict[str, Any]:
    """Return the arguments that make a ``Fault`` answer in JSON.

    Marked as Discord's own proxy marks it: without that, discord.py does not wait after a 429.
    """
    marks = {"Content-Type": "application/json", "Via": "1.1 google"}
    return {"status": status, "body": json.dumps(body).encode(), "headers": marks | headers}


def limited(seconds: float) -> dict[str, Any]:
    """Return the arguments of a Discord rate limit, after which discord.py retries by itself."""
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    return told(429, body)


def front(status: int, retry_after: str = "") -> dict[str, Any]:
    """Return the arguments of a proxy's page, for example Cloudflare's 1015."""
    return {"status": status, "headers": {"Retry-After": retry_after} if retry_after else {}}


class Faults:
    """The rules in force, first match wins, as an aiohttp middleware."""

    def __init__(self, seed: int | None = None) -> None:
        self.rules: list[Fault] = []
        self._chance = random.Random(seed)

        # A bound method can't be a middleware itself: aiohttp marks the function with an attribute.
        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._meet(request, handler)

        self.middleware = middleware

    def add(self, fault: Fault) -> Fault:
        """Add a rule after the existing ones."""
        self.rules.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Remove one rule, if it is still in force."""
        self.rules = [rule for rule in self.rules if rule is not fault]

    def clear(self) -> None:
        """Remove every rule."""
        self.rules.clear()

    async def _meeting(self, request: web.Request) -> Fault | None:
        for fault in list(self.rules):
            if (
                re.fullmatch(fault.method, request.method)
                and re.search(fault.path, request.path)
                and (fault.about is None or await fault.about(request))
                and fault.times != 0
                and self._chance.random() < fault.probability
            ):
                fault.times = None if fault.times is None else fault.times - 1
                fault.met += 1
                return fault
        return None

    async def _meet(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = await self._meeting(request)
        if fault is None:
            return await handler(request)
        await asyncio.sleep(fault.delay)
        if fault.outlasts:
            await _closed(request)
        fails = fault.drop or fault.status is not None
        if fails and fault.apply_then_fail:
            await handler(request)
            await asyncio.sleep(fault.answers_after)
        if fault.then is not None:
            fault.then()
        if not fails:
            return await handler(request)
        if fault.drop or fault.status is None:
            _cut(request)
        return _answer(fault.status, fault)


async def _closed(request: web.Request) -> None:
    """Wait until the client has closed the connection, which is noticed once the body is read."""
    await request.read()
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - no event
        await asyncio.sleep(0.01)


def _answer(status: int, fault: Fault) -> web.Response:
    if fault.body is not None:
        return web.Response(status=status, body=fault.body, headers=fault.headers)
    page = f"<!doctype html><title>{status}</title><h1>{status}</h1><hr>front"
    headers = {"Content-Type": "text/html; charset=UTF-8", "Server": "front", **fault.headers}
    return web.Response(status=status, body=page.encode(), headers=headers)


def _cut(request: web.Request) -> NoReturn:
    """Reset the connection under the request."""
    transport = request.transport
    if transport is not None:
        transport.abort()
    raise ConnectionResetError
