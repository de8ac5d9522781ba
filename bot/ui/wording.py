"""Short phrases that several messages share."""

from typing import assert_never

from bot.domain.ids import ChannelId, MessageId, ServerId
from bot.domain.request import Request
from bot.domain.source import FromResult, source_of
from bot.domain.state import UNPAID, Reason, State
from bot.domain.task import Task
from bot.ui.prompt import escape, quote
from bot.ui.texts import Texts


def pixels(width_height: tuple[int, int]) -> str:
    """Say "2848x1600", with a multiplication sign."""
    return "\N{MULTIPLICATION SIGN}".join(map(str, width_height))


def size(request: Request, t: Texts) -> str:
    """Say "16:9 · 2K · 2848x1600"."""
    parts = list[str]()
    if request.size.pixels is None:
        parts.append(t("automatic size") if request.size.ratio is None else request.size.text)
    if request.quality is not None:
        parts.append(request.quality.value)
    if request.pixels is not None:
        parts.append(pixels(request.pixels))
    return " · ".join(parts)


def images(n: int, t: Texts) -> str:
    """Say "2 images"."""
    return t.plural("{n} image", "{n} images", n)


def parameters(request: Request, t: Texts, *, drawn: int | None = None) -> str:
    """Say "16:9 · 2K · 4 images · 2 references", or how many of the images were drawn."""
    count = images(request.count, t)
    if drawn is not None and drawn < request.count:
        count = t("{drawn} of {asked} images", drawn=drawn, asked=request.count)
    parts = [size(request, t), count]
    if request.references:
        references = len(request.references)
        parts.append(t.plural("{n} reference", "{n} references", references))
    return " · ".join(parts)


def references(request: Request, t: Texts, limit: int = 24) -> list[str]:
    """Number the references, as prompts call them: "1 sofa.png", "2 image 3"."""
    named = list[str]()
    for place, each in enumerate(request.references, start=1):
        source = source_of(each)
        name = escape(each.name, limit)
        if isinstance(source, FromResult):
            name = t("image {number}", number=source.position + 1)
        named.append(f"{place} {name}" if len(request.references) > 1 else name)
    return named


def heading(task: Task, t: Texts) -> str:
    """Quote the prompt, and say what it was made from: "> a boat · 4K of image 2"."""
    request = task.request
    said = quote(request.prompt)
    source = source_of(request.references[0]) if request.references else None
    if not isinstance(source, FromResult) or not (request.instruction or request.made_from):
        return said
    image = t("image {number}", number=source.position + 1)
    if request.made_from is not None:
        image = f"[{image}]({link(task.requester.server, request.made_from)})"
    made = (
        t("4K of {image}", image=image) if request.instruction else t("from {image}", image=image)
    )
    return f"{said} · {made}"


def size_of(count: int) -> str:
    """Say "5.1 MB"; a megabyte is a million bytes."""
    return f"{count / 1_000_000:.1f} MB"


def duration(milliseconds: int, t: Texts) -> str:
    """Say "20 s", "3 min", "5 h" or "12 days", as precise as an estimate is."""
    seconds = milliseconds / 1000
    if seconds < 90:  # noqa: PLR2004 - longer ones are in minutes
        return t("{seconds} s", seconds=max(5, 5 * round(seconds / 5)))
    minutes = round(seconds / 60)
    if minutes < 120:  # noqa: PLR2004 - longer ones are in hours
        return t("{minutes} min", minutes=minutes)
    hours = round(minutes / 60)
    if hours < 48:  # noqa: PLR2004 - longer ones are in days
        return t("{hours} h", hours=hours)
    return days(round(hours / 24), t)


def days(count: int, t: Texts) -> str:
    """Say "7 days"."""
    return t.plural("{n} day", "{n} days", count)


def since(milliseconds: int) -> str:
    """Return Discord's timestamp for "3 minutes ago", which the client keeps up to date."""
    return f"<t:{milliseconds // 1000}:R>"


def link(server: ServerId | None, message: tuple[ChannelId, MessageId]) -> str:
    """Return the URL of a message, given as channel and message; no server: a direct message."""
    return f"https://discord.com/channels/{server or '@me'}/{message[0]}/{message[1]}"


def at(milliseconds: int) -> str:
    """Return Discord's timestamp for a date and time, in the reader's own time zone."""
    return f"<t:{milliseconds // 1000}:f>"


def quota(task: Task, t: Texts) -> str:
    """Say how many images of the quota a task has reserved or used."""
    if task.charged is None:
        return t("{n} reserved", n=task.reserved * task.weight)
    if task.charged == 0:
        return t("Not charged")
    charged = t.plural("{n} image charged", "{n} images charged", task.charged * task.weight)
    back = (task.reserved - task.charged) * task.weight
    return f"{charged} · {t('{n} refunded', n=back)}" if back else charged


def state(task: Task, t: Texts) -> str:
    """Name the state."""
    if task.cancel_requested and not task.has_ended:
        return t("Cancelling") if task.state in UNPAID else t("Stopped waiting")
    if task.state is State.KEPT and task.reason == Reason.EXPIRED:
        return t("Expired")
    if task.reason == Reason.DELETED:
        return t("Deleted")
    if task.collected_at is not None:
        return t("Done")
    return _state(task.state, t)


def _state(value: State, t: Texts) -> str:  # noqa: C901, PLR0911 - a table that the type checker finds complete
    match value:
        case State.QUEUED:
            return t("Waiting")
        case State.PREPARING:
            return t("Preparing")
        case State.SUBMITTING:
            return t("Sending")
        case State.RUNNING:
            return t("Drawing")
        case State.READY:
            return t("Posting")
        case State.DELIVERED:
            return t("Done")
        case State.KEPT:
            return t("Ready to collect")
        case State.FAILED:
            return t("Couldn't draw this")
        case State.CANCELLED:
            return t("Cancelled")
        case State.UNKNOWN:
            return t("Not sure it went through")
        case _:
            assert_never(value)
