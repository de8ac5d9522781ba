"""Whether a task that waits may still be drawn: what was decided since it was asked for."""

from dataclasses import dataclass

from bot.domain.quota import Limits, is_allowed
from bot.domain.state import Reason
from bot.domain.task import Task
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Admission:
    """Looked at before anything is paid; what Evolink draws already is delivered.

    A quota that was lowered since does not count here: the images were reserved under the old one.
    """

    store: Store
    limits: Limits

    async def reason_to_cancel(self, task: Task) -> Reason | None:
        """Return why the task may not be drawn any more; ``None``: it may."""
        if not is_allowed(task.requester.server, self.limits):
            return Reason.SERVER_NOT_ALLOWED
        if await self.store.quotas.is_blocked(task.requester):
            return Reason.BLOCKED
        return None
