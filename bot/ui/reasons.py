"""Why a task ended or waits: a sentence for each reason and each of Evolink's error codes."""

import re

from bot.domain import error_codes
from bot.domain.queue_status import Pause
from bot.domain.state import Reason, State
from bot.domain.task import Task
from bot.errors import Flaw
from bot.ui.texts import N_, Texts

_POLICY = N_("Blocked by the image service's content rules. Change the prompt or the pictures.")
_REQUEST = N_("The image service couldn't process this. Try another prompt, size or pictures.")
_REFERENCE = N_("One of your pictures couldn't be read. Attach it again, ideally as PNG or JPEG.")
_TROUBLE = N_("The image service had a problem. Try again in a few minutes.")
_BUSY = N_("The image service is busy. Try again in a few minutes.")
_CREDITS = N_("The bot is out of credits (not your quota). Its owner knows; try again later.")
_ACCOUNT = N_(
    "The image service refuses the bot's account. Your prompt is fine; the bot's owner has to fix "
    "this."
)

#: By ``Reason`` or Evolink's code: its documented task errors, then those seen at submission.
SENTENCES: dict[str, str] = {
    Reason.NEVER_SHOWN: N_("Discord didn't show the card, so nothing was drawn."),
    Reason.ANSWERED_ELSEWHERE: N_("Another copy of the bot answered, so this one drew nothing."),
    Reason.STOPPED: N_("Your images are ready."),
    Reason.NO_WAY_TO_POST: N_("Your images are ready, but the bot couldn't post them here."),
    Reason.EXPIRED: N_("These images weren't collected in time and were removed."),
    Reason.DELETED: N_("The images were deleted."),
    Reason.BLOCKED: N_("An admin has blocked you from drawing here."),
    Reason.SERVER_NOT_ALLOWED: N_("This bot isn't enabled for this server any more."),
    Reason.GAVE_UP: N_("Not finished after a day, so we gave up."),
    Reason.NO_IMAGES: N_("It finished without an image. Try again, maybe with different wording."),
    Reason.RESULTS_GONE: N_("The images were drawn but couldn't be downloaded. Try again."),
    Reason.RESULTS_AWAITED: N_("Couldn't get all of your images yet. Trying again."),
    Reason.REFERENCE_GONE: N_(
        "One of your pictures couldn't be fetched from Discord. Attach it again."
    ),
    Reason.REFERENCE_AWAITED: N_("Couldn't prepare your pictures yet. Trying again."),
    Reason.REFUSED_ALONE: N_(
        "The image service takes other requests, but not this one. Change the prompt, the size or "
        "the pictures."
    ),
    # Refused for a day, each time because of the account.
    Pause.OUT_OF_CREDITS: _CREDITS,
    Pause.KEY_REFUSED: _ACCOUNT,
    Pause.ACCESS_DENIED: _ACCOUNT,
    Pause.RATE_LIMITED: _BUSY,
    Reason.SERVER_FAILED: N_(
        "The image service failed while accepting this. Try again in a few minutes."
    ),
    Reason.UNEXPECTED: N_(
        "Something went wrong in the bot. Its owner knows; try again in a few minutes."
    ),
    Reason.UNKNOWN_OUTCOME: N_(
        "The connection dropped while sending. To avoid paying twice it isn't resent "
        "automatically; you can try again."
    ),
    Reason.CHECKING: N_(
        "The connection dropped while sending. Checking whether it went through, so nothing is "
        "paid twice."
    ),
    "invalid_parameters": _REQUEST,
    "image_processing_error": _REFERENCE,
    "image_dimension_mismatch": N_(
        "The size of your pictures doesn't fit this request. Use another size, or other pictures."
    ),
    "request_cancelled": N_("The image service cancelled this. Try again."),
    Reason.NOT_FOUND: N_("The image service lost this task. Try again."),
    "service_error": _TROUBLE,
    "generation_timeout": N_("Drawing took too long. Try again, maybe with fewer images."),
    "resource_exhausted": _BUSY,
    "service_unavailable": _TROUBLE,
    "generation_failed_no_content": N_(
        "The model drew nothing. Try again, maybe with different wording."
    ),
    "unknown_error": N_(
        "The image service failed without saying why. Try again, maybe with different wording."
    ),
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

#: Reasons for which the same request would fail again.
_TO_CHANGE = frozenset(
    {Reason.REFERENCE_GONE, Reason.REFUSED_ALONE, "image_dimension_mismatch"}
    | {code for code, said in SENTENCES.items() if said in {_POLICY, _REQUEST, _REFERENCE}}
)

#: Reasons that neither another try nor another prompt can help.
NOTHING_HELPS = frozenset({Reason.BLOCKED, Reason.SERVER_NOT_ALLOWED})

#: What can be wrong with a reference. The limits are Evolink's (its page, ``image_urls``).
FLAWS = {
    Flaw.TYPE: N_(
        "{image} isn't a supported format. Use JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF."
    ),
    Flaw.BYTES: N_("{image} is too large (limit 50 MB)."),
    Flaw.PIXELS: N_("{image} has too many pixels (limit 64 megapixels)."),
    Flaw.TOO_SMALL: N_("{image} is too small: each side needs at least 15 pixels."),
    Flaw.RATIO: N_("{image} is too narrow: one side can be at most 16 times the other."),
    Flaw.UNREADABLE: N_(
        "{image} can't be read; the file may be damaged. Save it again and re-attach it."
    ),
    Flaw.GONE: N_("{image} is no longer available. Attach it again."),
    Flaw.SOURCE: N_("{image} isn't from Discord. Attach it to the command."),
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
    if task.collected_at is not None and not task.images_gone:
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
        image = t("Picture {number} ({name})", number=number, name=name)
    else:
        image = t("Picture {number}", number=number)
    return t(FLAWS[what], image=image)
