"""What became of something that the row was asked for, for whoever waits for it."""

import asyncio
from collections.abc import Callable

from bot.domain.task import Task
from bot.store.store import Store

#: Seconds between two looks at the row.
LOOKS = 0.1


async def wait_for_task(
    store: Store, task_id: int, waits: Callable[[Task], bool], patience: float
) -> Task | None:
    """Return the task once it no longer ``waits``; ``None``: not within ``patience`` seconds."""
    for _ in range(round(patience / LOOKS)):
        await asyncio.sleep(LOOKS)
        task = await store.tasks.get(task_id)
        assert task is not None  # rows stay
        if not waits(task):
            return task
    return None
