"""Looking through one's own tasks."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.text import is_blank, sendable

#: Of what is searched for; it has to fit beside the rest into a button's id.
SEARCH_LIMIT = 50


class TaskFilter(StrEnum):
    """Which of them."""

    ALL = "all"
    OPEN = "open"
    FAILED = "failed"
    PRIVATE = "private"

    @classmethod
    def parse(cls, text: str) -> "TaskFilter":
        """Understand what a button says; anything else is all of them."""
        try:
            return cls(text)
        except ValueError:
            return cls.ALL


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskQuery:
    """What is looked at: a page, counted from 1, of those tasks whose prompts have the words."""

    page: int = 1
    filter: TaskFilter = TaskFilter.ALL
    search: str = ""

    def __post_init__(self) -> None:
        words = sendable(self.search)
        object.__setattr__(self, "search", "" if is_blank(words) else words)
