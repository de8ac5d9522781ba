"""A stop ends in bounded time, whatever is going on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from typing_extensions import override

import tests.simulation.world
from bot.evolink.values import Submitted
from tests.kit.patience import PATIENCE
from tests.simulation.engine import TRUE, Engine, Process
from tests.simulation.evolink import Client
from tests.simulation.life import Life
from tests.simulation.scenario import Scenario
from tests.simulation.world import WAITS, World

#: More than anybody will try.
FOR_EVER = 10**9


@asynccontextmanager
async def at_work(world: World, engine: Engine = TRUE) -> AsyncGenerator[Process]:
    """Let a process work until the block ends, which takes ten seconds at most."""
    process = world.start(Life(), engine)
    working = asyncio.create_task(world.work(process))
    try:
        async with asyncio.timeout(PATIENCE):
            yield process
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        await process.end()


async def locked(process: Process) -> None:
    """Wait until the database cannot be written."""
    while not process.files.failing:  # noqa: ASYNC110 - one turn of the loop
        await asyncio.sleep(0)


def has_its_id(world: World) -> bool:
    """Tell whether the id of the drawing is in the row, and nobody holds it."""
    (row,) = world.file.rows("SELECT remote_id, owner FROM task")
    return dict(row) == {"remote_id": "drawing-1", "owner": None}


@pytest.mark.parametrize("call", ["submit", "read", "download", "post by channel"])
async def test_a_stop_while_nothing_can_be_written(stage, monkeypatch, call) -> None:
    """Even paid facts don't hold it up for ever, and everything else doesn't at all."""
    monkeypatch.setattr(tests.simulation.world, "WAITS", replace(WAITS, stop=50, last=50))
    world = World(stage, Scenario(name="stop", locked={call: FOR_EVER}))
    async with at_work(world) as process:
        await locked(process)
        await process.worker.stop()
        assert not process.worker._under_way
        assert process.worker.durable.holding == set()


async def test_what_was_paid_for_is_waited_for(stage) -> None:
    """The database is back before time runs out."""
    world = World(stage, Scenario(name="stop", locked={"submit": 30}))
    async with at_work(world) as process:
        await locked(process)
        await process.worker.stop()
        assert has_its_id(world)


class Slow(Client):
    """Evolink answers a submission on command."""

    asked: ClassVar[asyncio.Event]
    answers: ClassVar[asyncio.Event]

    @override
    async def submit(self, *args: Any, **more: Any) -> Submitted:
        taken = await super().submit(*args, **more)
        self.asked.set()
        await self.answers.wait()
        return taken


async def test_a_paid_request_is_not_cancelled(stage, monkeypatch) -> None:
    """However long its answer takes."""
    monkeypatch.setattr(tests.simulation.world, "WAITS", replace(WAITS, stop=1))
    Slow.asked, Slow.answers = asyncio.Event(), asyncio.Event()
    world = World(stage, Scenario(name="stop"))
    async with at_work(world, replace(TRUE, client=Slow)) as process:
        await Slow.asked.wait()
        stopping = asyncio.create_task(process.worker.stop())
        # Much longer than anything else is waited for.
        await asyncio.sleep(0.05)
        Slow.answers.set()
        await stopping
        assert has_its_id(world)
