"""Commands in sentences as mentions, which people can click: ``/tasks`` becomes ``</tasks:123>``.

A process has one application, whose commands have the same ids everywhere. Until Discord has sent
the ids, sentences name commands as people type them.
https://docs.discord.com/developers/reference#message-formatting
"""

import re
from collections.abc import Callable, Iterable, Mapping

from discord import AppCommandType
from discord.app_commands import AppCommand, AppCommandGroup

#: A possible command with its subcommands, but not part of a path or an address.
_NAMED = re.compile(r"(?<![\w/.:<])/([a-z][a-z-]*(?: [a-z][a-z-]*)*)", re.ASCII)

_mentions: dict[str, str] = {}


def use_mentions(mentions: Mapping[str, str]) -> None:
    """From now on, write these commands as mentions; the keys are names as people type them."""
    _mentions.clear()
    _mentions.update(mentions)


def mentions_of(commands: Iterable[AppCommand | AppCommandGroup]) -> dict[str, str]:
    """Return the mention of each command that can be typed, by its full name."""
    found = dict[str, str]()
    for command in commands:
        below = [each for each in command.options if isinstance(each, AppCommandGroup)]
        if below:
            found |= mentions_of(below)
        elif isinstance(command, AppCommandGroup):
            found[command.qualified_name] = command.mention
        elif command.type is AppCommandType.chat_input:
            found[command.name] = command.mention
    return found


def with_mentions(text: str, translate: Callable[[str], str]) -> str:
    """Return the text with each known command in it as a mention.

    Names in mentions stay English, as clicking a translated one does nothing
    (https://github.com/discord/discord-api-docs/issues/5462); elsewhere each word is translated.
    """
    return _NAMED.sub(lambda found: _named(found[1], translate), text) if "/" in text else text


def _named(name: str, translate: Callable[[str], str]) -> str:
    """Return the mention of the longest command that a name begins with, and the words after it."""
    words = name.split(" ")
    for count in range(len(words), 0, -1):
        mention = _mentions.get(" ".join(words[:count]))
        if mention is not None:
            return " ".join((mention, *words[count:]))
    return f"/{' '.join(map(translate, words))}"
