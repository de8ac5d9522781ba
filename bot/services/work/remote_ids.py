"""Records Evolink's ids: each stands for a drawing that was paid for."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.ids import RemoteId
from bot.domain.task import Task
from bot.services.shared.alerts import Alerts
from bot.services.shared.durable_writes import DurableWrites
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class RemoteIds:
    """Learns them from the answer to a submission, or from a callback."""

    store: Store
    alerts: Alerts
    durable: DurableWrites
    clock: Callable[[], int]

    async def record(self, task: Task, attempt: int, remote_id: RemoteId) -> bool:
        """Write that Evolink accepted an attempt, retrying until it is written.

        The operator is told of a second id for one task. Returns whether the id belongs to this
        task and no other.
        """
        if await self.durable.until_written(
            lambda: self.store.tasks.record_remote(task.id, attempt, remote_id, now=self.clock())
        ):
            return True
        known = await self.store.tasks.by_remote(remote_id)
        if known is None:
            await self.alerts.send(
                f"Task {task.id}: Evolink also accepted attempt {attempt}, as {remote_id}, which "
                f"counted as not accepted. It may charge {task.request.count} images too many."
            )
        elif known.id != task.id:
            await self.alerts.send(
                f"Task {task.id}: Evolink answered with the id of task {known.id}, "
                f"{remote_id}; it may charge {task.request.count} images under an unknown id."
            )
            return False
        return True
