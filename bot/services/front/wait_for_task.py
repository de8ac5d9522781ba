"""Waiting for the outcome of a request that a press recorded in the task's row."""

import asyncio
from collections.abc import Callable

from bot.domain.ids import TaskId
from bot.domain.task import Task
from bot.store.store import Store

#: Seconds between reads of the row.
_INTERVAL = 0.1


async def wait_for_task(
    store: Store, task_id: TaskId, is_pending: Callable[[Task], bool], seconds: float
) -> Task | None:
    """Return the task once it isn't pending; ``None``: not within ``seconds``."""
    for _ in range(round(seconds / _INTERVAL)):
        await asyncio.sleep(_INTERVAL)
        task = await store.tasks.get(task_id)
        assert task is not None  # rows are never deleted
        if not is_pending(task):
            return task
    return None
