"""Forms: a draft to change or to complete, and the only place where their fields are named.

Discord takes five fields a form, so each form picks those that matter there. They are understood
by their ids alone (``bot/interactions/forms.py``): a form that was opened before a restart still
counts.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.domain.draft import Draft
from bot.domain.models import Model
from bot.domain.task import Task
from bot.domain.task_query import SEARCH_LIMIT, TaskQuery
from bot.errors import (
    BadReference,
    InvalidRequest,
    QualityWithPixels,
    TooManyImages,
    TooManyReferences,
)
from bot.ui.file_types import PictureUpload
from bot.ui.prompt import cut, option, plain
from bot.ui.texts import N_, Texts

PROMPT, SIZE, QUALITY, COUNT, FILES = "prompt", "size", "quality", "count", "files"
#: Which of a task's results; which of the references are kept.
IMAGE, KEEP = "image", "keep"
#: What is looked for in prompts.
WORDS = "words"
#: What is asked where nothing special is.
USUAL = (PROMPT, SIZE, QUALITY, COUNT, FILES)

#: The forms' own ids. Ids are 63-bit, so 19 digits at most.
EDIT = re.compile(r"task:(?P<id>\d{1,19}):edit")
FIX = re.compile(r"(?:draft|wish):(?P<id>\d{1,19}):fix")
CHANGE = re.compile(r"task:(?P<id>\d{1,19}):change")
SEARCH = re.compile(r"tasks-search:(?P<show>[a-z]{1,10})")
DRAW = re.compile(r"(?:draft|wish):(?P<id>\d{1,19}):draw")

#: What Discord takes: of a text, of files in one field.
TEXT_LIMIT, FILE_LIMIT = 4000, 10
#: The longest size is "4096x4096" with blanks around its signs; more is let through to be refused.
SIZE_LIMIT = 40

Label = discord.ui.Label[Any]

_TITLES = {
    EDIT: N_("Edit"),
    FIX: N_("Fix and send"),
    CHANGE: N_("Change and send"),
}


def form(  # noqa: PLR0913 - the last two are each one field's
    custom_id: str,
    draft: Draft,
    model: Model,
    t: Texts,
    *,
    fields: Sequence[str] = USUAL,
    images: int = 0,
    bad: int | None = None,
) -> discord.ui.Modal:
    """Draw a form with what is known of a draft in it.

    ``images``: results to choose one from; ``bad``: the reference that is not to be kept.
    """
    title = next((t(name) for form, name in _TITLES.items() if form.fullmatch(custom_id)), "")
    modal = discord.ui.Modal(title=title or t("Draw"), timeout=None, custom_id=custom_id)
    kept = 0 if KEEP in fields else len(draft.references)
    labels: dict[str, Callable[[], Label | None]] = {
        PROMPT: lambda: _prompt(draft, t),
        SIZE: lambda: _size(draft, t),
        QUALITY: lambda: _quality(draft, model, t),
        COUNT: lambda: _count(draft, model, t),
        IMAGE: lambda: _image(images, t),
        KEEP: lambda: _keep(draft, bad, t),
        FILES: lambda: _files(model.references.count - kept, kept, t),
    }
    for name in fields:
        label = labels[name]()
        if label is not None:
            modal.add_item(label)
    # As in bot/ui/view.py: it is sent, and then discord.py forgets it.
    modal.stop()
    return modal


def edit(task: Task, draft: Draft, model: Model, t: Texts, *, images: int) -> discord.ui.Modal:
    """Draw the form that changes one of a task's results; with several, it asks which."""
    fields = USUAL if images == 1 else (PROMPT, IMAGE, SIZE, COUNT, FILES)
    return form(f"task:{task.interaction_id}:edit", draft, model, t, fields=fields, images=images)


def compose(draft_id: int, draft: Draft, model: Model, t: Texts) -> discord.ui.Modal:
    """Draw the form for a draft that has references and no prompt yet."""
    return form(f"draft:{draft_id}:draw", draft, model, t)


