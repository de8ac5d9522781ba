"""A search through one's own tasks."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.domain.ids import InteractionId
from bot.domain.snowflakes import first_id
from bot.domain.text import LARGEST_ID, half_width, is_blank, number, sendable
from bot.refusals import PlaceNotUnderstood

#: Characters of a search; it has to fit into a ``custom_id``.
SEARCH_LIMIT = 50
#: Up to this many tasks are listed with buttons of their own; more become a grid to choose from.
#: With thumbnails, four fit into Discord's 40 components.
LISTED = 4


class TaskFilter(StrEnum):
    """Which tasks are listed."""

    ALL = "all"
    OPEN = "open"
    FAILED = "failed"
    PRIVATE = "private"
    #: All of them in all servers.
    EVERYWHERE = "everywhere"

    @classmethod
    def parse(cls, text: str) -> "TaskFilter":
        """Parse the filter in a ``custom_id``; an unknown one is ``ALL``."""
        try:
            return cls(text)
        except ValueError:
            return cls.ALL


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskQuery:
    """A page of the list: the tasks of one filter whose prompts have the words of ``search``.

    A page begins where its neighbour ends, so all pages are equally fast, however many there are:
    it has the tasks just older than the interaction ``before``, or just newer than ``after``. With
    neither, it is the first.
    """

    #: Shown to the user; it doesn't say where the page begins.
    page: int = 1
    before: InteractionId | None = None
    after: InteractionId | None = None
    filter: TaskFilter = TaskFilter.ALL
    search: str = ""

    def __post_init__(self) -> None:
        words = sendable(self.search)
        object.__setattr__(self, "search", "" if is_blank(words) else words)


_DATE = re.compile(r"(\d{4})[-/.\u5e74](\d{1,2})[-/.\u6708](\d{1,2})\u65e5?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Jump:
    """Where to go in a list: to a page, from 1, or to the newest task up to ``until`` (an id)."""

    page: int = 1
    until: InteractionId | None = None

    @classmethod
    def parse(cls, text: str) -> "Jump":
        """Parse a page ("3") or the last moment of a date, in UTC ("2026-11-03").

        Raises:
            PlaceNotUnderstood: it is neither.
        """
        typed = half_width(text).strip()
        if (page := number(typed)) is not None and page > 0:
            return cls(page=page)
        if (date := _DATE.fullmatch(typed)) is None:
            raise PlaceNotUnderstood(text)
        try:
            day = datetime(int(date[1]), int(date[2]), int(date[3]), tzinfo=UTC)
            after = round((day + timedelta(days=1)).timestamp() * 1000)
        except (ValueError, OverflowError):
            raise PlaceNotUnderstood(text) from None
        return cls(until=InteractionId(min(LARGEST_ID, first_id(after))))
