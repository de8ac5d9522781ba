"""Why a task ended or waits: a sentence for each reason and each error code of Evolink's."""

import re

from bot.domain import error_codes
from bot.domain.queue_status import Pause
from bot.domain.state import Reason, State
from bot.domain.task import Task
from bot.errors import Flaw
from bot.ui.texts import N_, Texts

_POLICY = N_(
    "Evolink's content rules do not allow this prompt or one of its references. "
    "Change it and try again."
)
_REQUEST = N_(
    "Evolink did not understand the request. Change the prompt, the size or the references."
)
_REFERENCE = N_(
    "Evolink could not read one of the references. Attach it again, as PNG or JPEG if it can be."
)
_TROUBLE = N_("Evolink had trouble of its own. Try again later.")
_BUSY = N_("Evolink is too busy at the moment. Try again later.")
_CREDITS = N_(
    "The bot's credits at Evolink are used up, not your quota. Try again when the operator "
    "has seen to it."
)
_ACCOUNT = N_(
    "Evolink refuses the bot's account. Nothing is wrong with your prompt; the operator has "
    "to see to it."
)

#: By ``Reason`` or Evolink's code: its documented task errors, then those seen at submission.
SENTENCES: dict[str, str] = {
    Reason.NEVER_SHOWN: N_("Discord did not show the card, so nothing was drawn."),
    Reason.ANSWERED_ELSEWHERE: N_("Another copy of the bot answered, so this one drew nothing."),
    Reason.STOPPED: N_("You stopped waiting; the images were drawn. Get them with /tasks."),
    Reason.NO_WAY_TO_POST: N_(
        "The images are drawn, but the bot could not post them here. Get them with /tasks."
    ),
    Reason.EXPIRED: N_("The images were not fetched in time and are no longer kept."),
    Reason.DELETED: N_("The images were deleted."),
    Reason.BLOCKED: N_("An admin has blocked you from drawing here."),
    Reason.SERVER_NOT_ALLOWED: N_("This bot isn't enabled for this server any more."),
    Reason.GAVE_UP: N_("Evolink did not finish it in a day, so it is given up. Try again."),
    Reason.NO_IMAGES: N_(
        "Evolink says that it is done but has sent no image. Try again, perhaps in other words."
    ),
    Reason.RESULTS_GONE: N_(
        "The images were drawn, but they could not be downloaded from Evolink. Try again."
    ),
    Reason.RESULTS_AWAITED: N_("Couldn't get all of your images yet. Trying again."),
    Reason.REFERENCE_GONE: N_(
        "A reference could not be fetched from Discord. Attach it again and try once more."
    ),
    Reason.REFERENCE_AWAITED: N_(
        "Not everything could be prepared yet; it is tried again by itself."
    ),
    Reason.REFUSED_ALONE: N_(
        "The image service takes other requests, but not this one. Change the prompt, the size or "
        "the pictures."
    ),
    # Refused for a day, each time as the account's trouble.
    Pause.OUT_OF_CREDITS: _CREDITS,
    Pause.KEY_REFUSED: _ACCOUNT,
    Pause.ACCESS_DENIED: _ACCOUNT,
    Pause.RATE_LIMITED: _BUSY,
    Reason.SERVER_FAILED: N_("Evolink failed while it took the task. Try again later."),
    Reason.UNEXPECTED: N_("Something went wrong in the bot. Its owner knows; try again later."),
    Reason.UNKNOWN_OUTCOME: N_(
        "The connection broke while it was sent, and Evolink cannot be asked whether it was taken. "
        "So that nothing is paid twice, it is not sent again by itself. You may try again."
    ),
    Reason.CHECKING: N_(
        "Evolink's answer was lost. It is being looked up, so that nothing is paid twice."
    ),
    "invalid_parameters": _REQUEST,
    "image_processing_error": _REFERENCE,
    "image_dimension_mismatch": N_(
        "The pixels of the references do not go with what was asked for. Take another size, or "
        "other references."
    ),
    "request_cancelled": N_("It was cancelled at Evolink. Try again."),
    Reason.NOT_FOUND: N_("Evolink does not know this task any more. Try again."),
    "service_error": _TROUBLE,
    "generation_timeout": N_(
        "Drawing took Evolink too long. Try again, perhaps with fewer images."
    ),
    "resource_exhausted": _BUSY,
    "service_unavailable": _TROUBLE,
    "generation_failed_no_content": N_(
        "Evolink's model drew nothing. Try again, perhaps in other words."
    ),
    "unknown_error": N_("Evolink failed and does not say why. Try again, perhaps in other words."),
    "invalid_request": _REQUEST,
    "invalid_request_error": _REQUEST,
    "invalid_media_url": _REFERENCE,
    "internal_error": _TROUBLE,
    **dict.fromkeys(error_codes.RATE, _BUSY),
    **dict.fromkeys(error_codes.ABSENT, _BUSY),
    **dict.fromkeys(error_codes.CONTENT, _POLICY),
    **dict.fromkeys(error_codes.CREDITS, _CREDITS),
    **dict.fromkeys(error_codes.KEY | error_codes.ACCESS, _ACCOUNT),
}

