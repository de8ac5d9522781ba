"""Everything that can go wrong and that we know how to answer.

ImagineError
├─ StartError                 the bot cannot start: one sentence and an exit code
├─ Refusal                    a draft that is refused before anything is spent
│  ├─ InvalidRequest
│  │  ├─ PromptMissing · PromptTooLong
│  │  ├─ CountOutOfRange · TooManyReferences · TooManyImages
│  │  └─ SizeNotUnderstood · SizeOutOfRange · QualityNotUnderstood · QualityWithPixels
│  ├─ BadReference            one picture that was attached cannot be used
│  ├─ QuotaReached · TooManyOpenTasks · TooManyPixels · Blocked
│  ├─ LimitNotUnderstood      an admin's limit is neither a number nor "unlimited"
│  ├─ CapReached · ServerNotAllowed · SubmissionsPaused · QueueFull
│  ├─ MissingPermissions      the bot may not do here what the task needs
│  ├─ NoPictures · MessageUnreadable · TrayEmpty · PrivateOff
│  └─ NotAllowed · NotFound · BotLeft · TooLate · ImagesGone · DraftExpired
├─ EvolinkError
│  ├─ NotTaken                the request surely had no effect: try again later
│  │  └─ ModelUnavailable     Evolink says that nothing can draw it now
│  ├─ OutcomeUnknown          the request may have had an effect: never repeat it blindly
│  ├─ Rejected                this request will never be taken, in Evolink's words
│  │  └─ DrawingFailed        the task failed at Evolink, with its error code
│  ├─ Withheld                the account, not the request, is the matter: submissions pause
│  │  └─ KeyRefused (401) · OutOfCredits (402) · AccessDenied (403) · RateLimited (429)
│  └─ ServerFailed            500
├─ FetchFailed                a picture could not be downloaded
│  └─ UnusablePicture             and never will be
├─ ChatError
│  ├─ ChatUnavailable         Discord cannot be reached or is failing: try again later
│  ├─ ChatRefused             Discord says no, and nothing was posted
│  │  ├─ TooLarge             because of the files' bytes
│  │  └─ Moderated            because of what the message says
│  ├─ PostUnknown             the message may have been posted: look before repeating
│  ├─ HistoryUnreadable       whether it was posted cannot be looked up
│  └─ AnsweredElsewhere       another process with the same token has answered
├─ PartlyDeleted              some of a task's messages are deleted, and others could not be
├─ UnreadableRow              a task's row holds what this version cannot read: it is put aside
├─ StoreUnavailable           the database is locked, full or cannot be used now: again later
└─ Stale                      somebody else has changed the row since it was read

What a user reads for each stands in bot/ui/explain.py, and a test walks this tree.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class ImagineError(Exception):
    """Everything here."""


@dataclass(eq=False)
class StartError(ImagineError):
    """The bot cannot start; the sentence says what to do about it."""

    sentence: str
    #: 78 and 69 are EX_CONFIG and EX_UNAVAILABLE of sysexits.h.
    exit_code: int = 78


class Refusal(ImagineError):
    """A draft that is refused before anything is spent."""


class InvalidRequest(Refusal):
    """A request that Seedream 4.5 does not take."""


class PromptMissing(InvalidRequest):
    """The prompt is empty, or shows nothing."""


@dataclass(eq=False)
class PromptTooLong(InvalidRequest):
    """The prompt, as it would be sent, is above Evolink's limit; lengths in code points."""

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
    """References and images to draw are together above Evolink's limit."""

    references: int
    count: int
    limit: int


@dataclass(eq=False)
class SizeNotUnderstood(InvalidRequest):
    """The size is neither a known ratio nor WIDTHxHEIGHT."""

    text: str


@dataclass(eq=False)
class SizeOutOfRange(InvalidRequest):
    """The pixels asked for are too few, too many, or too slim; pixels in total."""

    width: int
    height: int
    min_pixels: int
    max_pixels: int


@dataclass(eq=False)
class QualityNotUnderstood(InvalidRequest):
    """The quality is neither 2K nor 4K."""

    text: str


class QualityWithPixels(InvalidRequest):
    """A quality was given beside exact pixels, where it has no meaning."""


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
    """One picture that was attached cannot be used."""

    #: Counted from 0, in the order in which they were attached.
    position: int
    name: str
    flaw: Flaw


class PrivateOff(Refusal):
    """The server's admins have switched private results off."""


class NoPictures(Refusal):
    """A message has no picture that can be drawn from."""


class MessageUnreadable(Refusal):
    """Discord describes a message in a way that discord.py does not understand."""


class TrayEmpty(Refusal):
    """There is nothing in the tray, or no longer."""


class Scope(StrEnum):
    """Whose rule or cap it is."""

    USER = "user"
    SERVER = "server"
    DEFAULT = "default"
    TOTAL = "total"
    #: Direct messages, and servers where only users have installed the bot.
    AWAY = "away"


