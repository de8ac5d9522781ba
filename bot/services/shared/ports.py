"""What the services need of the world around them.

``bot.chat`` implements the ports to Discord, from stored ids and tokens, never from live objects;
``bot.evolink`` those to Evolink.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.ids import ChannelId, MessageId, RemoteId, UserId
from bot.domain.queue_status import QueueStatus
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.result import Post, Result
from bot.domain.task import Task
from bot.evolink.values import ListedTask, RemoteTask, Submitted, Uploaded


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A result as it is to be posted: the original, or a smaller copy."""

    result: Result
    path: Path
    #: The file's, such as ".png".
    extension: str


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message is."""

    channel_id: ChannelId
    message_id: MessageId


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of a message; several may share a name."""

    #: Its id at Discord.
    id: int
    name: str
    #: Signed by Discord; it expires within a day.
    url: str


class Cards(Protocol):
    """The cards of tasks.

    Every method may raise ``ChatUnavailable`` (try again later) and ``ChatRefused`` (don't).
    """

    async def reply_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> MessageId:
        """Post the card as a reply to the message that asked for it; return the card's id.

        It is sent ``before`` (epoch milliseconds) or not at all.

        Raises:
            PostUnknown: it may have been posted.
            AnsweredElsewhere: another process has replied.
        """
        ...

    async def find_card(self, task: Task) -> MessageId | None:
        """Return the id of the card's message; ``None``: it never appeared.

        Raises:
            AnsweredElsewhere: the card there is another process's.
        """
        ...

    async def edit_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> None:
        """Show a task on its card, by its token while that lives, then through the channel.

        Raises:
            ChatUnavailable: also if the edit could not be sent ``before`` (epoch milliseconds).
        """
        ...

    async def delete_card(self, task: Task) -> None:
        """Delete the card; one that is already gone is no error."""
        ...


class Posting(Protocol):
    """The messages that carry results.

    Every method may raise ``ChatUnavailable`` (try again later) and ``ChatRefused`` (don't).
    """

    async def post(  # noqa: PLR0913 - what is on it, and until when
        self,
        task: Task,
        post: Post,
        pictures: Sequence[ResultFile],
        pages: int,
        *,
        before: int,
        awaited: Sequence[int] = (),
    ) -> Posted:
        """Post one of ``pages`` pages of results, by ``post.way``.

        It is sent ``before`` (epoch milliseconds) or not at all. ``awaited``: positions of images
        that may still follow; the page says so.

        Raises:
            TooLarge: the files must be smaller.
            PostUnknown: it may have been posted.
        """
        ...

    async def find_post(self, task: Task, post: Post) -> Posted | None:
        """Look for a page that may have been posted; ``None``: it was not.

        Raises:
            HistoryUnreadable: it cannot be looked up.
        """
        ...

    async def remove_image(  # noqa: PLR0913 - which, from where, and until when
        self,
        task: Task,
        post: Post,
        there: Posted,
        position: int,
        pages: int,
        *,
        before: int,
    ) -> None:
        """Remove an image from one of ``pages`` pages; once none is left, delete the message.

        It is sent ``before`` (epoch milliseconds) or not at all. What is already gone is no error.
        """
        ...

    async def tell_requester(self, task: Task, *, until: int, before: int) -> None:
        """Send a direct message that images wait ``until`` then, unless it was sent before.

        It is sent ``before`` (both epoch milliseconds) or not at all.

        Raises:
            HistoryUnreadable: the bot can't check whether it was sent.
        """
        ...

    async def shows_results(self, task: Task, channel_id: ChannelId, message_id: MessageId) -> bool:
        """Tell whether a message is ours and shows a task's results; a deleted one doesn't.

        Raises:
            ChatRefused: the bot may not look.
            ChatUnavailable: Discord is failing.
        """
        ...

    async def delete_message(self, channel_id: ChannelId, message_id: MessageId) -> None:
        """Delete one of our messages; one that is already gone is no error."""
        ...


class PostLookup(Protocol):
    """Whether messages are still there."""

    async def message_exists(self, channel_id: ChannelId, message_id: MessageId) -> bool:
        """Tell whether one of our messages is still there.

        Raises:
            ChatUnavailable: Discord is failing.
            ChatRefused: the bot may not look.
        """
        ...


