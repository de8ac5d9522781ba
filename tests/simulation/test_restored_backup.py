"""A restored backup doesn't know what was done since, but nothing is posted again."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import ChatRefused, ChatUnavailable
from bot.store.backup import restore
from tests.simulation.engine import TRUE
from tests.simulation.life import Life
from tests.simulation.scenario import Press, Scenario, Typed
from tests.simulation.wire import Fault
from tests.simulation.world import World

HOUR = 60 * 60_000


REFUSED = [Fault(ChatRefused)] * 9
#: How it was posted, if not in the channel.
SCENARIOS = (
    Scenario(name="on the card", typed=(Typed(count=2),), faults={"post by channel": REFUSED}),
    Scenario(
        name="in a direct message",
        typed=(Typed(count=2),),
        faults=dict.fromkeys(("post by channel", "post by card", "post by followup"), REFUSED),
    ),
)


@pytest.mark.parametrize("state", ["running", "ready"])
@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("by_hand", [False, True])
async def test_what_was_delivered_since_the_backup(stage, tmp_path, state, hidden, by_hand) -> None:
    """It is looked for before it is posted; if nobody can look, it is kept.

    A file copied by hand can't be told from one that has simply been there.
    """
    world = World(stage, Scenario(name="restored", typed=(Typed(count=2),)))
    await _restored(world, tmp_path, state, by_hand=by_hand)
    world.discord.history_hidden = hidden
    await world.run()

    assert set(_shown(world).values()) == {2 if hidden and by_hand else 1}
    assert world.ends() == ("kept 2" if hidden and not by_hand else "delivered 2",)


@pytest.mark.parametrize("state", ["running", "ready"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
async def test_what_was_delivered_by_another_way(stage, tmp_path, state, scenario) -> None:
    """Each way is checked before it is used; by then, the card may be out of reach."""
    world = World(stage, scenario)
    await _restored(world, tmp_path, state, by_hand=False)
    await world.run()

    assert set(_shown(world).values()) == {1}
    assert world.ends()[0] in {"kept 2", "delivered 2"}


async def test_what_was_published_since_the_backup(stage, tmp_path) -> None:
    """The backup knows that it was asked for, but not that it was done."""
    published = Scenario(
        name="published",
        typed=(Typed(count=2, private=True),),
        presses=(Press(button="publish", seen="delivered"),),
        faults={"post by channel": [Fault(ChatUnavailable)]},
    )
    world = World(stage, published)
    await _restored(world, tmp_path, "waiting", by_hand=False)
    await world.run()

    assert set(_shown(world).values()) == {2}, "once for its requester, once for all"


def _shown(world: World) -> Counter[int]:
    return Counter(each for message in world.discord.messages for each in message.ever)


async def _restored(world: World, tmp_path: Path, state: str, *, by_hand: bool) -> None:
    """Deliver a task, then restore the database as it was in this state, an hour later."""
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
    if not by_hand:
        file = tmp_path / "backup.db"
        file.write_bytes(backup)
        restore(f"sqlite+aiosqlite:///{world.file.path}", file)
        # The worlds' clock is not the machine's.
        with closing(sqlite3.connect(world.file.path)) as connection, connection:
            connection.execute(
                "UPDATE fact SET value = ? WHERE key = 'restored_at'", (str(world.clock.now),)
            )
    world.clock.now += HOUR
