"""The message that stays: the pictures, whose they are, and what was asked for."""

from collections.abc import Sequence

import discord

from bot.domain.task import Task
from bot.ui import buttons, wording
from bot.ui.prompt import alt, quote
from bot.ui.texts import Texts, texts
from bot.ui.view import drawn


def result_page(
    task: Task, names: Sequence[str], *, page: int, of: int, awaited: Sequence[int] = ()
) -> discord.ui.LayoutView:
    """Draw one page of results; ``names`` are those of the message's files, at most ten.

    The page is counted from 0, as ``Post.page`` is; so are ``awaited``, the images that may still
    come.
    """
    assert 0 <= page < of, "pages are counted from 0"
    t = texts(task.locale)
    described = alt(task.request.prompt)
    gallery = discord.ui.MediaGallery[discord.ui.LayoutView](
        *(discord.MediaGalleryItem(f"attachment://{name}", description=described) for name in names)
    )
    # Of several pages, none knows how many pictures the others have.
    alone = of == 1 and not awaited
    small = wording.parameters(task.request, t, drawn=len(names) if alone else None)
    if of > 1:
        small = f"{small} · {t('page {page}/{of}', page=page + 1, of=of)}"
    if awaited:
        small = f"{small}\n-# {_still_coming(awaited, t)}"
    row = [buttons.again(task, t), buttons.edit(task, t), buttons.more(task, t)]
    if task.private and task.guild_id:
        row.append(buttons.publish(task, t))
    return drawn(
        discord.ui.TextDisplay(f"<@{task.user_id}>\n{quote(task.request.prompt)}"),
        gallery,
        discord.ui.TextDisplay(f"-# {small}"),
        discord.ui.ActionRow(*row),
    )


def _still_coming(awaited: Sequence[int], t: Texts) -> str:
    if len(awaited) > 1:
        return t("{n} images aren't here yet. The bot keeps trying for a day.", n=len(awaited))
    return t(
        "Image {number} isn't here yet. The bot keeps trying for a day.", number=awaited[0] + 1
    )
