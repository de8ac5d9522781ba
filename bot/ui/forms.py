"""Forms: a wish to change or to complete, and the only place where their fields are named.

Discord takes five fields a form, so each form picks those that matter there. They are understood by
their ids alone (``bot/chat/forms.py``): a form that was opened before a restart still counts.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.domain.browsing import SEARCH_LIMIT, Browsing
from bot.domain.request import COUNT_LIMIT, REFERENCE_LIMIT, Quality
from bot.domain.task import Task
from bot.domain.wish import Wish
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
FIX = re.compile(r"wish:(?P<id>\d{1,19}):fix")
CHANGE = re.compile(r"task:(?P<id>\d{1,19}):change")
SEARCH = re.compile(r"tasks-search:(?P<show>[a-z]{1,10})")
DRAW = re.compile(r"wish:(?P<id>\d{1,19}):draw")

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
    wish: Wish,
    t: Texts,
    *,
    fields: Sequence[str] = USUAL,
    images: int = 0,
    bad: int | None = None,
) -> discord.ui.Modal:
    """Draw a form with what is known of a wish in it.

    ``images``: results to choose one from; ``bad``: the reference that is not to be kept.
    """
    title = next((t(name) for form, name in _TITLES.items() if form.fullmatch(custom_id)), "")
    modal = discord.ui.Modal(title=title or t("Draw"), timeout=None, custom_id=custom_id)
    kept = 0 if KEEP in fields else len(wish.references)
    labels: dict[str, Callable[[], Label | None]] = {
        PROMPT: lambda: _prompt(wish, t),
        SIZE: lambda: _size(wish, t),
        QUALITY: lambda: _quality(wish, t),
        COUNT: lambda: _count(wish, t),
        IMAGE: lambda: _image(images, t),
        KEEP: lambda: _keep(wish, bad, t),
        FILES: lambda: _files(kept, t),
    }
    for name in fields:
        label = labels[name]()
        if label is not None:
            modal.add_item(label)
    # As in bot/ui/view.py: it is sent, and then discord.py forgets it.
    modal.stop()
    return modal


def edit(task: Task, wish: Wish, t: Texts, *, images: int) -> discord.ui.Modal:
    """Draw the form that changes one of a task's results; with several, it asks which."""
    fields = USUAL if images == 1 else (PROMPT, IMAGE, SIZE, COUNT, FILES)
    return form(f"task:{task.interaction_id}:edit", wish, t, fields=fields, images=images)


def draw(wish_id: int, wish: Wish, t: Texts) -> discord.ui.Modal:
    """Draw the form for a wish that has references and no prompt yet."""
    return form(f"wish:{wish_id}:draw", wish, t)


def mend(custom_id: str, wish: Wish, t: Texts, *, bad: int | None = None) -> discord.ui.Modal:
    """Draw the form for a wish that was refused, or failed: everything stays as it was typed.

    Where the references are at fault, it asks which to keep; ``bad``: all but this one.
    """
    fields = USUAL
    try:
        wish.request()
    except BadReference as error:
        bad = error.position
    except (TooManyReferences, TooManyImages):
        fields = (PROMPT, KEEP, SIZE, COUNT, FILES)
    except QualityWithPixels:
        wish = replace(wish, quality=None)
    except InvalidRequest:
        pass  # what it is can be seen in its field
    if bad is not None:
        fields = (PROMPT, KEEP, SIZE, COUNT, FILES)
    return form(custom_id, wish, t, fields=fields, bad=bad)


def search(browsing: Browsing, t: Texts) -> discord.ui.Modal:
    """Draw the form that looks for tasks by their prompts."""
    custom_id = f"tasks-search:{browsing.show}"
    modal = discord.ui.Modal(title=t("Search your tasks"), timeout=None, custom_id=custom_id)
    field = discord.ui.TextInput[Any](
        custom_id=WORDS,
        default=browsing.search or None,
        required=False,
        max_length=SEARCH_LIMIT,
    )
    modal.add_item(discord.ui.Label(text=t("Words in the prompt"), component=field))
    modal.stop()
    return modal


def _prompt(wish: Wish, t: Texts) -> Label:
    field = discord.ui.TextInput[Any](
        custom_id=PROMPT,
        style=discord.TextStyle.long,
        default=cut(wish.prompt, TEXT_LIMIT) or None,
        max_length=TEXT_LIMIT,
    )
    return discord.ui.Label(text=t("Prompt"), component=field)


def _size(wish: Wish, t: Texts) -> Label:
    field = discord.ui.TextInput[Any](
        custom_id=SIZE,
        default=cut(plain(wish.size or ""), SIZE_LIMIT) or None,
        placeholder="auto",
        required=False,
        max_length=SIZE_LIMIT,
    )
    described = t("A ratio like 16:9, or pixels like 2560x1440")
    return discord.ui.Label(text=t("Size"), description=described, component=field)


def _quality(wish: Wish, t: Texts) -> Label:
    options = [
        discord.SelectOption(label=each, value=each, default=each == (wish.quality or "").upper())
        for each in Quality
    ]
    return discord.ui.Label(text=t("Quality"), component=_choice(QUALITY, options, required=False))


def _count(wish: Wish, t: Texts) -> Label:
    options = [
        discord.SelectOption(label=str(n), value=str(n), default=n == (wish.count or 1))
        for n in range(1, COUNT_LIMIT + 1)
    ]
    return discord.ui.Label(text=t("How many pictures"), component=_choice(COUNT, options))


def _image(images: int, t: Texts) -> Label:
    options = [
        discord.SelectOption(label=t("Image {number}", number=n + 1), value=str(n), default=n == 0)
        for n in range(images)
    ]
    return discord.ui.Label(text=t("Which image"), component=_choice(IMAGE, options))


def _keep(wish: Wish, bad: int | None, t: Texts) -> Label | None:
    if not wish.references:
        return None
    options = [
        discord.SelectOption(
            label=option(f"{place + 1} · {each.name}"),
            value=str(place),
            default=place != bad,
        )
        for place, each in enumerate(wish.references)
    ]
    chosen = _choice(KEEP, options, required=False)
    chosen.min_values, chosen.max_values = 0, len(options)
    return discord.ui.Label(text=t("References to keep"), component=chosen)


def _files(kept: int, t: Texts) -> Label | None:
    room = min(FILE_LIMIT, REFERENCE_LIMIT - kept)
    if room <= 0:
        return None
    field = PictureUpload(custom_id=FILES, required=False, min_values=0, max_values=room)
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