@dataclass(eq=False)
class QuotaReached(Refusal):
    """The user's quota has less left than is asked for."""

    asked: int
    left: int
    #: How many images the rule gives a day.
    images: int
    #: Images reserved by tasks that have not ended.
    drawing: int
    scope: Scope
    #: Epoch milliseconds.
    resets_at: int


@dataclass(eq=False)
class TooManyOpenTasks(Refusal):
    """The user has as many unfinished tasks as one may have."""

    limit: int


@dataclass(eq=False)
class TooManyPixels(Refusal):
    """The user's pictures of the last minutes have more pixels than are decoded for one user."""

    minutes: int


@dataclass(eq=False)
class LimitNotUnderstood(Refusal):
    """What an admin typed is neither a number of images a day up to ``most`` nor "unlimited"."""

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
    """The operator has not opened the bot to this server."""


class SubmissionsPaused(Refusal):
    """The operator has paused the bot."""


@dataclass(eq=False)
class QueueFull(Refusal):
    """More tasks are waiting than the bot takes."""

    limit: int


@dataclass(eq=False)
class MissingPermissions(Refusal):
    """The bot may not do here what the task needs."""

    #: Discord's names of the permissions, as discord.py spells them: "attach_files".
    missing: tuple[str, ...]


@dataclass(eq=False)
class NotAllowed(Refusal):
    """Whoever pressed or typed may not do this."""

    #: Who may, or where: "requester", "manage_guild", "operator", "delete", "server",
    #: "commands", "write".
    who: str


class NotFound(Refusal):
    """There is no such task for this user in this server."""


class BotLeft(Refusal):
    """The bot is not in the server any more where a task was asked for."""


class TooLate(Refusal):
    """The task has ended; there is nothing to stop."""


class ImagesGone(Refusal):
    """The images of this task are no longer kept."""


class DraftExpired(Refusal):
    """What was refused is no longer kept, or is somebody else's."""


class EvolinkError(ImagineError):
    """Evolink did not do what was asked."""


class NotTaken(EvolinkError):
    """The request had no effect: it was not sent, or something in front of Evolink turned it away.

    It is repeated with the same key, should that have been wrong.
    """


class ModelUnavailable(NotTaken):
    """Evolink says that nothing can draw it now; it says so before anything is charged."""


class OutcomeUnknown(EvolinkError):
    """The request may have had an effect: it was sent, and no answer of Evolink's came back."""


@dataclass(eq=False)
class Rejected(EvolinkError):
    """Evolink will never take this request; ``code`` is Evolink's."""

    code: str
    message: str = ""


class DrawingFailed(Rejected):
    """The task failed at Evolink; ``code`` is one of its task error codes."""


@dataclass(eq=False)
class Withheld(EvolinkError):
    """The account, not the request, is the matter: nothing was taken, submissions pause."""

    message: str = ""
    #: Seconds that Evolink asks to wait, where it says so.
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
    """500: Evolink answered that it failed."""


class FetchFailed(ImagineError):
    """A picture could not be downloaded; it may work later."""


@dataclass(eq=False)
class UnusablePicture(FetchFailed):
    """A picture can never be downloaded: gone, too large, or not a picture."""

    flaw: Flaw = Flaw.GONE


class ChatError(ImagineError):
    """Discord did not do what was asked."""


@dataclass(eq=False)
class ChatUnavailable(ChatError):
    """Discord cannot be reached or is failing; the request had no effect that matters."""

    #: Seconds that it is of no use to try again, where that is known.
    retry_after: float = 0.0


@dataclass(eq=False)
class ChatRefused(ChatError):
    """Discord says no, and nothing was posted."""

    #: Discord's JSON error code, 0 where there was none.
    code: int = 0
    message: str = field(default="", compare=False)


class TooLarge(ChatRefused):
    """Discord finds the files too large (413, code 40005)."""


class Moderated(ChatRefused):
    """The server's own moderation blocks what the message says."""


class PostUnknown(ChatError):
    """The message may have been posted: the answer was lost."""


class HistoryUnreadable(ChatError):
    """Whether a message was posted cannot be looked up."""


class AnsweredElsewhere(ChatError):
    """Another process with the same token has answered this interaction: its card is there."""


@dataclass(eq=False)
class PartlyDeleted(ImagineError):
    """Some of a task's messages are deleted, and others could not be; it may be asked for again."""

    deleted: int
    total: int


class StoreUnavailable(ImagineError):
    """The database is locked, full or cannot be used now; what was to be written was not."""


class Stale(ImagineError):
    """Somebody else has changed the row since it was read."""


@dataclass(eq=False)
class UnreadableRow(ImagineError):
    """A task's row holds what this version of the bot cannot read."""

    task_id: int
    why: str
