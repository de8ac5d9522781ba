"""Commands in Discord's languages: names, descriptions and options, from the same ``.po`` files."""

import re

import discord
from discord import app_commands
from discord.app_commands import locale_str
from typing_extensions import override

from bot.ui.texts import ENGLISH, texts


def N_(message: str) -> locale_str:  # noqa: N802 - gettext's own name for it
    """Mark a name or description of a command."""
    return locale_str(message)


#: Options are named by their arguments, which discord.py marks itself; here for translators.
#: "image" stands for "image2" up to "image14" too.
OPTIONS = (
    N_("prompt"),
    N_("image"),
    N_("size"),
    N_("quality"),
    N_("count"),
    N_("private"),
    N_("user"),
    N_("images"),
    N_("others"),
)

_NUMBERED = re.compile(r"(image)(\d+)")


class CommandTexts(app_commands.Translator):
    """What discord.py asks, while it sends the commands to Discord."""

    @override
    async def translate(
        self,
        string: locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Translate; ``None`` lets Discord show the English one."""
        t = texts(locale.value)
        if t.locale == ENGLISH:
            return None
        numbered = _NUMBERED.fullmatch(string.message)
        if numbered is not None:
            return f"{t(numbered[1])}{numbered[2]}" if t.knows(numbered[1]) else None
        return t(string.message) if t.knows(string.message) else None
