"""Whether a queued task may still be drawn, after what was decided since it was accepted."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.quota import is_allowed
from bot.domain.quota_settings import Limits
from bot.domain.state import Reason
from bot.domain.task import Task
from bot.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Checked before anything is paid for; what Evolink is already drawing is delivered.

    A lowered quota does not matter: the images were reserved under the old one.
    """

    store: Store
    limits: Limits
    clock: Callable[[], int]

    async def reason_to_cancel(self, task: Task) -> Reason | None:
        """Return why the task may no longer be drawn; ``None``: it may."""
        if not is_allowed(task.requester.server, self.limits):
            return Reason.SERVER_NOT_ALLOWED
        if await self.store.quota_settings.block_of(task.requester, now=self.clock()):
            return Reason.BLOCKED
        return None
