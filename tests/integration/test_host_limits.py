"""Hosts that block us are left alone until the block is over."""

from contextlib import suppress

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.host_limits import DEFAULT_WAIT, LONGEST, HostBlocked, HostLimits

JSON = {"Content-Type": "application/json"}
PAGE = {"Content-Type": "text/html; charset=UTF-8"}


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "7"}, 7),
        (429, {"Retry-After": "1e9"}, LONGEST),
        (429, {"Retry-After": "-5"}, 0),
        (429, {"Retry-After": "nan"}, DEFAULT_WAIT),
        (429, {"Retry-After": "Thu, 01 Jan 2099 00:00:00 GMT"}, LONGEST),
        (429, {}, DEFAULT_WAIT),
        (403, {"Retry-After": "7"}, 7),
        (403, {}, 0),
        (404, {"Retry-After": "7"}, 0),
        (503, {"Retry-After": "7"}, 0),
        # The service's own words, which are handled elsewhere.
        (429, {"Retry-After": "7"} | JSON, 0),
        (429, {"Retry-After": "7", "Content-Type": "application/json; charset=utf-8"}, 0),
    ],
)
async def test_who_shuts_us_out_for_how_long(status, headers, seconds):
    """The host is asked again exactly when that time is over; others are asked meanwhile."""
    now, seen = 1000.0, 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal seen
        seen += 1
        return web.Response(status=status, headers=PAGE | headers)

    apps = web.Application(), web.Application()
    for app in apps:
        app.router.add_get("/{tail:.*}", answer)
    server, elsewhere = map(TestServer, apps)
    host_limits = HostLimits(lambda: now)
    async with (
        server,
        elsewhere,
        aiohttp.ClientSession(trace_configs=[host_limits.watch()]) as session,
    ):

        async def asks(server: TestServer, path: str) -> bool:
            before = seen
            with suppress(HostBlocked):
                (await session.get(server.make_url(path))).release()
            return seen > before

        assert await asks(server, "/one")
        assert host_limits.blocked_seconds(server.make_url("/")) == pytest.approx(seconds)
        assert await asks(server, "/two") is (seconds == 0)
        assert await asks(elsewhere, "/one")
        now += 0.9 * seconds
        assert await asks(server, "/two") is (seconds == 0)
        now += 0.2 * seconds
        assert await asks(server, "/two")