class Attachments(Protocol):
    """Pictures that people attached at Discord."""

    async def fetch(self, reference: Reference, to: Path, max_bytes: int) -> int:
        """Download a reference of at most ``max_bytes`` bytes; return its size.

        Raises:
            UnusablePicture: it can never be downloaded.
            FetchFailed: it may be later.
        """
        ...

    async def refresh_url(self, url: str) -> str | None:
        """Return a link to a file with a new signature; ``None``: Discord signs no such link.

        Raises:
            ChatUnavailable: Discord is failing.
            ChatRefused: the file is gone.
        """
        ...

    async def attached_files(
        self, channel_id: ChannelId, message_id: MessageId
    ) -> Sequence[AttachedFile]:
        """Return a message's files; other people's messages mostly come without them.

        Raises:
            ChatUnavailable: Discord is failing.
            ChatRefused: the bot may not read it, or it is gone.
        """
        ...


class OperatorChannel(Protocol):
    """Where the operator is told of trouble."""

    async def tell_operator(self, text: str) -> bool:
        """Send a message to the operator's channel; it never raises.

        Returns whether it arrived; also true if no channel is set.
        """
        ...


class Channels(Protocol):
    """The bot's own messages: to channels that admins have named, and to people."""

    @property
    def own_id(self) -> UserId:
        """The bot's user id, which in old applications differs from the application's."""
        ...

    async def tell(self, channel_id: ChannelId, text: str) -> bool:
        """Send a message that pings nobody; return whether it is settled. It never raises.

        Settled: it arrived, or never can, as the channel is gone or the bot may not write there.
        """
        ...

    async def log_task(self, channel_id: ChannelId, task: Task, text: str, *, look: bool) -> None:
        """Post a task's entry in a channel; ``look``: check first whether it is already there.

        Raises:
            HistoryUnreadable: the bot can't check.
            ChatRefused: it can't be posted there.
            PostUnknown: it may have been posted.
            ChatUnavailable: it was not posted; try again later.
        """
        ...

    async def tell_user(self, user_id: UserId, text: str) -> bool:
        """Send a direct message; return whether it arrived. It never raises."""
        ...


class Chat(Cards, Posting, PostLookup, Attachments, OperatorChannel, Channels, Protocol):
    """All of Discord that the services need."""


class ImageApi(Protocol):
    """Evolink's tasks. Every method may raise ``EvolinkError``."""

    @property
    def blocked_seconds(self) -> float:
        """For how many more seconds a proxy in front of Evolink blocks this process."""
        ...

    async def submit(
        self,
        request: Request,
        image_urls: Sequence[str],
        *,
        key: str,
        before: int,
        callback_url: str | None = None,
    ) -> Submitted:
        """Have images drawn. This costs money.

        It is sent ``before`` (epoch milliseconds) or not at all.

        Raises:
            OutcomeUnknown: it may have been accepted.
        """
        ...

    async def read(self, remote_id: RemoteId) -> RemoteTask:
        """Return how far a task is."""
        ...

    async def list_tasks(self, model: str, *, since: int, until: int) -> tuple[ListedTask, ...]:
        """Return the account's tasks of a model in a period (epoch milliseconds), newest first."""
        ...


class FileApi(Protocol):
    """Evolink's file service. Every method may raise ``EvolinkError``."""

    async def upload(self, path: Path, name: str, content_type: str) -> Uploaded:
        """Upload a file; one of the same name is overwritten."""
        ...

    async def delete(self, file_id: str) -> None:
        """Delete a file; one that is already gone is no error."""
        ...


class ResultSource(Protocol):
    """Where Evolink's links lead."""

    async def download(self, url: str, to: Path, *, max_bytes: int) -> int:
        """Download a result; return its size.

        Raises:
            UnusablePicture: the link is bad, or the file too large.
            FetchFailed: it may come later.
        """
        ...


class Account(Protocol):
    """The account at Evolink."""

    async def credits(self) -> float | None:
        """Return the credits that can be spent; ``None``: no limit.

        Raises:
            EvolinkError: Evolink doesn't say.
        """
        ...


class EvolinkApi(ImageApi, FileApi, ResultSource, Account, Protocol):
    """All of Evolink that the services need."""