def resend(
    custom_id: str, draft: Draft, model: Model, t: Texts, *, bad: int | None = None
) -> discord.ui.Modal:
    """Draw the form for a draft that was refused, or failed: everything stays as it was typed.

    Where the references are at fault, it asks which to keep; ``bad``: all but this one.
    """
    fields = USUAL
    try:
        draft.request(model)
    except BadReference as error:
        bad = error.position
    except (TooManyReferences, TooManyImages):
        fields = (PROMPT, KEEP, SIZE, COUNT, FILES)
    except QualityWithPixels:
        draft = replace(draft, quality=None)
    except InvalidRequest:
        pass  # what it is can be seen in its field
    if bad is not None:
        fields = (PROMPT, KEEP, SIZE, COUNT, FILES)
    return form(custom_id, draft, model, t, fields=fields, bad=bad)


def search(query: TaskQuery, t: Texts) -> discord.ui.Modal:
    """Draw the form that looks for tasks by their prompts."""
    custom_id = f"tasks-search:{query.filter}"
    modal = discord.ui.Modal(title=t("Search your tasks"), timeout=None, custom_id=custom_id)
    field = discord.ui.TextInput[Any](
        custom_id=WORDS,
        default=query.search or None,
        required=False,
        max_length=SEARCH_LIMIT,
    )
    modal.add_item(discord.ui.Label(text=t("Words in the prompt"), component=field))
    modal.stop()
    return modal


def _prompt(draft: Draft, t: Texts) -> Label:
    field = discord.ui.TextInput[Any](
        custom_id=PROMPT,
        style=discord.TextStyle.long,
        default=cut(draft.prompt, TEXT_LIMIT) or None,
        max_length=TEXT_LIMIT,
    )
    return discord.ui.Label(text=t("Prompt"), component=field)


def _size(draft: Draft, t: Texts) -> Label:
    field = discord.ui.TextInput[Any](
        custom_id=SIZE,
        default=cut(plain(draft.size or ""), SIZE_LIMIT) or None,
        placeholder="auto",
        required=False,
        max_length=SIZE_LIMIT,
    )
    described = t("A ratio like 16:9, or pixels like 2560x1440")
    return discord.ui.Label(text=t("Size"), description=described, component=field)


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
    return discord.ui.Label(text=t("How many pictures"), component=_choice(COUNT, options))


def _image(images: int, t: Texts) -> Label:
    options = [
        discord.SelectOption(label=t("Image {number}", number=n + 1), value=str(n), default=n == 0)
        for n in range(images)
    ]
    return discord.ui.Label(text=t("Which image"), component=_choice(IMAGE, options))


def _keep(draft: Draft, bad: int | None, t: Texts) -> Label | None:
    if not draft.references:
        return None
    options = [
        discord.SelectOption(
            label=option(f"{place + 1} · {each.name}"),
            value=str(place),
            default=place != bad,
        )
        for place, each in enumerate(draft.references)
    ]
    chosen = _choice(KEEP, options, required=False)
    chosen.min_values, chosen.max_values = 0, len(options)
    return discord.ui.Label(text=t("References to keep"), component=chosen)


def _files(room: int, kept: int, t: Texts) -> Label | None:
    if room <= 0:
        return None
    field = PictureUpload(
        custom_id=FILES, required=False, min_values=0, max_values=min(FILE_LIMIT, room)
    )
    described = (
        t.plural("{n} reference is kept.", "{n} references are kept.", kept)
        if kept
        else t("To edit, or to draw from")
    )
    return discord.ui.Label(text=t("More pictures"), description=described, component=field)


def _choice(
    custom_id: str, options: list[discord.SelectOption], *, required: bool = True
) -> "discord.ui.Select[Any]":
    return discord.ui.Select(
        custom_id=custom_id, options=options, required=required, min_values=int(required)
    )
