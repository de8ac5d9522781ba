"""The database's part of the operator's numbers."""

from bot.domain.ids import TaskId
from bot.domain.state import State
from bot.store.totals import OpenTasks
from tests.integration.store_kit import NOW, accept


async def test_open_tasks(store) -> None:
    """By state, with the oldest queued one; ended tasks aren't read."""
    assert await store.totals.open_tasks() == OpenTasks({}, None)
    for at in (NOW, NOW + 1, NOW + 2):
        await accept(store, now=at)
    ended = await accept(store, now=NOW - 1)
    await store.tasks.save(ended.cancelled(NOW), "cancelled", now=NOW)
    assert await store.totals.open_tasks() == OpenTasks({State.QUEUED: 3}, NOW, (TaskId(1), NOW))
