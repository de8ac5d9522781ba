"""Rows that this version of the bot can't read: set aside, so that they hold up no others."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import bindparam, update

from bot.errors import UnreadableRow
from bot.store.engine import Connection
from bot.store.queue import ASIDE
from bot.store.tables import task

#: Milliseconds until an unreadable row is tried again: a later version of the bot may be able to
#: read it, or somebody may have repaired it by hand.
ASIDE_FOR = 24 * 60 * 60 * 1000
# Nobody works on it for a while; it holds no place, and becomes due again.
SET_ASIDE = (
    update(task)
    .where(task.c.id == bindparam("task_id"))
    .values(owner=ASIDE, wake_at=bindparam("until"), version=task.c.version + 1)
)


@dataclass(frozen=True, slots=True)
class UnreadableRows:
    """Those found since this process started."""

    _found: dict[int, UnreadableRow] = field(default_factory=dict[int, UnreadableRow])
    #: Those of them that haven't been reported yet.
    _news: dict[int, UnreadableRow] = field(default_factory=dict[int, UnreadableRow])

    def add(self, rows: Iterable[UnreadableRow]) -> None:
        """Note rows; each is reported once."""
        for row in rows:
            if row.task_id not in self._found:
                self._found[row.task_id] = self._news[row.task_id] = row

    def news(self) -> tuple[UnreadableRow, ...]:
        """Return those that were found since the last call."""
        news = tuple(self._news.values())
        self._news.clear()
        return news


def set_aside(connection: Connection, rows: Iterable[UnreadableRow], now: int) -> None:
    """Keep rows from becoming due for ``ASIDE_FOR``."""
    for row in rows:
        connection.execute(SET_ASIDE, {"task_id": row.task_id, "until": now + ASIDE_FOR})
