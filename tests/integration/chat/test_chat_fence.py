"""Requests that leave in time, or not at all."""

import asyncio

import aiohttp
import pytest

from bot.fence import TooLateError, fence, sent_before


@pytest.mark.parametrize("keeps", [True, False], ids=["kept connection", "new connection"])
async def test_one_that_waits_for_a_connection(stage, keeps):
    """It was in time when it was asked for, and is too late when it gets its connection."""
    now = 0
    url = f"{stage.server.api_url}/gateway"
    slow = stage.fails("GET", "/gateway", times=1, delay=0.2)
    only = aiohttp.TCPConnector(limit=1, force_close=not keeps)
    async with aiohttp.ClientSession(connector=only, trace_configs=[fence(lambda: now)]) as session:
        first = asyncio.create_task(session.get(url))
        await asyncio.sleep(0.1)
        with sent_before(1):
            second = asyncio.create_task(session.get(url))
        await asyncio.sleep(0)
        now = 1
        (await first).release()
        with pytest.raises(TooLateError):
            await second
    assert slow.met == len(stage.server.books.to("GET", "/gateway")) == 1


async def test_one_that_is_late_already():
    """No connection is opened for it."""
    async with aiohttp.ClientSession(trace_configs=[fence(lambda: 1)]) as session:
        with sent_before(1), pytest.raises(TooLateError):
            await session.get("http://127.0.0.1:1/nobody-listens")
