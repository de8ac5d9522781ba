"""The result: the images, whose they are, and what was asked for."""

from collections.abc import Sequence

import discord

from bot.domain.result import Way
from bot.domain.task import Task
from bot.ui import buttons, wording
from bot.ui.prompt import alt, quote
from bot.ui.texts import Texts, texts
from bot.ui.view import static_view


def result_page(  # noqa: PLR0913 - what is said of a page
    task: Task,
    names: Sequence[str],
    *,
    page: int,
    pages: int,
    awaited: Sequence[int] = (),
    way: Way = Way.CHANNEL,
    quoted: bool = True,
) -> discord.ui.LayoutView:
    """Build one page of ``pages``, counted from 0; ``names``: its attachments, at most ten.

    ``awaited``: the images, from 0, that may still come. ``way``: how the page is posted; one that
    only the requester sees says why. ``quoted``: whether the prompt is shown.
    """
    assert 0 <= page < pages, "pages are counted from 0"
    t = texts(task.locale)
    described = alt(task.request.prompt)
    gallery = discord.ui.MediaGallery[discord.ui.LayoutView](
        *(
            discord.MediaGalleryItem(
                f"attachment://{name}", description=described, spoiler=task.request.spoiler
            )
            for name in names
        )
    )
    # A page doesn't know how many images the others have.
    alone = pages == 1 and not awaited
    small = wording.parameters(task.request, t, drawn=len(names) if alone else None)
    if pages > 1:
        small = f"{small} · {t('page {page}/{of}', page=page + 1, of=pages)}"
    if awaited:
        small = f"{small}\n-# {_still_coming(awaited, t)}"
    if page == 0 and _is_fallback(task, way):
        why = t(
            "Only you can see this: it couldn't be posted in {channel}.",
            channel=f"<#{task.channel_id}>",
        )
        small = f"{small}\n-# {why}"
    row = [buttons.again(task, t), buttons.edit(task, t), buttons.more(task, t)]
    if task.private and task.requester.server:
        row.append(buttons.publish(task, t))
    return static_view(
        discord.ui.TextDisplay(_whose(task, quoted=quoted)),
        gallery,
        discord.ui.TextDisplay(f"-# {small}"),
        discord.ui.ActionRow(*row),
    )


def _whose(task: Task, *, quoted: bool) -> str:
    said = f"\n{quote(task.request.prompt)}" if quoted else ""
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
