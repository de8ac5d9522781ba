"""Requests that leave in time, or not at all."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.chat.failures import creating
from bot.clock import Clocks
from bot.deadline import DeadlinePassed, enforce_deadline, sent_before
from bot.errors import ChatUnavailable


@pytest.mark.parametrize("keeps", [True, False], ids=["kept connection", "new connection"])
async def test_one_that_waits_for_a_connection(keeps):
    """It was in time when requested, and is too late when it gets its connection."""
    now, seen = 0, 0
    clocks = Clocks(lambda: now, lambda: 0)
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
        aiohttp.ClientSession(connector=only, trace_configs=[enforce_deadline(clocks)]) as session,
    ):
        first = asyncio.create_task(session.get(server.make_url("/")))
        await asked.wait()
        with sent_before(1, clocks):
            second = asyncio.create_task(session.get(server.make_url("/")))
        await asyncio.sleep(0)
        now = 1
        answer.set()
        (await first).release()
        with pytest.raises(DeadlinePassed):
            await second
    assert seen == 1


async def test_one_that_is_late_already():
    """No connection is opened for it."""
    async with aiohttp.ClientSession(
        trace_configs=[enforce_deadline(Clocks(lambda: 1, lambda: 0))]
    ) as session:
        with sent_before(1), pytest.raises(DeadlinePassed):
            await session.get("http://127.0.0.1:1/nobody-listens")


@asynccontextmanager
async def posting(
    clocks: Clocks, connected: Callable[[], None]
) -> AsyncGenerator[tuple[aiohttp.ClientSession, URL, list[bytes]]]:
    """Yield a session, the URL, and what arrived there; ``connected`` is called before sending."""
    came = list[bytes]()

    async def there(request: web.Request) -> web.Response:
        came.append(await request.read())
        return web.Response()

    async def call(*_: object) -> None:
        connected()

    app, then = web.Application(), aiohttp.TraceConfig()
    app.router.add_post("/", there)
    then.on_connection_create_end.append(call)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(trace_configs=[enforce_deadline(clocks), then]) as session,
    ):
        yield session, server.make_url("/"), came


async def test_one_whose_process_is_suspended_before_it_is_written():
    """It got its connection in time, and is too late when its first byte would leave."""
    now = 0

    def suspended() -> None:
        nonlocal now
        now = 1

    clocks = Clocks(lambda: now, lambda: 0)
    async with posting(clocks, suspended) as (session, url, came):
        with pytest.raises(ChatUnavailable):
            async with creating(10, 1, clocks):
                await session.post(url, data=b"late")
    assert came == []


async def test_a_body_that_takes_longer():
    """A request that started in time is sent to its end."""
    now = 0

    async def body() -> AsyncGenerator[bytes]:
        nonlocal now
        yield b"in time, "
        now = 1
        yield b"to the end"

    clocks = Clocks(lambda: now, lambda: 0)
    async with posting(clocks, lambda: None) as (session, url, came), creating(10, 1, clocks):
        await session.post(url, data=body())
    assert came == [b"in time, to the end"]


HOUR = 3_600_000


@pytest.mark.parametrize(
    ("passed", "stepped", "leaves"),
    [
        (0, 0, True),
        (59, 0, True),
        (60, 0, False),
        # A lease of a minute has run out, whatever the wall clock says.
        (60, -HOUR, False),
        (59, -HOUR, True),
        # By the wall clock, another process sees the lease as expired.
        (1, HOUR, False),
    ],
)
async def test_a_clock_that_is_set_meanwhile(passed, stepped, leaves):
    """The time a request was held back counts, however the wall clock was set."""
    at = {"wall": 10 * HOUR, "steady": 5}
    clocks = Clocks(lambda: at["wall"], lambda: at["steady"])

    async def there(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_get("/", there)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(trace_configs=[enforce_deadline(clocks)]) as session,
    ):
        with sent_before(at["wall"] + 60, clocks):
            at["steady"] += passed
            at["wall"] += passed + stepped
            if leaves:
                (await session.get(server.make_url("/"))).release()
            else:
                with pytest.raises(DeadlinePassed):
                    await session.get(server.make_url("/"))


async def test_a_paused_virtual_machine_that_goes_by_another_clock():
    """Only the machine's own clock goes on meanwhile; another process may have the task by now."""
    machine = 10 * HOUR
    clocks = Clocks(lambda: 10 * HOUR, lambda: 5, machine=lambda: machine)
    async with aiohttp.ClientSession(trace_configs=[enforce_deadline(clocks)]) as session:
        with sent_before(10 * HOUR + 60, clocks):
            machine += HOUR
            with pytest.raises(DeadlinePassed):
                await session.get("http://127.0.0.1:1/nobody-listens")


async def test_a_block_within_a_block():
    """Preparations, such as opening direct messages, count towards the request's time."""
    at = {"wall": 10 * HOUR, "steady": 5}
    clocks = Clocks(lambda: at["wall"], lambda: at["steady"])
    before = at["wall"] + 60
    async with aiohttp.ClientSession(trace_configs=[enforce_deadline(clocks)]) as session:
        with sent_before(before, clocks):
            with sent_before(None):
                at["steady"] += 60
                at["wall"] -= HOUR
            with sent_before(before, clocks), pytest.raises(DeadlinePassed):
                await session.get("http://127.0.0.1:1/nobody-listens")
