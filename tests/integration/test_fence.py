"""Requests that leave in time, or not at all."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.fence import TooLateError, fence, sent_before


@pytest.mark.parametrize("keeps", [True, False], ids=["kept connection", "new connection"])
async def test_one_that_waits_for_a_connection(keeps):
    """It was in time when it was asked for, and is too late when it gets its connection."""
    now, seen = 0, 0
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        nonlocal seen
        seen += 1
        asked.set()
        await answer.wait()
        return web.Response()

    there = web.Application()
    there.router.add_get("/", slow)
    only = aiohttp.TCPConnector(limit=1, force_close=not keeps)
    async with (
        TestServer(there) as server,
        aiohttp.ClientSession(connector=only, trace_configs=[fence(lambda: now)]) as session,
    ):
        first = asyncio.create_task(session.get(server.make_url("/")))
        await asked.wait()
        with sent_before(1):
            second = asyncio.create_task(session.get(server.make_url("/")))
        await asyncio.sleep(0)
        now = 1
        answer.set()
        (await first).release()
        with pytest.raises(TooLateError):
            await second
    assert seen == 1


async def test_one_that_is_late_already():
    """No connection is opened for it."""
    async with aiohttp.ClientSession(trace_configs=[fence(lambda: 1)]) as session:
        with sent_before(1), pytest.raises(TooLateError):
            await session.get("http://127.0.0.1:1/nobody-listens")
