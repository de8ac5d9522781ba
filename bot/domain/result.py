"""A result is a finished image; a page is the results that go into one message."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

#: Files in one message (Discord).
FILES_A_PAGE = 10
#: Pages that were shown to the requester alone and then posted for everybody count from here.
PUBLISHED = 100
#: Bytes in one request are 25 MiB at most (Discord); half a MiB is left for everything but files.
BYTES_A_PAGE = 25 * 1024 * 1024 - 512 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A row of the table ``result``."""

    task_id: int
    #: Counted from 0, in Evolink's order.
    position: int
    #: Evolink's link; it lives 24 hours. Empty: there is no picture behind it, and never will be.
    url: str
    #: The original, below ``DATA_DIR``; ``None``: not downloaded yet, or no longer kept.
    file: str | None = None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    sha256: str | None = None

    @property
    def is_gone(self) -> bool:
        """Whether it can never be downloaded."""
        return not self.url

    def gone(self) -> Self:
        """Evolink's link leads to no picture."""
        return replace(self, url="", file=None)


class Way(StrEnum):
    """How results reach the user, best first."""

    CHANNEL = "channel"
    CARD = "card"
    FOLLOWUP = "followup"
    DIRECT = "direct"


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A row of the table ``post``: one page of results, and what became of it."""

    task_id: int
    page: int
    #: Positions of its results: ``first`` up to, not including, ``stop``.
    first: int
    stop: int
    way: Way = Way.CHANNEL
    #: What it is called at Discord, which posts a nonce of one author once within a few minutes,
    #: in any channel; 25 characters at most. A row's number would come again in another database.
    nonce: str
    #: An id of Discord's that was known before it was first sent: its message's is greater.
    follows: int | None = None
    #: When the intent to post it was written; ``None``: it was surely not sent by this way.
    intent_at: int | None = None
    channel_id: int | None = None
    message_id: int | None = None

    def shows(self, position: int) -> bool:
        """Tell whether a result is on this page, as far as it came."""
        return self.first <= position < self.stop

    @property
    def number(self) -> int:
        """Which page it is, counted from 0, whoever sees it."""
        return self.page % PUBLISHED

    @property
    def mark(self) -> str:
        """A text that is in the names of its files and nowhere else, to find it by."""
        return f"imagine-{self.nonce.replace('.', '-')}-"


def pages(sizes: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Split files of these bytes, in order, into ``(first, stop)`` of as few messages as can be."""
    cuts, first, room = list[tuple[int, int]](), 0, BYTES_A_PAGE
    for position, size in enumerate(sizes):
        if position > first and (position - first == FILES_A_PAGE or size > room):
            cuts.append((first, position))
            first, room = position, BYTES_A_PAGE
        room -= size
    return (*cuts, (first, len(sizes)))


def runs(
    here: Sequence[Result], awaited: Sequence[int], planned: Sequence[Post]
) -> list[list[Result]]:
    """Return the results that are on no page yet, cut where another is or may come between.

    So a page shows all from its first to its last place, whatever comes later, and nothing twice.
    """
    paged = {each.position for each in here if any(post.shows(each.position) for post in planned)}
    others = paged.union(awaited)
    cut, last = list[list[Result]](), -1
    for result in here:
        if result.position in paged:
            continue
        if not cut or any(last < place < result.position for place in others):
            cut.append([])
        cut[-1].append(result)
        last = result.position
    return cut
