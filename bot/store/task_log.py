"""The table ``task_log``: tasks that are still to be logged for their server's admins."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, delete, exists, func, not_, select, update

from bot.domain.ids import ChannelId, TaskId
from bot.store.engine import Connection, Database
from bot.store.tables import task, task_log
from bot.store.upsert import insert_absent

_task = bindparam("of_task", type_=BigInteger)
_channel = bindparam("of_channel", type_=BigInteger)
_closed = (
    select(
        task_log,
        func.row_number()
        .over(partition_by=task_log.c.channel_id, order_by=task_log.c.task_id)
        .label("place"),
    )
    .join_from(task_log, task)
    # True of all of them; the index has each channel's in order.
    .where(
        task_log.c.channel_id > 0,
        task.c.ended_at.is_not(None),
        task.c.token.is_(None),
        task.c.publishing.is_(False),
    )
    .subquery()
)
LOG_DUE = (
    select(_closed.c.task_id, _closed.c.channel_id, _closed.c.intent_at)
    .where(_closed.c.place <= bindparam("most"))
    .order_by(_closed.c.channel_id, _closed.c.task_id)
)
LOG_LATER = insert_absent(task_log)
LOG_INTENT = (
    update(task_log)
    .where(task_log.c.task_id == _task)
    .values(intent_at=bindparam("intent", type_=BigInteger))
)
# A task that is being posted publicly is logged after that.
_is_publishing = exists().where(task.c.id == task_log.c.task_id, task.c.publishing.is_(True))
LOG_DONE = delete(task_log).where(task_log.c.task_id == _task, not_(_is_publishing))
LOG_ENDED = delete(task_log).where(task_log.c.channel_id == _channel)


@dataclass(frozen=True, slots=True)
class Entry:
    """A closed task that is to be logged."""

    task_id: TaskId
    channel_id: ChannelId
    #: When the intent to post it was written; ``None``: it was certainly not posted.
    intent_at: int | None


def log_later(connection: Connection, task_id: TaskId, channel_id: ChannelId) -> None:
    """Have a task logged in a channel, once it is closed and its link is known."""
    row = {"task_id": task_id, "channel_id": channel_id, "intent_at": None}
    connection.execute(LOG_LATER, row)


@dataclass(frozen=True, slots=True)
class TaskLog:
    """Tasks that are still to be logged."""

    _db: Database

    async def due(self, *, most: int) -> tuple[Entry, ...]:
        """Return closed tasks, at most ``most`` of each channel, each channel's oldest first."""
        return tuple(Entry(**row) for row in await self._db.rows(LOG_DUE, most=most))

    async def intend(self, task_id: TaskId, at: int | None) -> None:
        """Write the intent to post a task's entry; ``None``: it certainly was not posted."""
        await self._db.change(LOG_INTENT, of_task=task_id, intent=at)

    async def done(self, task_id: TaskId) -> None:
        """Write that a task is logged, or never will be, unless it is being posted just now."""
        await self._db.change(LOG_DONE, of_task=task_id)

    async def ended(self, channel_id: ChannelId) -> None:
        """Drop what was to be logged in a channel."""
        await self._db.change(LOG_ENDED, of_channel=channel_id)
