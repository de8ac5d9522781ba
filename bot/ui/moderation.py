"""What a server's admins don't want in it, for them to read."""

from collections.abc import Iterator
from typing import Any

import discord

from bot.domain.moderation import LONGEST_WORD, Moderation
from bot.ui import colours
from bot.ui.prompt import escape, width
from bot.ui.texts import Texts
from bot.ui.view import static_view

#: Characters of all words in their list, and in an entry of the log, of which a page has several.
ALL, FEW = 3_000, 200


def moderation_card(set_: Moderation, t: Texts) -> discord.ui.LayoutView:
    """Show what is set."""
    found = named(set_, t, room=ALL)
    lines = [t("{setting}: {value}", setting=name, value=value) for name, value in found]
    text = "\n".join((f"**{t('Moderation in this server')}**", *lines))
    box = discord.ui.Container[Any](discord.ui.TextDisplay(text), accent_colour=colours.PANEL)
    return static_view(box)


def named(set_: Moderation, t: Texts, *, room: int = FEW) -> Iterator[tuple[str, str]]:
    """Yield the names and values of what is set, with as many words as there is room for."""
    yield t("Words that aren't allowed"), _words(set_.words, room, t)


def _words(words: tuple[str, ...], room: int, t: Texts) -> str:
    if not words:
        return t("none")
    shown = list[str]()
    for word in words:
        said = escape(word, LONGEST_WORD)
        room -= width(said) + 2
        if room < 0:
            break
        shown.append(said)
    more = len(words) - len(shown)
    return t(", ").join((*shown, f"+{more}") if more else shown)
