"""What *More…* shows: one result, what can be done with it, and the task's details."""

from collections.abc import Sequence
from typing import Any

import discord

from bot.domain.ids import ChannelId, MessageId
from bot.domain.result import Result
from bot.domain.task import Task
from bot.ui import buttons, colours, wording
from bot.ui.prompt import alt, escape, fence
from bot.ui.reasons import why
from bot.ui.texts import Texts
from bot.ui.view import static_view, with_thumbnail

#: Characters of a reference's name in a list.
_NAME = 40


def menu(  # noqa: PLR0913 - all of it is shown
    task: Task,
    results: Sequence[Result],
    position: int | None,
    t: Texts,
    *,
    until: int | None,
    is_own: bool,
    may_delete: bool,
    thumbnail: str | None,
) -> discord.ui.LayoutView:
    """Show one result and what can be done with it; without a ``position``, with all of them.

    A single result has both. With several, the user can choose another. ``until``: when the
    originals are deleted, in epoch milliseconds; ``None``: they already are. ``thumbnail``: the
    name of an attachment.
    """
    alone = len(results) == 1
    result = results[0] if alone else _at(results, position)
    kept = until if any(each.file for each in ([result] if result else results)) else None
    box = discord.ui.Container[discord.ui.LayoutView](
        with_thumbnail(
            _about_images(results, result, kept, t),
            thumbnail,
            alt(task.request.prompt),
            spoiler=task.request.spoiler,
        ),
        accent_colour=colours.colour_of(task.state),
    )
    if not alone:
        chosen = None if result is None else result.position
        every = [each.position for each in results]
        box.add_item(discord.ui.ActionRow(buttons.choose(task, every, chosen, t)))
    if result is not None:
        row = [*buttons.main_of_image(task, result.position, t)]
        row.append(buttons.use(task, result.position, t))
        if kept is not None:
            row.append(buttons.original(task, result.position, t))
        box.add_item(discord.ui.ActionRow(*row))
        if may_delete and not alone:
            box.add_item(discord.ui.ActionRow(buttons.remove(task, result.position, t)))
    if alone or result is None:
        row = [buttons.again(task, t), buttons.remix(task, t)]
        if kept is not None and not alone and is_own:
            row.append(buttons.originals(task, t))
        if task.private and is_own and task.requester.server:
            row.append(buttons.publish(task, t))
        box.add_item(discord.ui.ActionRow(*row))
        row = [buttons.details(task, t)]
        if may_delete:
            row.append(buttons.delete(task, t))
        box.add_item(discord.ui.ActionRow(*row))
    return static_view(box)


def _at(results: Sequence[Result], position: int | None) -> Result | None:
    if position is None:
        return None
    return next((each for each in results if each.position == position), results[0])


def _about_images(
    results: Sequence[Result], result: Result | None, until: int | None, t: Texts
) -> str:
    if result is None:
        title, facts = wording.images(len(results), t), ""
    else:
        # Others may have been deleted, but the numbers stay.
        of = results[-1].position + 1
        title = t("Image {number} of {of}", number=result.position + 1, of=of)
        facts = _facts(result)
    many = 1 if result is not None else len(results)
    if until is None:
        kept = t.plural(
            "The original is no longer kept.", "The originals are no longer kept.", many
        )
    else:
        kept = t.plural(
            "The original is kept until {when}.",
            "The originals are kept until {when}.",
            many,
            when=wording.at(until),
        )
    return f"**{title}**\n{facts}-# {kept}"


def delete_question(  # noqa: PLR0913 - all of it is shown
    task: Task,
    images: int,
    t: Texts,
    *,
    position: int | None,
    stays: bool,
    thumbnail: str | None,
) -> discord.ui.LayoutView:
    """Ask whether to delete the images, or one of them; ``stays``: some message can't be deleted.

    ``thumbnail``: as in ``menu``.
    """
    asked = t.plural("Delete this image?", "Delete these {n} images?", images)
    if position is not None:
        asked = t("Delete image {number}?", number=position + 1)
        note = t("It will be gone for good; the others stay. Your quota isn't refunded.")
        if stays:
            note = t(
                "Its original will be gone for good; a message the bot can't change still shows "
                "it. Your quota isn't refunded."
            )
    elif stays:
        note = t(
            "The originals will be gone for good; messages the bot can't delete stay. Your quota "
            "isn't refunded."
        )
    else:
        note = t("The message and the originals will be gone for good. Your quota isn't refunded.")
    return static_view(
        discord.ui.Container(
            with_thumbnail(
                f"**{asked}**\n{note}",
                thumbnail,
                alt(task.request.prompt),
                spoiler=task.request.spoiler,
            ),
            discord.ui.ActionRow(*buttons.confirm_delete(task, position, t)),
            accent_colour=colours.FAILED,
        )
    )


def published_notice(
    task: Task, there: tuple[ChannelId, MessageId], t: Texts
) -> discord.ui.LayoutView:
    """Say that the result was posted, with a link; ``there``: its channel and message."""
    return static_view(
        discord.ui.TextDisplay(t("Posted to the channel. Everyone there can see it.")),
        discord.ui.ActionRow(buttons.link(wording.link(task.requester.server, there), t)),
    )


def details(task: Task, t: Texts) -> discord.ui.LayoutView:
    """Show the whole prompt, and everything else that its user may know about the task."""
    box = discord.ui.Container[Any](accent_colour=colours.colour_of(task.state))
    box.add_item(discord.ui.TextDisplay(fence(task.request.prompt)))
    box.add_item(discord.ui.TextDisplay("\n".join(_lines(task, t))))
    box.add_item(discord.ui.ActionRow(buttons.defaults(task, t)))
    return static_view(box)


def _facts(result: Result) -> str:
    """Return a line like "2048x2048 · 5.1 MB", or nothing."""
    if result.width is None or result.height is None or result.bytes is None:
        return ""
    return f"{wording.pixels((result.width, result.height))} · {wording.size_of(result.bytes)}\n"


def _lines(task: Task, t: Texts) -> list[str]:
    request, reason = task.request, why(task, t)
    when = wording.at(task.ended_at or task.created_at)
    small = [
        wording.parameters(request, t),
        f"{wording.quota(task, t)} · {t('task {id}', id=task.id)}",
    ]
    if task.parent_id is not None:
        small[-1] = f"{small[-1]} · {t('made from task {id}', id=task.parent_id)}"
    names = wording.references(request, t, _NAME)
    if names:
        small.append(t("References: {names}", names=t(", ").join(names)))
    if request.instruction:
        small.append(t("Sent instead of the prompt: {words}", words=escape(request.instruction)))
    if request.added_words:
        small.append(t("Added to the prompt: {words}", words=escape(request.added_words)))
    return [
        f"**{wording.state(task, t)}** · {when}",
        *([reason] if reason else []),
        *(f"-# {line}" for line in small),
    ]
