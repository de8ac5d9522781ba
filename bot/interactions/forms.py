"""What somebody filled into a form, from the interaction alone: no process has to remember it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import discord

from bot.domain.draft import Draft
from bot.domain.reference import Reference
from bot.domain.text import number
from bot.ui import forms


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields of a form by their names; one that the form did not have is missing."""

    texts: dict[str, str]
    choices: dict[str, tuple[str, ...]]
    files: tuple[Reference, ...]

    def text(self, name: str) -> str | None:
        """Return what was typed; ``None``: nothing but blanks."""
        return self.texts.get(name, "").strip() or None

    def number(self, name: str) -> int | None:
        """Return the number that was chosen; ``None``: none."""
        chosen = self.choices.get(name, ())
        return number(chosen[0]) if chosen else None

    def over(self, draft: Draft) -> Draft:
        """Return the draft as it was changed; what the form did not ask stays as it was."""
        kept = draft.references
        if forms.KEEP in self.choices:
            places = {number(place) for place in self.choices[forms.KEEP]}
            kept = tuple(each for place, each in enumerate(kept) if place in places)
        draft = replace(draft, references=(*kept, *self.files))
        if forms.PROMPT in self.texts:
            draft = replace(draft, prompt=self.texts[forms.PROMPT])
        if forms.SIZE in self.texts:
            draft = replace(draft, size=self.text(forms.SIZE))
        if forms.QUALITY in self.choices:
            draft = replace(draft, quality=next(iter(self.choices[forms.QUALITY]), None))
        if forms.COUNT in self.choices:
            draft = replace(draft, count=self.number(forms.COUNT))
        return draft


def filled(interaction: discord.Interaction[Any]) -> Filled:
    """Read a form that was sent."""
    data = cast("dict[str, Any]", interaction.data or {})
    attached = data.get("resolved", {}).get("attachments", {})
    texts, choices, files = dict[str, str](), dict[str, tuple[str, ...]](), list[Reference]()
    for field in _fields(data.get("components", ())):
        name = field["custom_id"]
        if name == forms.FILES:
            files += [_reference(attached[key]) for key in field.get("values", ())]
        elif "values" in field:
            choices[name] = tuple(field["values"])
        else:
            texts[name] = field.get("value") or ""
    return Filled(texts, choices, tuple(files))


def _fields(parts: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        inner = part.get("component")
        if inner is not None and "custom_id" in inner:
            yield inner


def _reference(attachment: dict[str, Any]) -> Reference:
    return Reference(
        url=attachment["url"],
        name=attachment["filename"],
        content_type=attachment.get("content_type"),
        bytes=attachment["size"],
        width=attachment.get("width"),
        height=attachment.get("height"),
        attachment_id=int(attachment["id"]),
    )
