"""Refusals: what is turned down before anything is spent.

Refusal
├─ InvalidRequest
│  ├─ PromptMissing · PromptTooLong · LinkInPrompt · UnknownFlags
│  ├─ WordNotAllowed · CountOutOfRange · TooManyReferences · TooManyImages
│  └─ SizeNotUnderstood · SizeOutOfRange · QualityNotUnderstood · QualityWithPixels
├─ BadReference · NoPictures · MessageUnreadable · MessageHidden · WhichImage · TrayEmpty
├─ QuotaReached · TooManyOpenTasks · TooManyPixels · Blocked
├─ LimitNotUnderstood · NumberOutOfRange · TimeNotUnderstood · ZoneNotUnderstood
├─ RoleNotUnderstood · ChangedSince · TooManyWords · NotAResult · ExportTooLarge · ServerUnknown
├─ CapReached · ServerNotAllowed · SubmissionsPaused · ServerPaused · ChannelNotAllowed · QueueFull
├─ MissingPermissions · NotAllowed · PrivateOff
├─ MemberAndRole · PlaceNotUnderstood · CommandChanged
└─ NotFound · BotLeft · TooLate · ImagesGone · DraftExpired

bot/ui/explain.py has the sentence for each; a test walks this tree.
"""

from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum

from typing_extensions import override

from bot.errors import Flaw, ImagineError


class Refusal(ImagineError):
    """Refused before anything was spent.

    Neither its ``repr`` nor a traceback quotes what somebody typed: the log ignores PROMPT_DAYS.
    """

    @override
    def __str__(self) -> str:
        return repr(self)


class InvalidRequest(Refusal):
    """A request the model doesn't accept."""


class PromptMissing(InvalidRequest):
    """The prompt is empty, or nothing in it is visible."""


@dataclass(eq=False)
class PromptTooLong(InvalidRequest):
    """The prompt as sent exceeds Evolink's limit; lengths in code points."""

    length: int
    limit: int


@dataclass(eq=False)
class LinkInPrompt(InvalidRequest):
    """The prompt has a link to a picture that Discord doesn't host."""

    link: str = field(repr=False)


@dataclass(eq=False)
class UnknownFlags(InvalidRequest):
    """The prompt has flags of other bots: "--v 6"."""

    flags: str = field(repr=False)


@dataclass(eq=False)
class WordNotAllowed(InvalidRequest):
    """The prompt has a word that this server's admins don't allow."""

    word: str = field(repr=False)


@dataclass(eq=False)
class CountOutOfRange(InvalidRequest):
    """The number of images is not in 1..limit."""

    count: int
    limit: int


@dataclass(eq=False)
class TooManyReferences(InvalidRequest):
    """More references than one request may have."""

    references: int
    limit: int


@dataclass(eq=False)
class TooManyImages(InvalidRequest):
    """References plus images to draw exceed Evolink's limit."""

    references: int
    count: int
    limit: int


@dataclass(eq=False)
class SizeNotUnderstood(InvalidRequest):
    """The size is neither a known ratio nor WIDTHxHEIGHT."""

    text: str = field(repr=False)


@dataclass(eq=False)
class SizeOutOfRange(InvalidRequest):
    """Too few or too many pixels (limits in total pixels), or too narrow a shape."""

    width: int
    height: int
    #: The most similar size that the model draws: "2560x1440".
    nearest: str


@dataclass(eq=False)
class QualityNotUnderstood(InvalidRequest):
    """The quality is neither 2K nor 4K."""

    text: str = field(repr=False)


class QualityWithPixels(InvalidRequest):
    """A quality was given with exact pixels, where it means nothing."""


@dataclass(eq=False)
class BadReference(Refusal):
    """One of the attached pictures can't be used."""

    #: Counted from 0, in the order attached.
    position: int
    name: str = field(repr=False)
    flaw: Flaw


class PrivateOff(Refusal):
    """The server's admins have turned private results off."""


@dataclass(eq=False)
class NoPictures(Refusal):
    """The message has no usable picture."""

    #: Of its files and stickers.
    names: tuple[str, ...] = field(default=(), repr=False)


class MessageHidden(Refusal):
    """Discord doesn't show the bot the message that is replied to."""


@dataclass(eq=False)
class WhichImage(Refusal):
    """The result that is replied to has several images, and the prompt names none of them."""

    images: int


class MessageUnreadable(Refusal):
    """discord.py can't parse the message."""


class NotAResult(Refusal):
    """The message shows no result that the bot knows."""


class TrayEmpty(Refusal):
    """The tray is empty, or has become so meanwhile."""


