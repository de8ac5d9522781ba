"""Which task a button is for.

It names the interaction that asked for the task, which is unique at Discord. Buttons of earlier
versions name the task's row, and rows are counted from one again in a new data folder, or from the
middle where a backup was put back. So those count only for tasks that had such buttons, and only
on messages that can be theirs: else an old button would redraw somebody else's picture, at the cost
of whoever presses it.
"""

from dataclasses import dataclass

from bot.domain.task import Task
from bot.errors import NotFound
from bot.store.store import Store

#: The fact that holds the last row whose buttons name rows; a migration wrote it.
LAST_NUMBERED = "last_numbered_task"
#: Ids of Discord's are greater since its first hours, and no table has as many rows.
_FIRST_SNOWFLAKE = 1 << 42
#: What a BIGINT holds.
_GREATEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """The message that a button stands on."""

    message_id: int
    #: Whether it is shown to one person alone: a panel, a list of tasks, a private card.
    ephemeral: bool


@dataclass(frozen=True, slots=True)
class TaskLookup:
    """From what a ``custom_id`` holds to the row."""

    store: Store

    async def resolve(self, number: int, origin: SourceMessage | None) -> int:
        """Return the row of the task that a button or a form on ``origin`` names.

        Raises:
            NotFound: there is none, or the button was another database's.
        """
        if number > _GREATEST:
            raise NotFound
        if number >= _FIRST_SNOWFLAKE:
            task = await self.store.tasks.by_interaction(number)
        else:
            task = await self._numbered(number, origin)
        if task is None:
            raise NotFound
        return task.id

    async def _numbered(self, row: int, origin: SourceMessage | None) -> Task | None:
        last = await self.store.facts.get(LAST_NUMBERED)
        if origin is None or last is None or row > last:
            return None
        task = await self.store.tasks.get(row)
        # No message about a task is older than what asked for it: both ids carry Discord's time.
        if task is None or origin.message_id < task.interaction_id:
            return None
        if origin.ephemeral:
            return task
        posts = await self.store.posts.of_task(task.id)
        known = {task.card_id, *(post.message_id for post in posts)}
        return task if origin.message_id in known else None
