"""A backup that is put back knows nothing of what was done since: nothing is posted again."""

from collections import Counter

import pytest

from simulation.engine import TRUE
from simulation.life import Life
from simulation.scenarios import Scenario, Typed
from simulation.world import World

HOUR = 60 * 60_000


@pytest.mark.parametrize("state", ["running", "ready"])
@pytest.mark.parametrize("hidden", [False, True])
async def test_what_was_delivered_since_the_backup(stage, state, hidden) -> None:
    """It is looked for before it is posted; where nobody can look, it is posted all the same."""
    world = World(stage, Scenario(name="restored", typed=(Typed(count=2),)))
    process = world.start(Life(), TRUE)
    backup = None
    save = process.worker.store.tasks.save

    async def saved(task, kind, **values):
        nonlocal backup
        present = await save(task, kind, **values)
        if kind == state:
            backup = world.file.path.read_bytes()
        return present

    object.__setattr__(process.worker.store.tasks, "save", saved)
    await world.work(process)
    await process.end()
    assert world.ends() == ("delivered 2",)
    assert backup is not None
    world.file.overwrite(backup)
    world.clock.now += HOUR
    world.discord.history_hidden = hidden
    process = world.start(Life(), TRUE)
    try:
        await world.work(process)
    finally:
        await process.end()

    assert world.ends() == ("delivered 2",)
    shown = Counter(each for message in world.discord.messages for each in message.ever)
    assert set(shown.values()) == {2 if hidden else 1}
