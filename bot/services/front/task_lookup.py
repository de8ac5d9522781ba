"""Which task a button belongs to.

A button names the interaction that requested the task, which is unique at Discord. Buttons of
earlier versions name the task's row, and a new data folder or a restored backup uses row numbers
again. So such a button is valid only for tasks that had such buttons, and only on messages that can
be theirs. Otherwise an old button could redraw somebody else's picture, charged to whoever presses
it.
"""

from dataclasses import dataclass

from bot.domain.ids import InteractionId, MessageId, TaskId
from bot.domain.task import Task
from bot.refusals import NotFound
from bot.store.store import Store

#: The fact with the last row whose buttons name rows; a migration wrote it.
LAST_NUMBERED = "last_numbered_task"
#: Discord's ids have been greater since its first hours; no table has as many rows.
_FIRST_SNOWFLAKE = 1 << 42
#: The largest BIGINT.
_LARGEST_ROW = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """The message that a button is on."""

    message_id: MessageId
    #: Shown to one person only: a panel, a list of tasks, a private card.
    ephemeral: bool


@dataclass(frozen=True, slots=True)
class TaskLookup:
    """Finds tasks by the number in a ``custom_id``."""

    store: Store

    async def resolve(self, number: int, origin: SourceMessage | None) -> TaskId:
        """Return the row of the task that a button or form on ``origin`` names.

        Raises:
            NotFound: there is none, or the button comes from another database.
        """
        if number > _LARGEST_ROW:
            raise NotFound
        if number >= _FIRST_SNOWFLAKE:
            task = await self.store.tasks.by_interaction(InteractionId(number))
        else:
            task = await self._by_row(number, origin)
        if task is None:
            raise NotFound
        return task.id

    async def _by_row(self, row: int, origin: SourceMessage | None) -> Task | None:
        last = await self.store.facts.get(LAST_NUMBERED)
        if origin is None or last is None or row > last:
            return None
        task = await self.store.tasks.get(TaskId(row))
        # A task's messages are younger than its interaction; both ids carry Discord's time.
        if task is None or origin.message_id < task.interaction_id:
            return None
        if origin.ephemeral:
            return task
        posts = await self.store.posts.of_task(task.id)
        known = {task.card_id, *(post.message_id for post in posts)}
        return task if origin.message_id in known else None
