"""When each thing happened to each task, as seen from outside."""

import re
from dataclasses import dataclass, field
from time import perf_counter

#: A word in every prompt, which the bot passes on to Evolink and into the post.
_WORD = re.compile(rb"fox(\d{7})")


@dataclass(slots=True)
class Seen:
    """One ``/imagine``; times of the monotonic clock in seconds, 0 until it has happened."""

    sent: float
    answered: float = 0
    submitted: float = 0
    completed: float = 0
    visible: float = 0
    #: The card is gone: nothing that the user sees is left to do.
    closed: float = 0


@dataclass
class Tasks:
    """All tasks of a run, by number."""

    seen: dict[int, Seen] = field(default_factory=dict[int, Seen])

    def new(self) -> tuple[int, str]:
        """Begin a task; return its number and its prompt."""
        number = len(self.seen) + 1
        self.seen[number] = Seen(perf_counter())
        return number, f"a fox{number:07d} by the river at dawn, in the style of an old woodcut"

    def named_in(self, body: bytes) -> Seen | None:
        """Return the task whose prompt is in a body."""
        found = _WORD.search(body)
        return self.seen.get(int(found[1])) if found else None
