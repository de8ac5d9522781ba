"""Every failure the bot knows how to answer.

ImagineError
├─ StartError                 the bot can't start: one sentence and an exit code
├─ Refusal                    refused before anything was spent
│  ├─ InvalidRequest
│  │  ├─ PromptMissing · PromptTooLong
│  │  ├─ CountOutOfRange · TooManyReferences · TooManyImages
│  │  └─ SizeNotUnderstood · SizeOutOfRange · QualityNotUnderstood · QualityWithPixels
│  ├─ BadReference            one of the attached pictures can't be used
│  ├─ QuotaReached · TooManyOpenTasks · TooManyPixels · Blocked
│  ├─ LimitNotUnderstood      an admin's limit is neither a number nor "unlimited"
│  ├─ CapReached · ServerNotAllowed · SubmissionsPaused · QueueFull
│  ├─ MissingPermissions      the bot lacks permissions here
│  ├─ NoPictures · MessageUnreadable · TrayEmpty · PrivateOff
│  └─ NotAllowed · NotFound · BotLeft · TooLate · ImagesGone · DraftExpired
├─ EvolinkError
│  ├─ NotTaken                the request had no effect: try again later
│  │  └─ ModelUnavailable     nothing at Evolink can draw it at the moment
│  ├─ OutcomeUnknown          the request may have had an effect: don't repeat it blindly
│  ├─ Rejected                Evolink will never accept this request
│  ├─ Withheld                the account is at fault, not the request: submissions pause
│  │  └─ KeyRefused (401) · OutOfCredits (402) · AccessDenied (403) · RateLimited (429)
│  └─ ServerFailed            500
├─ FetchFailed                a picture couldn't be downloaded
│  └─ UnusablePicture         and never can be
├─ ChatError
│  ├─ ChatUnavailable         Discord is failing or out of reach: try again later
│  ├─ ChatRefused             Discord refused, and nothing was posted
│  │  ├─ TooLarge             the files are too large
│  │  └─ Moderated            the server's moderation blocks the text
│  ├─ PostUnknown             the message may have been posted: look before repeating
│  ├─ HistoryUnreadable       nobody can look up whether it was posted
│  └─ AnsweredElsewhere       another process with the same token has answered
├─ PartlyDeleted              only some of a task's messages could be deleted
├─ UnreadableRow              a task's row this version can't read: it is put aside
├─ StoreUnavailable           the database is locked, full or out of reach: try again later
└─ Stale                      the row has changed since it was read

bot/ui/explain.py has the sentence for each; a test walks this tree.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class ImagineError(Exception):
    """Everything here."""


@dataclass(eq=False)
class StartError(ImagineError):
    """The bot can't start; the sentence says what to do about it."""

    sentence: str
    #: 78 and 69 are EX_CONFIG and EX_UNAVAILABLE of sysexits.h.
    exit_code: int = 78


class Refusal(ImagineError):
    """Refused before anything was spent."""


class InvalidRequest(Refusal):
    """A request the model doesn't accept."""


class PromptMissing(InvalidRequest):
    """The prompt is empty, or shows nothing."""


@dataclass(eq=False)
class PromptTooLong(InvalidRequest):
    """The prompt as sent exceeds Evolink's limit; lengths in code points."""

    length: int
    limit: int


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

    text: str


@dataclass(eq=False)
class SizeOutOfRange(InvalidRequest):
    """Too few or too many pixels (limits in total pixels), or too narrow a shape."""

    width: int
    height: int
    min_pixels: int
    max_pixels: int


@dataclass(eq=False)
class QualityNotUnderstood(InvalidRequest):
    """The quality is neither 2K nor 4K."""

    text: str


class QualityWithPixels(InvalidRequest):
    """A quality was given with exact pixels, where it means nothing."""


class Flaw(StrEnum):
    """What can be wrong with a reference."""

    TYPE = "type"
    BYTES = "bytes"
    PIXELS = "pixels"
    TOO_SMALL = "too_small"
    RATIO = "ratio"
    UNREADABLE = "unreadable"
    GONE = "gone"
    SOURCE = "source"


@dataclass(eq=False)
class BadReference(Refusal):
    """One of the attached pictures can't be used."""

    #: Counted from 0, in the order attached.
    position: int
    name: str
    flaw: Flaw


class PrivateOff(Refusal):
    """The server's admins have turned private results off."""


class NoPictures(Refusal):
    """The message has no usable picture."""


class MessageUnreadable(Refusal):
    """discord.py can't parse the message."""


class TrayEmpty(Refusal):
    """The tray is empty, perhaps only by now."""


class Scope(StrEnum):
    """Whose rule or cap applies."""

    USER = "user"
    SERVER = "server"
    DEFAULT = "default"
    TOTAL = "total"
    #: Direct messages, and servers where only users have installed the bot.
    AWAY = "away"


