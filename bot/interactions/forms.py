"""Submitted forms, read from the interaction alone: the bot may have restarted in between.

discord.py only knows forms that this process has opened.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

import discord

from bot.domain.draft import Draft
from bot.domain.reference import Reference
from bot.domain.text import number
from bot.domain.typed import reconciled, renumbered
from bot.interactions.answers import explain_to
from bot.interactions.convert import Interaction, reference_of
from bot.ui import forms
from bot.ui.ids import CustomId, Fields


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled in, by the fields' names; a field that the form doesn't have is missing."""

    texts: dict[str, str]
    choices: dict[str, tuple[str, ...]]
    files: tuple[Reference, ...]

    def text(self, name: str) -> str | None:
        """Return what was typed; ``None``: nothing, or only whitespace."""
        return self.texts.get(name, "").strip() or None

    def number(self, name: str) -> int | None:
        """Return the number that was chosen; ``None``: there is none."""
        chosen = self.choices.get(name, ())
        return number(chosen[0]) if chosen else None

    def over(self, draft: Draft) -> Draft:
        """Return the draft with these changes; what the form didn't ask for stays as it was."""
        new = draft
        if forms.PROMPT in self.texts and self.texts[forms.PROMPT] != draft.prompt:
            # The new words are sent as typed, whatever was sent in place of the old ones.
            new = replace(new, prompt=self.texts[forms.PROMPT], instruction="")
        if forms.SIZE in self.texts:
            new = replace(new, size=self.text(forms.SIZE))
        if forms.QUALITY in self.choices:
            new = replace(new, quality=next(iter(self.choices[forms.QUALITY]), None))
        # The form shows 1 where nothing was chosen.
        if forms.COUNT in self.choices and self.number(forms.COUNT) != (draft.count or 1):
            new = replace(new, count=self.number(forms.COUNT))
        return reconciled(draft, self._with_references(new))

    def _with_references(self, draft: Draft) -> Draft:
        """Return the draft with the references that were kept and added.

        The form numbers the references to choose from, so the prompt may use these numbers.
        """
        places = range(len(draft.references))
        if forms.KEEP in self.choices:
            chosen = {number(place) for place in self.choices[forms.KEEP]}
            places = [place for place in places if place in chosen]
        more = len(draft.references)
        numbers = [place + 1 for place in (*places, *range(more, more + len(self.files)))]
        kept = tuple(draft.references[place] for place in places)
        return replace(
            draft,
            prompt=renumbered(draft.prompt, numbers),
            references=(*kept, *self.files),
        )


class SentForm:
    """A kind of form, and what happens when it is sent, like ``PersistentItem`` for buttons."""

    custom_id: ClassVar[CustomId]

    def __init_subclass__(cls, *, custom_id: CustomId) -> None:
        """``custom_id``: what it is recognized by."""
        cls.custom_id = custom_id

    def __init__(self, fields: Fields, filled: Filled) -> None:
        self.fields = fields
        self.filled = filled

    async def sent(self, interaction: Interaction) -> None:
        """Answer it."""
        raise NotImplementedError


class Forms:
    """The kinds of forms that the bot knows, as the client knows its dynamic items."""

    def __init__(self) -> None:
        self._kinds = list[type[SentForm]]()

    def add(self, *kinds: type[SentForm]) -> None:
        """Recognize forms of these kinds from now on."""
        self._kinds += kinds

    async def on_interaction(self, interaction: Interaction) -> None:
        """Answer a submitted form; its errors become a sentence, as a command's do."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        custom_id = str((interaction.data or {}).get("custom_id", ""))
        prompt = ""
        try:
            for kind in self._kinds:
                if (fields := kind.custom_id.read(custom_id)) is not None:
                    filled = read_form(interaction)
                    prompt = filled.texts.get(forms.PROMPT, "")
                    await kind(fields, filled).sent(interaction)
        except Exception as error:  # noqa: BLE001 - listeners don't reach the tree's on_error
            # Give the prompt back to copy; it may be private, so no card shows it.
            await explain_to(interaction, error, prompt)


def read_form(interaction: Interaction) -> Filled:
    """Return what was filled in."""
    data = cast("dict[str, Any]", interaction.data or {})
    attached = data.get("resolved", {}).get("attachments", {})
    texts, choices, files = dict[str, str](), dict[str, tuple[str, ...]](), list[Reference]()
    for field in _fields(data.get("components", ())):
        name = field["custom_id"]
        if name == forms.FILES:
            files += [_reference(interaction, attached[key]) for key in field.get("values", ())]
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


def _reference(interaction: Interaction, data: Any) -> Reference:  # noqa: ANN401 - Discord's JSON
    return reference_of(discord.Attachment(data=data, state=interaction._state))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - discord.py only reads forms that this process has opened
