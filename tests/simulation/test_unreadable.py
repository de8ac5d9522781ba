"""A row that cannot be read: the others are served, and the operator hears of it once."""

import sqlite3
from contextlib import closing

from typing_extensions import override

from tests.simulation.engine import TRUE, Process
from tests.simulation.life import Life
from tests.simulation.scenario import BOB, EVE, Scenario, Typed
from tests.simulation.world import World


class Damaged(World):
    """Somebody damages the first task's row by hand."""

    @override
    async def _look(self, process: Process) -> None:
        with closing(sqlite3.connect(self.file.path)) as connection, connection:
            connection.execute("UPDATE task SET request = '{' WHERE id = 1")


async def test_everybody_else_is_served(stage) -> None:
    """Even with a single place for all, and however often the row is read."""
    typed = (Typed(), Typed(user=BOB), Typed(user=EVE))
    world = Damaged(stage, Scenario(name="unreadable", typed=typed, max_running=1))
    process = world.start(Life(), TRUE)
    try:
        await world.work(process)
        for _ in range(3):
            world.clock.now += 86_400_000
            await world.rest(process)
    finally:
        await process.end()

    assert world.ends() == ("queued None", "delivered 1", "delivered 1")
    (told,) = world.discord.alerts
    assert told.startswith("Task 1 can't be read")
