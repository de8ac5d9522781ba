"""The bot's registered commands, and Discord's rules for them.

https://docs.discord.com/developers/interactions/application-commands
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.discord import file_types, wire
from sandbox.discord.errors import Complaints
from sandbox.discord.snowflake import Snowflakes
from sandbox.discord.wire import Json

Path = tuple[str | int, ...]
CHAT, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP, STRING, INTEGER, NUMBER = 1, 2, 3, 4, 10

#: Letters and digits of any script, "-", "_" and "'".
_NAME = re.compile(r"[-_'\w]{1,32}")
#: Commands by type that an application may have, everywhere or in a server.
_MOST = {CHAT: 100, USER: 15, MESSAGE: 15}
LOCALES = frozenset(
    {
        "id",
        "da",
        "de",
        "en-GB",
        "en-US",
        "es-ES",
        "es-419",
        "fr",
        "hr",
        "it",
        "lt",
        "hu",
        "nl",
        "no",
        "pl",
        "pt-BR",
        "ro",
        "fi",
        "sv-SE",
        "vi",
        "tr",
        "cs",
        "el",
        "bg",
        "ru",
        "uk",
        "hi",
        "th",
        "zh-CN",
        "ja",
        "zh-TW",
        "ko",
    }
)


@dataclass
class Commands:
    """What is registered globally (0) and in each server."""

    application_id: int
    snowflakes: Snowflakes
    _by_guild: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])

    def registered(self, guild_id: int = 0) -> list[Json]:
        """Return the commands of one server, or the global ones."""
        return self._by_guild.get(guild_id, [])

    def find(self, name: str, kind: int, guild_id: int = 0) -> Json | None:
        """Return a command usable in a server; the server's own take precedence."""
        candidates = [*(self.registered(guild_id) if guild_id else ()), *self.registered()]
        return next((c for c in candidates if c["name"] == name and c["type"] == kind), None)

    def overwrite(self, wanted: list[Json], guild_id: int = 0) -> list[Json]:
        """Replace a list; commands with the same name and type keep their ids."""
        check(wanted)
        old = {(c["name"], c["type"]): c for c in self.registered(guild_id)}
        self._by_guild[guild_id] = [self._kept(command, old, guild_id) for command in wanted]
        return self.registered(guild_id)

    def drop(self, guild_id: int) -> None:
        """Forget a server's own commands, as the bot has left it."""
        self._by_guild.pop(guild_id, None)

    def upsert(self, command: Json, guild_id: int = 0) -> Json:
        """Create a command, or replace the one with its name."""
        kind = command.get("type", CHAT)
        others = [
            c
            for c in self.registered(guild_id)
            if (c["name"], c["type"]) != (command["name"], kind)
        ]
        check([*others, command])
        old = {(c["name"], c["type"]): c for c in self.registered(guild_id)}
        kept = self._kept(command, old, guild_id)
        self._by_guild[guild_id] = [*others, kept]
        return kept

    def remove(self, command_id: str, guild_id: int = 0) -> bool:
        """Delete a command; return whether it existed."""
        before = self.registered(guild_id)
        self._by_guild[guild_id] = [c for c in before if c["id"] != command_id]
        return len(before) != len(self._by_guild[guild_id])

    def _kept(self, command: Json, old: Mapping[tuple[str, int], Json], guild_id: int) -> Json:
        """Return a command as it is registered; it has a new version only if it has changed."""
        kind = command.get("type") or CHAT
        permissions = command.get("default_member_permissions")
        before = old.get((command["name"], kind), {})
        kept: Json = {
            "name_localizations": None,
            "description": "",
            "description_localizations": None,
            "contexts": None,
            "nsfw": False,
            **command,
            "id": before.get("id") or str(self.snowflakes.next()),
            "application_id": str(self.application_id),
            "version": before.get("version"),
            "type": kind,
            "integration_types": command.get("integration_types") or [0],
            "default_member_permissions": None if permissions is None else str(permissions),
            "dm_permission": command.get("dm_permission", True),
            **({"guild_id": str(guild_id)} if guild_id else {}),
        }
        return before if kept == before else {**kept, "version": str(self.snowflakes.next())}


def check(commands: list[Json]) -> None:
    """Raise a 50035 unless Discord would register every command."""
    complaints = Complaints()
    names = [(command.get("name"), command.get("type") or CHAT) for command in commands]
    for index, command in enumerate(commands):
        _command(command, (index,), complaints)
        if names.count(names[index]) > 1:
            complaints.add(
                (index, "name"),
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            )
    for kind, most in _MOST.items():
        if sum(1 for _, other in names if other == kind) > most:
            complaints.add((), "BASE_TYPE_MAX_LENGTH", f"At most {most} commands of type {kind}")
    complaints.settle()


