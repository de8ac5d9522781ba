"""Sends the request that costs money."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import structlog

from bot.domain.task import Task
from bot.errors import OutcomeUnknown
from bot.services.shared.ports import ImageApi
from bot.services.work.remote_ids import RemoteIds

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PaidRequests:
    """Submits tasks whose intent is committed, and records the ids that come back."""

    evolink: ImageApi
    remote_ids: RemoteIds
    #: Steps with such a request in flight; a stop waits longer for these.
    under_way: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])

    @contextmanager
    def in_flight(self) -> Generator[None]:
        """Count the current step as one with a paid request in flight."""
        step = asyncio.current_task()
        assert step is not None
        self.under_way.add(step)
        try:
            yield
        finally:
            self.under_way.discard(step)

    async def send(self, task: Task, links: list[str], url: str | None) -> tuple[Task, int | None]:
        """Submit before the lease ends, and record the id.

        Returns the task with its id, and Evolink's estimate in milliseconds.

        Raises:
            OutcomeUnknown: Evolink may have accepted it, but sent no id that belongs to it.
            EvolinkError: Evolink did not accept it.
        """
        assert task.wake_at is not None
        taken = await self.evolink.submit(
            task.request,
            links,
            key=task.idempotency_key,
            before=task.wake_at,
            callback_url=url,
        )
        log.info("taken", task=task.id, remote=taken.remote_id)
        if not await self.remote_ids.record(task, task.attempt, taken.remote_id):
            raise OutcomeUnknown("the id of another task")
        return replace(task, remote_id=taken.remote_id), taken.estimate
