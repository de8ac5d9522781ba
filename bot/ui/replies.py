"""Short ephemeral answers, and completions of commands."""

import discord

from bot.domain.defaults import Defaults
from bot.domain.ids import InteractionId
from bot.domain.models import Model
from bot.domain.request import AUTO, Size, spelled
from bot.domain.state import FAILED, UNPAID, State
from bot.domain.task import Task
from bot.domain.text import half_width
from bot.errors import ChatError, ImagineError, Moderated
from bot.refusals import (
    Blocked,
    CapReached,
    ChannelNotAllowed,
    MissingPermissions,
    NotAllowed,
    PrivateOff,
    QueueFull,
    QuotaReached,
    ServerNotAllowed,
    ServerPaused,
    SizeNotUnderstood,
    SizeOutOfRange,
    SubmissionsPaused,
    TooManyOpenTasks,
    UnknownFlags,
)
from bot.ui import buttons, colours, wording
from bot.ui.explain import explain
from bot.ui.prompt import OPTION_LIMIT, TEXT_LIMIT, fence, plain, quote, width
from bot.ui.reasons import why
from bot.ui.texts import Texts
from bot.ui.view import static_view

#: The ratios that people use most, in this order; the others come after them.
USUAL_RATIOS = ("1:1", "16:9", "9:16", "4:3", "3:4")
#: Discord's limit of choices for one option.
CHOICES = 25
#: Refusals that pass: in minutes, or once an admin has granted what is missing.
_PASSING = (
    ChatError,
    MissingPermissions,
    QueueFull,
    ServerPaused,
    SubmissionsPaused,
    TooManyOpenTasks,
)


def notice(text: str) -> discord.ui.LayoutView:
    """Return a message that is one sentence."""
    return static_view(discord.ui.TextDisplay(text))


def stopped(task: Task, t: Texts) -> str:
    """Say what came of *Cancel* or *Stop waiting*."""
    if task.state in UNPAID or task.state is State.CANCELLED:
        return t("Cancelled. Not charged.")
    if task.state is State.SUBMITTING and task.remote_id is None:
        return t(
            "Stopped waiting. If it still goes through, you'll find the images in /tasks; if not, "
            "you won't be charged."
        )
    if task.state in FAILED:
        return f"{why(task, t)}\n-# {wording.quota(task, t)}"
    return t(
        "Stopped waiting. You'll find the images in /tasks when they're ready. "
        "They still count towards your quota."
    )


def refusal(
    error: ImagineError,
    t: Texts,
    prompt: str | None,
    draft_id: InteractionId | None = None,
    *,
    uses: int = 1,
) -> discord.ui.LayoutView:
    """Say why a draft is refused, with the button that helps, or else its prompt to copy.

    ``prompt``: ``None`` if it must not be shown. ``draft_id``: ``None`` if the draft isn't kept.
    ``uses``: how many images it counts as.
    """
    if draft_id is None or _is_final(error):
        return given_back(explain(error, t), t, prompt)
    box = discord.ui.Container[discord.ui.LayoutView](accent_colour=colours.FAILED)
    if prompt is not None:
        box.add_item(discord.ui.TextDisplay(quote(prompt))).add_item(discord.ui.Separator())
    box.add_item(discord.ui.TextDisplay(explain(error, t)))
    box.add_item(discord.ui.ActionRow(*_offered(error, draft_id, uses, t)))
    return static_view(box)


def given_back(sentence: str, t: Texts, prompt: str | None) -> discord.ui.LayoutView:
    """Say what went wrong, with the prompt to copy."""
    box = discord.ui.Container[discord.ui.LayoutView](accent_colour=colours.FAILED)
    box.add_item(discord.ui.TextDisplay(sentence))
    if prompt is not None and plain(prompt):
        copy = f"-# {t('Your prompt, to copy:')}"
        room = TEXT_LIMIT - width(sentence) - width(copy) - 1
        box.add_item(discord.ui.TextDisplay(f"{copy}\n{fence(prompt, room)}"))
    return static_view(box)


def _offered(
    error: ImagineError, draft_id: InteractionId, uses: int, t: Texts
) -> list[buttons.Button]:
    edit = buttons.fix(draft_id, t, alone=False)
    if isinstance(error, CapReached):
        # A cap doesn't say how many images are left, but fewer may fit now.
        return [buttons.resend(draft_id, uses, t), *([edit] if uses > 1 else [])]
    if _is_passing(error):
        return [buttons.resend(draft_id, uses, t)]
    if (label := _mended(error, uses, t)) is not None:
        return [buttons.resend(draft_id, uses, t, label=label), edit]
    return [buttons.fix(draft_id, t)]


