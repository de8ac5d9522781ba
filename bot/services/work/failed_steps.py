"""What becomes of a task whose step has failed: the step is taken again later, or the task ends."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.durations import Durations
from bot.domain.ids import TaskId
from bot.domain.task import Task
from bot.errors import ChatUnavailable, FilesUnavailable, Stale, StoreUnavailable
from bot.services.shared.alerts import Alerts
from bot.services.shared.durable_writes import DurableWrites
from bot.services.work.overdue import Overdue
from bot.services.work.transitions import Transitions
from bot.store.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedSteps:
    """One task's failure doesn't stop the others."""

    store: Store
    transitions: Transitions
    overdue: Overdue
    alerts: Alerts
    durable: DurableWrites
    durations: Durations
    clock: Callable[[], int]
    #: "instance/start": who this process is in the rows.
    owner: str

    async def handle(self, task: Task, error: Exception) -> None:
        """Have the step repeated, from the row as it is now."""
        match error:
            case Stale():
                # If the task is still ours, its step is taken again.
                log.info("the task has changed since it was read")
                await self._put_off(task)
            case StoreUnavailable():
                # Nothing was paid for in this step: that would have been retried.
                self.durable.failed(error)
                await self._put_off(task)
            case FilesUnavailable():
                log.warning("the object store is failing", error=error.why)
                await self._put_off(task)
            case ChatUnavailable():
                log.warning("discord is failing", error=repr(error.__cause__ or error))
                await self._put_off(task, round(error.retry_after * 1000))
            case _:
                log.error("a step failed unexpectedly", state=task.state, exc_info=error)
                await self._put_off(task, foreseen=False)
                await self.alerts.warn(
                    "unexpected",
                    f"A step of task {task.id} failed with an unexpected error: see the log. "
                    "The bot tries it again automatically.",
                )

    async def _put_off(self, task: Task, least: int = 0, *, foreseen: bool = True) -> None:
        """Have the step repeated; ``least``: milliseconds before which that is pointless."""
        try:
            await self._wait(task.id, least, foreseen=foreseen)
        except Stale:
            log.info("somebody else has the task by now")
        except StoreUnavailable as error:  # its lease expires
            self.durable.failed(error)

    async def _wait(self, task_id: TaskId, least: int, *, foreseen: bool) -> None:
        now = self.clock()
        present = await self.store.tasks.get(task_id)
        if present is None or present.owner != self.owner:
            return
        if await self.overdue.end(present, foreseen=foreseen):
            return
        wait = max(least, self.durations.backoff(present.failures))
        await self.transitions.save(present.waiting(now + wait), "waiting")
