"""Reports submissions of unknown outcome to the operator."""

from dataclasses import dataclass

import structlog

from bot.domain.task import Task
from bot.errors import EvolinkError
from bot.services.shared.alerts import Alerts
from bot.services.shared.ports import ImageApi
from bot.store.store import Store

log = structlog.get_logger()

#: Milliseconds around a submission in which Evolink may have created its task, as clocks differ.
BEFORE, AFTER = 2 * 60_000, 4 * 60_000
#: Ids in one message.
MOST = 5


@dataclass(frozen=True, slots=True)
class UnknownOutcomes:
    """Lists the tasks at Evolink that may be the missing one."""

    store: Store
    evolink: ImageApi
    alerts: Alerts

    async def report(self, task: Task, *, again: bool) -> bool:
        """Report one task, as ``Alerts.send`` does."""
        hint = await self._hint(task)
        return await self.alerts.send(
            f"Task {task.id}: it isn't known whether Evolink accepted it. The user wasn't "
            f"charged; Evolink may have charged for {task.request.count} images "
            f"(key {task.idempotency_key}).{hint}",
            again=again,
        )

    async def _hint(self, task: Task) -> str:
        """Name tasks at Evolink from that time that no row of ours has; they may be anybody's."""
        at = task.intent_at
        if at is None:
            return ""
        try:
            model = task.request.model.name
            listed = await self.evolink.list_tasks(model, since=at - BEFORE, until=at + AFTER)
        except EvolinkError as error:
            log.info("evolink lists no tasks", task=task.id, error=repr(error))
            return ""
        claimed = [await self.store.tasks.by_remote(entry.remote_id) for entry in listed]
        unclaimed = [
            entry.remote_id for entry, ours in zip(listed, claimed, strict=True) if ours is None
        ]
        if not unclaimed:
            return ""
        more = f" and {len(unclaimed) - MOST} more" if len(unclaimed) > MOST else ""
        return (
            f" Around that time Evolink lists {', '.join(unclaimed[:MOST])}{more}, which belong to "
            "no task of the bot: it may be one of them, or another program's."
        )
