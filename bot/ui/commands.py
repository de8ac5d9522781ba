"""Translations of commands: names, descriptions and options, from the same ``.po`` files."""

import math
import re

import discord
from discord import app_commands
from discord.app_commands import locale_str
from typing_extensions import override

from bot.domain.window import DAY
from bot.ui.texts import ENGLISH, N_, Texts, texts

#: discord.py marks options itself, as it names them after arguments; listed here for translators.
#: "image" is also the name of "image2" and so on.
OPTIONS = (
    N_("prompt"),
    N_("image"),
    N_("size"),
    N_("quality"),
    N_("count"),
    N_("private"),
    N_("mentions"),
    N_("user"),
    N_("images"),
    N_("others"),
    N_("per"),
    N_("role"),
    N_("reason"),
    N_("until"),
    N_("zone"),
    N_("cap"),
    N_("cap-per"),
    N_("cap-enforced"),
    N_("open-tasks"),
    N_("credits-day"),
    N_("credits-month"),
    N_("count-4k"),
    N_("count-references"),
    N_("managers"),
    N_("notices"),
    N_("add"),
    N_("remove"),
    N_("days"),
    N_("block-days"),
    N_("channel"),
    N_("off"),
    N_("day"),
    N_("month"),
    N_("warn"),
    N_("server"),
)

#: Descriptions of options that several commands have.
UNTIL = N_("When it ends: 12h, 7d, 2w, or a date. Leave empty for no end")
WHY = N_("Reason, shown to the member and other admins")
#: The name of an option; elsewhere "count" counts images, for which Chinese has its own word.
STRIKES = locale_str("count", translated_as=N_("times"))

_NUMBERED = re.compile(r"(image)(\d+)")


def private_option(keep: int) -> locale_str:
    """Return the description of ``private``; results are kept for ``keep`` milliseconds."""
    days = math.ceil(keep / DAY)
    return locale_str(_private_option(texts(ENGLISH), days), days=days)


def _private_option(t: Texts, days: int) -> str:
    return t.plural(
        "Only you see the result, kept for {n} day; admins may log it. "
        "If left out, your default or no",
        "Only you see the result, kept for {n} days; admins may log it. "
        "If left out, your default or no",
        days,
    )


class CommandTexts(app_commands.Translator):
    """Translates the commands while discord.py sends them."""

    @override
    async def translate(
        self,
        string: locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the translation; ``None``: Discord shows the English text."""
        t = texts(locale.value)
        if t.locale == ENGLISH:
            return None
        if "days" in string.extras:
            return _private_option(t, string.extras["days"])
        message = string.extras.get("translated_as", string.message)
        numbered = _NUMBERED.fullmatch(message)
        if numbered is not None:
            return f"{t(numbered[1])}{numbered[2]}" if t.knows(numbered[1]) else None
        return t.plain(message) if t.knows(message) else None
