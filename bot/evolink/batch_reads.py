"""Reads many tasks with one request, if Evolink can do that.

Clients of Evolink use ``POST /v1/tasks/batch``, but it isn't documented. So nothing depends on it:
a task that the answer leaves out, garbles or reports as ended is read on its own.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic

import structlog

from bot.domain.ids import RemoteId
from bot.errors import EvolinkError, RateLimited
from bot.evolink.values import RemoteTask

log = structlog.get_logger()

#: Seconds for which reads are gathered, and the most in one request (Evolink's limit).
GATHER, MOST = 0.02, 50
#: Seconds until we try batches again after one failed.
AGAIN = 24 * 60 * 60
#: The share of reads that are sent alone, in case what batches report is out of date.
ALONE = 0.1

#: Asks for several tasks; ``None``: the answer isn't a list of tasks.
ReadMany = Callable[[Sequence[RemoteId]], Awaitable[Mapping[RemoteId, RemoteTask] | None]]


class BatchReads:
    """Gathers reads that come close together. ``read_one`` and ``read_many`` ask Evolink."""

    def __init__(
        self,
        read_one: Callable[[RemoteId], Awaitable[RemoteTask]],
        read_many: ReadMany,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._read_one = read_one
        self._read_many = read_many
        self._clock = clock
        self._not_until = 0.0
        self._wanted = dict[RemoteId, asyncio.Future[RemoteTask | None]]()
        self._sending: asyncio.TimerHandle | None = None
        self._batches = set[asyncio.Task[None]]()

    async def read(self, remote_id: RemoteId) -> RemoteTask:
        """Return the current state of a task.

        Raises:
            EvolinkError: as ``read_one`` and ``read_many``.
        """
        if self._clock() < self._not_until or random.random() < ALONE:  # noqa: S311 - no secret
            return await self._read_one(remote_id)
        if not self._wanted:
            self._sending = asyncio.get_running_loop().call_later(GATHER, self._send)
        future = self._wanted.get(remote_id)
        if future is None:
            future = self._wanted[remote_id] = asyncio.get_running_loop().create_future()
        # Shielded, as others may be waiting for the same task.
        return await asyncio.shield(future) or await self._read_one(remote_id)

    async def close(self) -> None:
        """Cancel what is in flight."""
        if self._sending is not None:
            self._sending.cancel()
        for batch in self._batches:
            batch.cancel()
        await asyncio.gather(*self._batches, return_exceptions=True)

    def _send(self) -> None:
        wanted, self._wanted = list(self._wanted.items()), {}
        for at in range(0, len(wanted), MOST):
            match wanted[at : at + MOST]:
                case [(_, alone)]:
                    alone.set_result(None)
                case several:
                    batch = asyncio.create_task(self._answer(dict(several)))
                    self._batches.add(batch)
                    batch.add_done_callback(self._batches.discard)

    async def _answer(self, wanted: Mapping[RemoteId, asyncio.Future[RemoteTask | None]]) -> None:
        found: Mapping[RemoteId, RemoteTask] = {}
        try:
            found = await self._many(list(wanted))
        except RateLimited as error:
            for future in wanted.values():
                future.set_exception(error)
                # Mark it as retrieved: all who waited may have been cancelled.
                future.exception()
        finally:
            for remote_id, future in wanted.items():
                if not future.done():
                    future.set_result(found.get(remote_id))

    async def _many(self, wanted: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteTask]:
        """Return the tasks that one request reports; none for a day after a failure."""
        if self._clock() < self._not_until:
            return {}
        try:
            found, why = await self._read_many(wanted), "no list of tasks"
        except RateLimited:
            raise
        except EvolinkError as error:
            found, why = None, repr(error)
        if found is None:
            log.info("tasks are read one by one for a day", error=why)
            self._not_until = self._clock() + AGAIN
        return found or {}
