"""Every failure the bot knows how to answer.

ImagineError
├─ StartError
├─ Refusal                    bot/refusals.py
├─ EvolinkError
│  ├─ NotTaken ─ ModelUnavailable · OutcomeUnknown · Rejected · ServerFailed
│  └─ Withheld ─ KeyRefused · OutOfCredits · AccessDenied · RateLimited
├─ FetchFailed ─ UnusablePicture
├─ ChatError
│  ├─ ChatUnavailable · PostUnknown · HistoryUnreadable · AnsweredElsewhere
│  └─ ChatRefused ─ TooLarge · Moderated
├─ PartlyDeleted
└─ StoreUnavailable · FilesUnavailable · Stale · UnreadableRow

bot/ui/explain.py has the sentence for each; a test walks this tree.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class ImagineError(Exception):
    """Every error here."""


@dataclass(eq=False)
class StartError(ImagineError):
    """The bot can't start; the sentence says what to do about it."""

    sentence: str
    #: 78 and 69 are EX_CONFIG and EX_UNAVAILABLE of sysexits.h.
    exit_code: int = 78


class EvolinkError(ImagineError):
    """Evolink didn't do what was asked."""


class NotTaken(EvolinkError):
    """The request had no effect: it wasn't sent, or a proxy in front of Evolink turned it away.

    It is repeated with the same key, in case it had one after all.
    """


class ModelUnavailable(NotTaken):
    """Evolink has nothing to draw it with at the moment, and says so before charging."""


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
    #: Whether the request may still take effect, as Discord may have received it.
    may_arrive: bool = False


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
    """The bot can't check whether a message was posted."""


class AnsweredElsewhere(ChatError):
    """Another process with the same token has answered this interaction."""


@dataclass(eq=False)
class PartlyDeleted(ImagineError):
    """Only some of a task's messages could be deleted; it may be tried again."""

    deleted: int
    total: int


class StoreUnavailable(ImagineError):
    """The database is locked, full or out of reach; nothing was written."""


@dataclass(eq=False)
class FilesUnavailable(ImagineError):
    """The object store is out of reach, or refuses the bot."""

    why: str = ""
    #: Whether it will keep refusing: no such bucket, or not with these keys.
    is_refused: bool = False


class Stale(ImagineError):
    """The row has changed since it was read."""


@dataclass(eq=False)
class UnreadableRow(ImagineError):
    """A task's row that this version of the bot can't read."""

    task_id: int
    why: str