class Scope(StrEnum):
    """Whose rule or cap applies."""

    USER = "user"
    ROLE = "role"
    SERVER = "server"
    DEFAULT = "default"
    #: The cap that a server's admins have set for all of its members.
    ADMINS = "admins"
    TOTAL = "total"
    #: Like ``TOTAL``, per month.
    MONTH = "month"
    #: Direct messages, and servers where only users have installed the bot.
    AWAY = "away"


@dataclass(eq=False)
class QuotaReached(Refusal):
    """More images were asked for than the user's quota has left."""

    asked: int
    #: How many images could be asked for instead.
    left: int
    #: Images that the rule allows in its window.
    images: int
    #: Images reserved by tasks that have not ended.
    drawing: int
    scope: Scope
    #: Epoch milliseconds.
    resets_at: int
    _: KW_ONLY
    used: int = 0
    #: Images left of what admins have granted.
    granted: int = 0
    #: ``bot.domain.window.Window``.
    window: str = "day"
    #: How many images each of those asked for counts as.
    weight: int = 1


@dataclass(eq=False)
class TooManyOpenTasks(Refusal):
    """The user already has the most unfinished tasks allowed."""

    limit: int
    used: int


@dataclass(eq=False)
class TooManyPixels(Refusal):
    """The user's recent pictures exceed the pixels decoded per user."""

    minutes: int
    #: Megapixels.
    limit: int
    used: int


@dataclass(eq=False)
class LimitNotUnderstood(Refusal):
    """An admin's limit is neither a number up to ``most`` nor "unlimited"."""

    text: str = field(repr=False)
    most: int


@dataclass(eq=False)
class NumberOutOfRange(Refusal):
    """A number that Discord should not have let through."""

    number: int
    least: int
    most: int


@dataclass(eq=False)
class TimeNotUnderstood(Refusal):
    """An end is neither a duration nor a future date."""

    text: str = field(repr=False)


@dataclass(eq=False)
class PlaceNotUnderstood(Refusal):
    """Where to go in a list is neither a page nor a date."""

    text: str = field(repr=False)


@dataclass(eq=False)
class ZoneNotUnderstood(Refusal):
    """There is no time zone of this name."""

    text: str = field(repr=False)


@dataclass(eq=False)
class RoleNotUnderstood(Refusal):
    """A role is neither an id nor a mention."""

    text: str = field(repr=False)


class CommandChanged(Refusal):
    """Discord's client offers a command as another version of the bot had it."""


class MemberAndRole(Refusal):
    """Both a member and a role are named, but only one limit can be removed at a time."""


@dataclass(eq=False)
class TooManyWords(Refusal):
    """There are too many forbidden words, or one of them is too long, or isn't a word."""

    most: int
    longest: int


class ChangedSince(Refusal):
    """What is to be undone has changed again, or is undone already."""


@dataclass(eq=False)
class Blocked(Refusal):
    """This server's admins have blocked the user."""

    reason: str = field(default="", repr=False)
    #: Epoch milliseconds; ``None``: until the block is lifted.
    until: int | None = None


@dataclass(eq=False)
class CapReached(Refusal):
    """The server's own cap is reached, or one of the operator's, for it or for the whole bot."""

    scope: Scope
    #: Epoch milliseconds; ``None``: images come back one by one.
    resets_at: int | None
    #: Images, or credits at Evolink.
    used: int
    limit: int
    #: What one image would take.
    least: int = 1


class ServerNotAllowed(Refusal):
    """The operator hasn't enabled the bot for this server."""


class SubmissionsPaused(Refusal):
    """The operator has paused the bot."""


class ExportTooLarge(Refusal):
    """An export doesn't fit into one file that Discord accepts."""


class ServerUnknown(Refusal):
    """The bot is in no server with this id."""


class ServerPaused(Refusal):
    """The server's admins have paused drawing there."""


@dataclass(eq=False)
class ChannelNotAllowed(Refusal):
    """The server's admins allow drawing in these channels only."""

    channels: tuple[int, ...]


@dataclass(eq=False)
class QueueFull(Refusal):
    """The queue is full."""

    limit: int
    used: int


@dataclass(eq=False)
class MissingPermissions(Refusal):
    """The bot lacks permissions here."""

    #: As discord.py spells them: "attach_files".
    missing: tuple[str, ...]


@dataclass(eq=False)
class NotAllowed(Refusal):
    """The user may not do this."""

    #: Who may, or why not: "requester", "manage_guild", "moderate", "others", "operator",
    #: "delete", "server", "commands", "write".
    who: str


class NotFound(Refusal):
    """This user has no such task in this server."""


class BotLeft(Refusal):
    """The bot has left the server the task belongs to."""


class TooLate(Refusal):
    """The task has ended, so there is nothing to stop."""


class ImagesGone(Refusal):
    """The images of this task are no longer kept."""


class DraftExpired(Refusal):
    """The draft has expired, or is somebody else's."""
