"""Forms, most of them to change or complete a draft; their fields are named only here.

Discord allows five fields, but five don't fit in 800 pixels of height if one of them takes uploads.
So each form has only those that matter; what it doesn't ask for stays as it was. A submitted form
is recognized by its ids alone (``bot/interactions/forms.py``), so one that was opened before a
restart still works.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.domain.draft import Draft
from bot.domain.ids import InteractionId, UserId
from bot.domain.models import Model
from bot.domain.state import State
from bot.domain.task import Task
from bot.domain.task_query import SEARCH_LIMIT, TaskQuery
from bot.refusals import (
    BadReference,
    InvalidRequest,
    QualityNotUnderstood,
    QualityWithPixels,
    TooManyImages,
    TooManyReferences,
)
from bot.ui import ids
from bot.ui.file_types import PictureUpload
from bot.ui.prompt import cut, on_one_line, option, plain, width
from bot.ui.texts import Texts

PROMPT, SIZE, QUALITY, COUNT, FILES = "prompt", "size", "quality", "count", "files"
#: Which of a task's results to edit; which references to keep.
IMAGE, KEEP = "image", "keep"
#: Words to search for in prompts.
WORDS = "words"
#: A page or date to go to.
PLACE = "place"
#: A limit of images.
IMAGES = "images"
#: The prompt's field in a form that edits a picture: it is empty, and asks what to change.
CHANGES = "changes"
#: The fields of a form that takes more pictures, of one that takes none, and of one where the
#: pictures are at fault.
MORE = (PROMPT, SIZE, COUNT, FILES)
USUAL = (PROMPT, SIZE, QUALITY, COUNT)
CHOOSING = (PROMPT, KEEP, COUNT, FILES)

#: Discord's limits: characters of a text, files in one field.
TEXT_LIMIT, FILE_LIMIT = 4000, 10
#: Discord's limit for a menu's options.
OPTIONS = 25
#: Characters of a size; longer than any valid one, so that a wrong one can be typed and explained.
SIZE_LIMIT = 40

Label = discord.ui.Label[Any]


def edit(
    task: Task, draft: Draft, model: Model, t: Texts, *, positions: Sequence[int]
) -> discord.ui.Modal:
    """Build the form that changes a result; if there are several ``positions``, it asks which."""
    if len(positions) > 1:
        custom_id = ids.EDIT.write(id=task.interaction_id)
        fields = (CHANGES, IMAGE, COUNT, FILES)
        return form(custom_id, t("Edit"), draft, model, t, fields=fields, images=positions)
    (position,) = positions
    custom_id = ids.EDIT_IMAGE.write(id=task.interaction_id, position=position)
    title = t("Edit image {number}", number=position + 1)
    fields = (CHANGES, SIZE, COUNT, FILES)
    return form(custom_id, title, draft, model, t, fields=fields)


def compose(
    draft_id: InteractionId, draft: Draft, model: Model, t: Texts, *, unusable: Sequence[str] = ()
) -> discord.ui.Modal:
    """Build the form for a draft with references but no prompt yet; of several, the user chooses.

    ``unusable``: names of the message's other files.
    """
    fields = (PROMPT, KEEP, SIZE, COUNT) if len(draft.references) > 1 else MORE
    custom_id = ids.COMPOSE.write(id=draft_id)
    return form(custom_id, t("Draw"), draft, model, t, fields=fields, unusable=unusable)


def fix(draft_id: InteractionId, draft: Draft, model: Model, t: Texts) -> discord.ui.Modal:
    """Build the form for a draft that was refused: everything is as it was typed."""
    return _resend(ids.FIX.write(id=draft_id), t("Edit and resend"), draft, model, t)


def change(
    task: Task, draft: Draft, model: Model, t: Texts, *, bad: int | None = None
) -> discord.ui.Modal:
    """Build *Remix*, or the same form as ``fix`` for a task that failed.

    ``bad``: the reference that made it fail.
    """
    custom_id = ids.CHANGE.write(id=task.interaction_id)
    if task.state in {State.DELIVERED, State.KEPT}:
        return form(custom_id, t("Remix"), draft, model, t, fields=USUAL)
    return _resend(custom_id, t("Edit and resend"), draft, model, t, bad=bad)


def search(query: TaskQuery, t: Texts) -> discord.ui.Modal:
    """Build the form that searches tasks by their prompts."""
    field = discord.ui.TextInput[Any](
        custom_id=WORDS,
        default=query.search or None,
        required=False,
        max_length=SEARCH_LIMIT,
    )
    label = discord.ui.Label[Any](text=t("Words in the prompt"), component=field)
    return modal(ids.SEARCH_FORM.write(show=query.filter), t("Search your tasks"), [label])


def jump(query: TaskQuery, t: Texts) -> discord.ui.Modal:
    """Build the form that goes to a page or a date."""
    field = discord.ui.TextInput[Any](
        custom_id=PLACE, placeholder=t("3, or 2030-01-31"), max_length=SIZE_LIMIT
    )
    label = discord.ui.Label[Any](text=t("Page or date"), component=field)
    custom_id = ids.JUMP.write(show=query.filter, search=query.search)
    return modal(custom_id, t("Go to a page or date"), [label])


def limit(user: UserId, t: Texts) -> discord.ui.Modal:
    """Build the form that sets a member's limit."""
    images = discord.ui.TextInput[Any](custom_id=IMAGES, max_length=SIZE_LIMIT)
    text = t("Images a day, “unlimited” or “default”")
    label = discord.ui.Label[Any](text=text, component=images)
    return modal(ids.LIMIT.write(id=user), t("Limit"), [label])


