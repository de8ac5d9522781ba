"""What came of a task: its results and their pages, read together."""

from dataclasses import dataclass

from sqlalchemy import func, select

from bot.domain.ids import TaskId
from bot.domain.result import Post, Result
from bot.domain.task import Task
from bot.store.engine import Connection
from bot.store.posts import posts_of
from bot.store.results import results_of
from bot.store.tables import task

# The unique index ends with it, so this reads one entry.
NEWEST_INTERACTION = select(func.max(task.c.interaction_id).label("newest"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Results in Evolink's order, and pages in theirs."""

    results: tuple[Result, ...]
    posts: tuple[Post, ...]
    #: Of all tasks, the newest one's; 0: there is none.
    newest_interaction: int

    def newest_known(self, task: Task) -> int:
        """Return the greatest of Discord's ids that we know; what we send now gets a greater one.

        It is that of the newest interaction of all, or of this task's card.
        """
        return max(self.newest_interaction, task.interaction_id, task.card_id or 0)


def read_outcome(connection: Connection, task_id: TaskId) -> Outcome:
    """Return what came of a task."""
    (row,) = connection.rows(NEWEST_INTERACTION)
    newest = row["newest"] or 0
    return Outcome(results_of(connection, task_id), posts_of(connection, task_id), newest)
