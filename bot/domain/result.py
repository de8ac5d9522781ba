"""Results, the finished images; posts, the messages that show them; and their split into pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from bot.domain.ids import ChannelId, InteractionId, MessageId, TaskId
from bot.domain.text import number

#: Files in one message (Discord).
FILES_A_PAGE = 10
#: Page numbers of a private task's results that were later posted publicly start here.
PUBLISHED = 100
#: Discord accepts 25 MiB in one request; half a MiB is left for everything besides the files.
BYTES_A_PAGE = 25 * 1024 * 1024 - 512 * 1024

_FILE_NAME = re.compile(r"imagine-(\d+)-\d+-\d+\.", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A row of the table ``result``."""

    task_id: TaskId
    #: Counted from 0, in Evolink's order.
    position: int
    #: Evolink's link, valid for 24 hours. Empty: there is no image, and there never will be.
    url: str
    #: The original, relative to ``DATA_DIR``; ``None``: not downloaded yet, or removed.
    file: str | None = None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    #: Somebody deleted it.
    deleted: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether it can never be downloaded."""
        return not self.url

    def gone(self) -> Self:
        """Return the result after its link turned out to lead to no image."""
        return replace(self, url="", file=None)

    def erased(self) -> Self:
        """Return the result after somebody deleted it."""
        return replace(self.gone(), deleted=True)


class Way(StrEnum):
    """How results reach the user, in order of preference."""

    CHANNEL = "channel"
    CARD = "card"
    FOLLOWUP = "followup"
    DIRECT = "direct"


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A row of the table ``post``: one page of results and the message that shows it."""

    task_id: TaskId
    page: int
    #: It shows the results from ``first`` to ``stop``, which is excluded.
    first: int
    stop: int
    way: Way = Way.CHANNEL
    #: At most 25 characters. Within a few minutes, Discord accepts a nonce only once per author.
    #: Never made from a row number, which another database would repeat.
    nonce: str
    #: A Discord id from before the first attempt: the id of the message is greater.
    follows: int | None = None
    #: When the intent to post was written; ``None``: it was certainly not sent in this way.
    intent_at: int | None = None
    channel_id: ChannelId | None = None
    message_id: MessageId | None = None

    def shows(self, position: int) -> bool:
        """Tell whether a result belongs on this page, if it could be downloaded."""
        return self.first <= position < self.stop

    @property
    def number(self) -> int:
        """Page number from 0, whether private or public."""
        return self.page % PUBLISHED

    @property
    def mark(self) -> str:
        """The prefix of its file names, unique to this page, by which its message is found."""
        return f"imagine-{self.nonce.replace('.', '-')}-"


def interaction_of(file_name: str) -> InteractionId | None:
    """Return the interaction whose result has this name, if ``Post.mark`` may have made it."""
    found = _FILE_NAME.match(file_name)
    interaction_id = None if found is None else number(found[1])
    return None if interaction_id is None else InteractionId(interaction_id)


def split_into_pages(sizes: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Split files of these sizes, in order, into as few messages as possible: ``(first, stop)``."""
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
    """Group results that are on no page yet into runs of consecutive positions.

    ``here``: the downloaded results; ``awaited``: positions that may still be downloaded. A run
    never spans a position that is awaited or on a page, so no page shows an image twice.
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