def _command(command: Json, path: Path, complaints: Complaints) -> None:
    chat = (command.get("type") or CHAT) == CHAT
    _names(command, path, complaints, chat=chat)
    if chat:
        _options(wire.parts(command, "options"), (*path, "options"), complaints, depth=0)
    elif command.get("description") or command.get("options"):
        complaints.add(
            path, "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", "only chat commands have these"
        )
    if weight(command) > 8000:
        complaints.add(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")


def _names(part: Json, path: Path, complaints: Complaints, *, chat: bool) -> None:
    named = {"name": part.get("name"), **_localised(part, "name", path, complaints)}
    for name in named.values():
        text = str(name or "")
        good = _NAME.fullmatch(text) and text == text.lower() if chat else 1 <= len(text) <= 32
        if not good:
            complaints.add(
                (*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"
            )
    if chat:
        texts = _localised(part, "description", path, complaints)
        for text in (part.get("description"), *texts.values()):
            complaints.required((*path, "description"), text)
            complaints.length((*path, "description"), text, 1, 100)


def _localised(part: Json, key: str, path: Path, complaints: Complaints) -> Mapping[str, str]:
    texts: dict[str, str] = wire.part(part, f"{key}_localizations")
    for locale in texts.keys() - LOCALES:
        complaints.add(
            (*path, f"{key}_localizations", locale), "ENUM_TYPE_COERCE", "not a valid locale"
        )
    return texts


def _options(options: list[Json], path: Path, complaints: Complaints, *, depth: int) -> None:
    complaints.length(path, options, 0, 25)
    names = [option.get("name") for option in options]
    nested = [option.get("type") in {SUBCOMMAND, GROUP} for option in options]
    optional_seen = False
    if any(nested) and not all(nested):
        complaints.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "not beside subcommands")
    for index, option in enumerate(options):
        here = (*path, index)
        _names(option, here, complaints, chat=True)
        if names.count(option.get("name")) > 1:
            complaints.add(
                (*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "name is taken"
            )
        if nested[index]:
            _nested(option, here, complaints, depth)
            continue
        if option.get("required") and optional_seen:
            complaints.add(
                here,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen |= not option.get("required")
        _choices(option, here, complaints)
        file_types.check(option, here, complaints)


def _nested(option: Json, path: Path, complaints: Complaints, depth: int) -> None:
    group = option.get("type") == GROUP
    if depth > (0 if group else 1):
        complaints.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "too deep")
        return
    _options(wire.parts(option, "options"), (*path, "options"), complaints, depth=depth + 1)


def _choices(option: Json, path: Path, complaints: Complaints) -> None:
    choices: list[Json] = wire.parts(option, "choices")
    complaints.length((*path, "choices"), choices, 0, 25)
    if choices and option.get("autocomplete"):
        complaints.add(path, "APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES", "not both")
    for index, choice in enumerate(choices):
        here = (*path, "choices", index)
        complaints.required((*here, "name"), choice.get("name"))
        complaints.length((*here, "name"), choice.get("name"), 1, 100)
        value = choice.get("value")
        kinds = {STRING: str, INTEGER: int, NUMBER: int | float}.get(option.get("type", 0))
        if kinds is None or not isinstance(value, kinds):
            complaints.add((*here, "value"), "CHOICE_VALUE_TYPE", "does not fit the option's type")
        if isinstance(value, str):
            complaints.length((*here, "value"), value, 1, 100)
    if option.get("type") == INTEGER:
        for key in ("min_value", "max_value"):
            if abs(option.get(key) or 0) > 2**53 - 1:
                complaints.add((*path, key), "NUMBER_TYPE_RANGE", "beyond ±(2^53 - 1)")


def weight(part: Json) -> int:
    """Return the characters that count toward the 8000: each text in its longest language."""
    own = sum(
        max(
            len(part.get(key) or ""),
            *(len(text) for text in (wire.part(part, f"{key}_localizations")).values()),
            0,
        )
        for key in ("name", "description")
    )
    value = part.get("value")
    own += len(value) if isinstance(value, str) else 0
    inner: list[Json] = [*(wire.parts(part, "options")), *(wire.parts(part, "choices"))]
    return own + sum(weight(child) for child in inner)