def form(  # noqa: PLR0913 - the last three are each one field's
    custom_id: str,
    title: str,
    draft: Draft,
    model: Model,
    t: Texts,
    *,
    fields: Sequence[str] = MORE,
    images: Sequence[int] = (),
    bad: int | None = None,
    unusable: Sequence[str] = (),
) -> discord.ui.Modal:
    """Build a form, filled in from the draft.

    ``images``: the results to choose from; ``bad``: the reference that isn't preselected to keep;
    ``unusable``: names of files that can't be references.
    """
    note = t("Can't be used: {names}.", names=t(", ").join(unusable)) if unusable else None
    kept = 0 if KEEP in fields else len(draft.references)
    labels: dict[str, Callable[[], Label | None]] = {
        PROMPT: lambda: _prompt(draft, model, t),
        CHANGES: lambda: _changes(draft, model, t),
        SIZE: lambda: _size(draft, t),
        QUALITY: lambda: _quality(draft, model, t),
        COUNT: lambda: _count(draft, model, t),
        IMAGE: lambda: _image(images, t),
        KEEP: lambda: _keep(draft, model, bad, note, t),
        FILES: lambda: _files(model.references.count - kept, kept, note, t),
    }
    return modal(custom_id, title, [label for name in fields if (label := labels[name]())])


def _resend(  # noqa: PLR0913 - as `form`
    custom_id: str, title: str, draft: Draft, model: Model, t: Texts, *, bad: int | None = None
) -> discord.ui.Modal:
    """Build the form, asking which references to keep if one, or their number, is at fault."""
    fields = MORE
    try:
        draft.request(model)
    except BadReference as error:
        bad = error.position
    except (TooManyReferences, TooManyImages):
        fields = CHOOSING
    except (QualityNotUnderstood, QualityWithPixels):
        draft, fields = replace(draft, quality=None), USUAL
    except InvalidRequest:
        pass  # the user sees it in its field
    if bad is not None:
        fields = CHOOSING
    return form(custom_id, title, draft, model, t, fields=fields, bad=bad)


def modal(custom_id: str, title: str, labels: Sequence[Label]) -> discord.ui.Modal:
    """Build a form of these fields that discord.py sends but doesn't keep, as in bot/ui/view.py."""
    made = discord.ui.Modal(title=title, timeout=None, custom_id=custom_id)
    for label in labels:
        made.add_item(label)
    made.stop()
    return made