@dataclass(eq=False)
class QuotaReached(Refusal):
    """More images were asked for than the user's quota has left."""

    asked: int
    left: int
    #: Images a day under the rule.
    images: int
    #: Images reserved by tasks that have not ended.
    drawing: int
    scope: Scope
    #: Epoch milliseconds.
    resets_at: int


@dataclass(eq=False)
class TooManyOpenTasks(Refusal):
    """The user already has the most unfinished tasks allowed."""

    limit: int


@dataclass(eq=False)
class TooManyPixels(Refusal):
    """The user's recent pictures exceed the pixels decoded for one user."""

    minutes: int


@dataclass(eq=False)
class LimitNotUnderstood(Refusal):
    """An admin's limit is neither a number up to ``most`` nor "unlimited"."""

    text: str
    most: int


class Blocked(Refusal):
    """This server's admins have blocked the user."""


@dataclass(eq=False)
class CapReached(Refusal):
    """The operator's daily cap for the server or for the whole bot is reached."""

    scope: Scope
    resets_at: int


class ServerNotAllowed(Refusal):
    """The operator hasn't enabled the bot for this server."""


class SubmissionsPaused(Refusal):
    """The operator has paused the bot."""


@dataclass(eq=False)
class QueueFull(Refusal):
    """The queue is full."""

    limit: int


@dataclass(eq=False)
class MissingPermissions(Refusal):
    """The bot lacks permissions here."""

    #: As discord.py spells them: "attach_files".
    missing: tuple[str, ...]


@dataclass(eq=False)
class NotAllowed(Refusal):
    """The user may not do this."""

    #: Who may, or where: "requester", "manage_guild", "operator", "delete", "server",
    #: "commands", "write".
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


class EvolinkError(ImagineError):
    """Evolink didn't do what was asked."""


class NotTaken(EvolinkError):
    """The request had no effect: it wasn't sent, or a proxy in front of Evolink turned it away.

    It is repeated with the same key, in case that is wrong.
    """


class ModelUnavailable(NotTaken):
    """Nothing at Evolink can draw it at the moment; it says so before charging."""


class OutcomeUnknown(EvolinkError):
    """The request may have had an effect: it was sent, and Evolink's answer never came."""


@dataclass(eq=False)
class Rejected(EvolinkError):
    """Evolink will never accept this request; ``code`` is Evolink's."""

    code: str
    message: str = ""


@dataclass(eq=False)
class Withheld(EvolinkError):
    """The account is at fault, not the request; nothing was accepted, submissions pause."""

    message: str = ""
    #: Seconds Evolink asks us to wait, if it says so.
    retry_after: float | None = None
    #: Evolink's.
    code: str = ""


class KeyRefused(Withheld):
    """401: the key is wrong, revoked or expired."""


class OutOfCredits(Withheld):
    """402: the account has too few credits."""


class AccessDenied(Withheld):
    """403: the key may not use this model."""


class RateLimited(Withheld):
    """429: too many requests."""


class ServerFailed(EvolinkError):
    """500: Evolink reports that it failed."""


class FetchFailed(ImagineError):
    """A picture couldn't be downloaded; it may work later."""


@dataclass(eq=False)
class UnusablePicture(FetchFailed):
    """A picture can never be used: gone, too large, or not a picture."""

    flaw: Flaw = Flaw.GONE


class ChatError(ImagineError):
    """Discord didn't do what was asked."""


@dataclass(eq=False)
class ChatUnavailable(ChatError):
    """Discord is failing or out of reach; the request had no effect that matters."""

    #: Seconds before which trying again is pointless, if known.
    retry_after: float = 0.0


@dataclass(eq=False)
class ChatRefused(ChatError):
    """Discord refused, and nothing was posted."""

    #: Discord's JSON error code, 0 where there was none.
    code: int = 0
    message: str = field(default="", compare=False)


class TooLarge(ChatRefused):
    """Discord finds the files too large (413, code 40005)."""


class Moderated(ChatRefused):
    """The server's own moderation blocks the text."""


class PostUnknown(ChatError):
    """The message may have been posted: the answer was lost."""


class HistoryUnreadable(ChatError):
    """Nobody can look up whether a message was posted."""


class AnsweredElsewhere(ChatError):
    """Another process with the same token has answered this interaction."""


@dataclass(eq=False)
class PartlyDeleted(ImagineError):
    """Only some of a task's messages could be deleted; it may be tried again."""

    deleted: int
    total: int


class StoreUnavailable(ImagineError):
    """The database is locked, full or out of reach; nothing was written."""


class Stale(ImagineError):
    """The row has changed since it was read."""


@dataclass(eq=False)
class UnreadableRow(ImagineError):
    """A task's row that this version of the bot can't read."""

    task_id: int
    why: str