#: Reasons that the same request would fail for again.
_TO_CHANGE = frozenset(
    {Reason.REFERENCE_GONE, Reason.REFUSED_ALONE, "image_dimension_mismatch"}
    | {code for code, said in SENTENCES.items() if said in {_POLICY, _REQUEST, _REFERENCE}}
)

#: What can be wrong with a reference. The limits are Evolink's (its page, ``image_urls``).
FLAWS = {
    Flaw.TYPE: N_(
        "{image} is not of a kind that can be used: take JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or "
        "TIFF."
    ),
    Flaw.BYTES: N_("{image} is too large: 50 MB are the most."),
    Flaw.PIXELS: N_("{image} has too many pixels: 64 megapixels are the most."),
    Flaw.TOO_SMALL: N_("{image} is too small: each side needs at least 15 pixels."),
    Flaw.RATIO: N_("{image} is too narrow: one side may be at most 16 times the other."),
    Flaw.UNREADABLE: N_("{image} cannot be read: the file may be damaged. Save it anew."),
    Flaw.GONE: N_("{image} is no longer there to be fetched. Attach it again."),
    Flaw.SOURCE: N_("{image} does not come from Discord. Attach it to the command."),
}

_BAD_REFERENCE = re.compile(r"reference_(?P<flaw>[a-z_]+):(?P<position>\d{1,2})")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def worth_again(task: Task) -> bool:
    """Tell whether the same request may succeed the next time."""
    if task.state is State.FAILED:
        return task.reason not in _TO_CHANGE and bad_reference(task) is None
    return task.state is State.UNKNOWN


def bad_reference(task: Task) -> int | None:
    """Return the reference, from 0, that made a task fail; ``None``: none did."""
    bad = _BAD_REFERENCE.fullmatch(task.reason or "")
    return None if bad is None else int(bad["position"])


def why(task: Task, t: Texts) -> str | None:
    """Say why a task ended or waits; ``None`` where its state says it all."""
    if task.reason is None:
        return t("Nothing was drawn.") if task.state is State.CANCELLED else None
    if not task.has_ended and task.reason != Reason.CHECKING:
        # The sentences say what the user can do, but the bot is still trying.
        return None
    return of_code(task.reason, t)


def of_code(code: str, t: Texts) -> str:
    """Say what a reason or a code of Evolink's means; an unknown code is quoted if well-formed."""
    bad = _BAD_REFERENCE.fullmatch(code)
    if bad is not None and bad["flaw"] in FLAWS:
        return flaw(Flaw(bad["flaw"]), int(bad["position"]), t)
    if code in SENTENCES:
        return t(SENTENCES[code])
    if error_codes.is_absent(code):
        return t(_BUSY)
    if _CODE.fullmatch(code):
        return t("The image service reported an error (`{code}`).", code=code)
    return t(SENTENCES["unknown_error"])


def flaw(what: Flaw, position: int, t: Texts, name: str | None = None) -> str:
    """Say what is wrong with a reference; ``position`` is from 0, ``name`` is escaped."""
    number = position + 1
    if name:
        image = t("Image {number} ({name})", number=number, name=name)
    else:
        image = t("Image {number}", number=number)
    return t(FLAWS[what], image=image)
