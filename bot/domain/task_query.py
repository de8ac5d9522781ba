"""A search through one's own tasks."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.text import is_blank, sendable

#: Characters of a search; it has to fit into a ``custom_id``.
SEARCH_LIMIT = 50


class TaskFilter(StrEnum):
    """Which tasks are listed."""

    ALL = "all"
    OPEN = "open"
    FAILED = "failed"
    PRIVATE = "private"

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

    A page begins where its neighbour ends, so that no page is slower than another however many
    there are: after the task of the interaction ``before``, from newer to older tasks, or before
    that of ``after``. With neither, it is the first.
    """

    #: Shown to the user; it doesn't say where the page begins.
    page: int = 1
    before: int | None = None
    after: int | None = None
    filter: TaskFilter = TaskFilter.ALL
    search: str = ""

    def __post_init__(self) -> None:
        words = sendable(self.search)
        object.__setattr__(self, "search", "" if is_blank(words) else words)
