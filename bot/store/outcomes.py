"""What came of a task: its results and their pages, read together."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, exists, func, select

from bot.domain.ids import TaskId
from bot.domain.result import Post, Result
from bot.domain.task import Task
from bot.domain.task_events import DOUBTFUL
from bot.store.engine import Connection
from bot.store.posts import posts_of
from bot.store.results import results_of
from bot.store.tables import task, task_event

KNOWN = select(
    # The unique index ends with it, so this reads one entry.
    select(func.max(task.c.interaction_id)).scalar_subquery().label("newest"),
    exists()
    .where(
        task_event.c.task_id == bindparam("id", type_=BigInteger),
        task_event.c.kind == DOUBTFUL,
    )
    .label("is_doubtful"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Results in Evolink's order, and pages in theirs."""

    results: tuple[Result, ...]
    posts: tuple[Post, ...]
    #: That of the newest task of all; 0: there is none.
    newest_interaction: int
    #: Whether an attempt that brought no id may have drawn as well.
    is_doubtful: bool

    def newest_known(self, task: Task) -> int:
        """Return the greatest of Discord's ids that we know; what we send now gets a greater one.

        It is that of the newest interaction of all, or of this task's card.
        """
        return max(self.newest_interaction, task.interaction_id, task.card_id or 0)


def read_outcome(connection: Connection, task_id: TaskId) -> Outcome:
    """Return what came of a task."""
    (row,) = connection.rows(KNOWN, {"id": task_id})
    return Outcome(
        results_of(connection, task_id),
        posts_of(connection, task_id),
        row["newest"] or 0,
        bool(row["is_doubtful"]),
    )
