"""Whether a run makes progress: it is given up when no more tasks are accepted."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from tests.kit.patience import slowness

#: Open tasks, and those whose cards were shown.
OPEN = "SELECT count(*) FROM task WHERE ended_at IS NULL"
ACCEPTED = "SELECT count(*) FROM task WHERE card_id IS NOT NULL"
#: Seconds without a new task after which a run is given up, on a free machine.
STALL = 45


async def until_reached(
    what: Callable[[], bool],
    accepted: Callable[[], int],
    background: Sequence[asyncio.Task[None]],
    look_after: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Wait for something; ``look_after`` is called repeatedly meanwhile.

    An exception that ends the background work is raised here.

    Raises:
        TimeoutError: no task was accepted for a while.
    """
    before, since = accepted(), time.monotonic()
    while not what():
        for work in background:
            if work.done():
                work.result()
        if accepted() > before:
            before, since = accepted(), time.monotonic()
        quiet = time.monotonic() - since
        if quiet > STALL and quiet > STALL * slowness():
            raise TimeoutError
        if look_after is not None:
            await look_after()
        await asyncio.sleep(0.01)