def _mended(error: ImagineError, uses: int, t: Texts) -> str | None:
    """Return the label to send a draft that was corrected when refused; ``None``: it wasn't."""
    match error:
        case UnknownFlags():
            return t("Send without it (uses {n})", n=uses)
        case PrivateOff():
            return t("Send publicly (uses {n})", n=uses)
        case SizeOutOfRange():
            return t("Use {size} (uses {n})", size=error.nearest, n=uses)
        case _:
            return None


def _is_passing(error: ImagineError) -> bool:
    """Tell whether the same draft may be accepted later, unchanged."""
    if isinstance(error, QuotaReached):
        fits = error.asked * error.weight <= error.images + error.granted
        return error.left == 0 and fits
    return isinstance(error, _PASSING) and not isinstance(error, Moderated)


def _is_final(error: ImagineError) -> bool:
    """Tell whether neither waiting nor editing helps this user here."""
    if isinstance(error, QuotaReached):
        return error.images == 0 and error.left == 0
    return isinstance(error, Blocked | ChannelNotAllowed | NotAllowed | ServerNotAllowed)


def defaults_card(own: Defaults, t: Texts) -> discord.ui.LayoutView:
    """Show a user's defaults."""
    count = None if own.count is None else wording.images(own.count, t)
    private = t("private") if own.private else None
    said = " · ".join(filter(None, (own.size, own.quality, count, private)))
    box = discord.ui.Container[discord.ui.LayoutView](
        discord.ui.TextDisplay(
            f"**{t('Your defaults')}**\n{said or t('None yet.')}\n"
            f"-# {t('Used for what you leave out of /imagine, in every server.')}"
        ),
        accent_colour=colours.PANEL,
    )
    if said:
        box.add_item(discord.ui.ActionRow(buttons.reset_defaults(t)))
    return static_view(box)


def size_choices(typed: str, model: Model, t: Texts) -> list[tuple[str, str]]:
    """Return completions of a size, as names and values; none if the text is too long for one."""
    if len(typed) > OPTION_LIMIT:
        return []  # 6,000 characters blocked the event loop for half a second, at each keystroke
    choices = [(size_choice(size, model, t), size) for size in sizes_for(typed, model, t)]
    if not choices and (choice := typed_choice(typed, model, t)) is not None:
        choices = [choice]
    return choices[:CHOICES]


def sizes_for(typed: str, model: Model, t: Texts) -> list[str]:
    """Return the sizes that the text may mean (a beginning, a shape, a part), likeliest first.

    The words of the completions are understood, too: "16", "portrait", "方".
    """
    sizes = (AUTO, *(each for each in USUAL_RATIOS if each in model.ratios), *model.ratios)
    begun = half_width(typed).strip().lower()
    beginning = [size for size in sizes if size.startswith(spelled(typed))]
    named = [size for size in sizes if begun in half_width(size_choice(size, model, t)).lower()]
    return list(dict.fromkeys((*beginning, *named)))


def size_choice(size: str, model: Model, t: Texts) -> str:
    """Name a size in a completion: "16:9 · landscape · 2848x1600"."""
    ratio = Size(size).ratio
    if ratio is None:
        return t("auto · chosen from the prompt or your pictures")
    shape = t("square") if ratio == 1 else t("landscape") if ratio > 1 else t("portrait")
    pixels = model.pixels_of(size, model.qualities[0])
    known = "" if pixels is None else f" · {wording.pixels(pixels)}"
    return f"{size} · {shape}{known}"[:OPTION_LIMIT]


def typed_choice(typed: str, model: Model, t: Texts) -> tuple[str, str] | None:
    """Return the name and value of a completion for what was typed, or for the nearest size.

    ``None``: the text is too long for one, or invisible.
    """
    try:
        size = Size.parse(typed, model)
    except SizeOutOfRange as error:
        asked = wording.pixels((error.width, error.height))
        name = t("{nearest} · nearest to {asked}", nearest=error.nearest, asked=asked)
        return name[:OPTION_LIMIT], error.nearest
    except SizeNotUnderstood:
        name, value = plain(typed), typed
    else:
        name, value = plain(typed), typed
        if size.pixels is not None:
            name = f"{name} · {wording.pixels(size.pixels)}"
    return (name, value) if plain(typed) and width(f"{name}{value}") <= OPTION_LIMIT else None