def _prompt(draft: Draft, model: Model, t: Texts) -> Label:
    field = discord.ui.TextInput[Any](
        custom_id=PROMPT,
        style=discord.TextStyle.long,
        default=cut(draft.prompt, TEXT_LIMIT) or None,
        # A prompt that was refused for its length must fit, so that it can be shortened.
        max_length=min(TEXT_LIMIT, max(model.prompt_limit, width(draft.prompt))),
    )
    return discord.ui.Label(text=t("Prompt"), component=field)


def _changes(draft: Draft, model: Model, t: Texts) -> Label:
    field = discord.ui.TextInput[Any](
        custom_id=PROMPT,
        style=discord.TextStyle.long,
        placeholder=t("Make it winter, remove the boat…"),
        max_length=min(TEXT_LIMIT, model.prompt_limit),
    )
    described = t("Original prompt: {prompt}", prompt=plain(draft.prompt))
    label = t("What should change?")
    return discord.ui.Label(text=label, description=on_one_line(described), component=field)


def _size(draft: Draft, t: Texts) -> Label:
    field = discord.ui.TextInput[Any](
        custom_id=SIZE,
        default=cut(plain(draft.size or ""), SIZE_LIMIT) or None,
        placeholder=t("auto, 16:9 or 2560x1440"),
        required=False,
        max_length=SIZE_LIMIT,
    )
    return discord.ui.Label(text=t("Size"), component=field)


def _quality(draft: Draft, model: Model, t: Texts) -> Label:
    options = [
        discord.SelectOption(label=each, value=each, default=each == (draft.quality or "").upper())
        for each in model.qualities
    ]
    return discord.ui.Label(text=t("Quality"), component=_choice(QUALITY, options, required=False))


def _count(draft: Draft, model: Model, t: Texts) -> Label:
    options = [
        discord.SelectOption(label=str(n), value=str(n), default=n == (draft.count or 1))
        for n in range(1, model.images + 1)
    ]
    return discord.ui.Label(text=t("Number of images"), component=_choice(COUNT, options))


def _image(images: Sequence[int], t: Texts) -> Label:
    options = [
        discord.SelectOption(
            label=t("Image {number}", number=n + 1), value=str(n), default=n == images[0]
        )
        for n in images
    ]
    return discord.ui.Label(text=t("Which image"), component=_choice(IMAGE, options))


def _keep(draft: Draft, model: Model, bad: int | None, note: str | None, t: Texts) -> Label | None:
    if not draft.references:
        return None
    options = [
        discord.SelectOption(
            label=option(f"{place + 1} · {each.name}"),
            value=str(place),
            # If there are too many, the first ones are chosen.
            default=place != bad and place < model.references.count,
        )
        for place, each in enumerate(draft.references[:OPTIONS])
    ]
    chosen = _choice(KEEP, options, required=False)
    chosen.min_values, chosen.max_values = 0, len(options)
    described = None if note is None else option(note)
    return discord.ui.Label(text=t("References to keep"), description=described, component=chosen)


def _files(room: int, kept: int, note: str | None, t: Texts) -> Label | None:
    if room <= 0:
        return None
    field = PictureUpload(
        custom_id=FILES, required=False, min_values=0, max_values=min(FILE_LIMIT, room)
    )
    described = (
        t.plural("{n} reference is kept.", "{n} references are kept.", kept)
        if kept
        else t("To edit, or to use as references")
    )
    described = described if note is None else on_one_line(note)
    return discord.ui.Label(text=t("More pictures"), description=described, component=field)


def _choice(
    custom_id: str, options: list[discord.SelectOption], *, required: bool = True
) -> "discord.ui.Select[Any]":
    return discord.ui.Select(
        custom_id=custom_id, options=options, required=required, min_values=int(required)
    )
