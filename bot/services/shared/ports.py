"""What the services need of the world above them. ``bot.chat`` implements it for Discord."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.queue_status import QueueStatus
from bot.domain.reference import Reference
from bot.domain.result import Post, Result
from bot.domain.task import Task


@dataclass(frozen=True, slots=True)
class Picture:
    """A result as it is to be posted: the original, or a smaller copy that fits."""

    result: Result
    path: Path
    #: The ending of its name: "png".
    ending: str


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message is."""

    channel_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message; several may share a name."""

    #: Discord's id of it.
    id: int
    name: str
    #: Discord's link of today.
    url: str


class Chat(Protocol):
    """Discord, from stored ids and tokens; never from live objects.

    Every method may raise ``ChatUnavailable`` (again later) and ``ChatRefused`` (it is no use).
    """

    async def find_card(self, task: Task) -> int | None:
        """Return the id of the card's message; ``None``: it never appeared.

        Raises:
            AnsweredElsewhere: another process's card is there.
        """
        ...

    async def edit_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> None:
        """Make the card tell how the task stands: by its token, or by the channel later.

        What cannot leave before a time (epoch milliseconds) is not sent any more: ChatUnavailable.
        """
        ...

    async def delete_card(self, task: Task) -> None:
        """Take the card away; one that is already gone does no harm."""
        ...

    async def post(  # noqa: PLR0913 - what is on it, and until when
        self,
        task: Task,
        post: Post,
        pictures: Sequence[Picture],
        of: int,
        *,
        before: int,
        awaited: Sequence[int] = (),
    ) -> Posted:
        """Post a page of results by ``post.way``; ``of`` pages in all.

        It leaves before a time (epoch milliseconds), or not at all. ``awaited``: places, counted
        from 0, of images that may still come; the page says so.

        Raises:
            TooLarge: the files must be smaller.
            PostUnknown: it may have been posted.
        """
        ...

    async def find_post(self, task: Task, post: Post) -> Posted | None:
        """Look for a page that may have been posted; ``None``: it surely was not.

        Raises:
            HistoryUnreadable: it cannot be looked up.
        """
        ...

    async def fetch(self, reference: Reference, to: Path, most: int) -> int:
        """Download a reference, at most ``most`` bytes; return its bytes.

        Raises:
            UnusablePicture: it never will be there.
            FetchFailed: it may be later.
        """
        ...

    async def refreshed(self, url: str) -> str | None:
        """Return Discord's link to a file, signed anew; ``None``: it signs no such link."""
        ...

    async def pictures(self, channel_id: int, message_id: int) -> Sequence[Attached]:
        """Return the files of a message; of others' messages, which come blank, mostly none."""
        ...

    async def stands(self, channel_id: int, message_id: int) -> bool:
        """Tell whether one of our messages is still there."""
        ...

    async def delete_message(self, channel_id: int, message_id: int) -> None:
        """Take one of our messages away; one that is gone already does no harm."""
        ...

    async def tell_operator(self, text: str) -> bool:
        """Say something to the operator, where a channel is set; it never raises.

        Returns whether it arrived; true, too, where no channel is set.
        """
        ...
