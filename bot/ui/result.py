"""The result: the images, whose they are, and what was asked for."""

from collections.abc import Iterator, Mapping, Sequence

import discord

from bot.domain.result import Way
from bot.domain.task import Task
from bot.ui import buttons, wording
from bot.ui.prompt import alt
from bot.ui.texts import Texts, texts
from bot.ui.view import static_view

#: Discord's limit for the buttons in a row.
_BUTTONS = 5
#: Images in the first of two galleries, by how many there are. Discord shows one of 7 or 10 as wide
#: as the whole gallery; these numbers fill their rows.
_SPLIT = {7: 4, 10: 6}


def result_page(  # noqa: PLR0913 - what is said of a page
    task: Task,
    names: Mapping[int, str],
    *,
    page: int,
    pages: int,
    awaited: Sequence[int] = (),
    way: Way = Way.CHANNEL,
    quoted: bool = True,
) -> discord.ui.LayoutView:
    """Build one page of ``pages``, counted from 0; ``names``: its images' attachments, at most ten.

    Images are counted from 0 over all pages. ``awaited``: those that may still come. ``way``: how
    the page is posted; a page that only the requester sees says why. ``quoted``: whether the prompt
    is shown.
    """
    assert 0 <= page < pages, "pages are counted from 0"
    t = texts(task.locale)
    # A page doesn't know how many images the others have.
    alone = pages == 1 and not awaited
    lines = [_about(task, names, t, alone=alone)]
    if pages > 1:
        lines[0] = f"{lines[0]} · {t('page {page}/{of}', page=page + 1, of=pages)}"
    if awaited:
        lines.append(_still_coming(awaited, t))
    if page == 0 and _is_fallback(task, way):
        why = t(
            "Only you can see this: it couldn't be posted in {channel}.",
            channel=f"<#{task.channel_id}>",
        )
        lines.append(why)
    whole = [buttons.again(task, t), buttons.remix(task, t), buttons.more(task, t)]
    if task.private and task.requester.server:
        whole.append(buttons.publish(task, t))
    return static_view(
        discord.ui.TextDisplay(_whose(task, quoted=quoted)),
        *_galleries(task, names, t),
        discord.ui.TextDisplay("\n".join(f"-# {line}" for line in lines)),
        _images(task, list(names), t, alone=alone),
        discord.ui.ActionRow(*whole),
    )


def _galleries(
    task: Task, names: Mapping[int, str], t: Texts
) -> Iterator["discord.ui.MediaGallery[discord.ui.LayoutView]"]:
    items = [
        discord.MediaGalleryItem(
            f"attachment://{name}",
            description=_alt(task, position, t),
            spoiler=task.request.spoiler,
        )
        for position, name in names.items()
    ]
    cut = _SPLIT.get(len(items), len(items))
    for some in (items[:cut], items[cut:]):
        if some:
            yield discord.ui.MediaGallery(*some)


def _alt(task: Task, position: int, t: Texts) -> str | None:
    """Return the prompt, with the image's number where there may be several."""
    prompt = task.request.prompt
    if task.request.count == 1:
        return alt(prompt)
    number = t("Image {number}", number=position + 1)
    return alt(f"{number} · {prompt}" if alt(prompt) else number)


def _images(
    task: Task, positions: Sequence[int], t: Texts, *, alone: bool
) -> "discord.ui.ActionRow[discord.ui.LayoutView]":
    """Return the row that leads to each image's panel; for a single image, its main buttons."""
    if alone and len(positions) == 1:
        return discord.ui.ActionRow(*buttons.main_of_image(task, positions[0], t))
    if len(positions) <= _BUTTONS:
        return discord.ui.ActionRow(*(buttons.image(task, each) for each in positions))
    return discord.ui.ActionRow(buttons.open_image(task, positions, t))


def _about(task: Task, names: Mapping[int, str], t: Texts, *, alone: bool) -> str:
    said = wording.parameters(task.request, t, drawn=len(names) if alone else None)
    if alone:
        return said
    first, last = min(names) + 1, max(names) + 1
    if first == last:
        return f"{said} · {t('image {number}', number=first)}"
    numbers = t("images {first}\N{EN DASH}{last}", first=first, last=last)
    return f"{said} · {numbers}"


def _whose(task: Task, *, quoted: bool) -> str:
    said = f"\n{wording.heading(task, texts(task.locale))}" if quoted else ""
    return f"<@{task.requester.user}>{said}"


def _is_fallback(task: Task, way: Way) -> bool:
    """Tell whether the page would be public if it could be posted."""
    return way is Way.DIRECT or (way is Way.FOLLOWUP and not task.private)


def _still_coming(awaited: Sequence[int], t: Texts) -> str:
    if len(awaited) > 1:
        return t("{n} images aren't here yet. The bot keeps trying for a day.", n=len(awaited))
    return t(
        "Image {number} isn't here yet. The bot keeps trying for a day.", number=awaited[0] + 1
    )
