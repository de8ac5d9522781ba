"""What a person types into a command, checked as Discord's client does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.discord import file_types, shapes, wire
from sandbox.discord.cdn import File, Upload
from sandbox.discord.commands import GROUP, INTEGER, NUMBER, STRING, SUBCOMMAND
from sandbox.discord.permissions import in_channel
from sandbox.discord.places import Channel, Guild, Role, User
from sandbox.discord.wire import Json

BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, ATTACHMENT = 5, 6, 7, 8, 9, 11


class Refused(Exception):
    """Discord's client would not let a person send this."""


@dataclass
class Resolved:
    """The objects that an interaction's ids refer to."""

    guild: Guild | None
    channel: Channel
    #: The person who refers to them.
    user: User
    keep: Callable[[Upload], File]
    heeds_file_types: bool
    _parts: dict[str, Json] = field(default_factory=dict[str, Json])

    def wire(self) -> Json:
        """Return ``resolved``; empty if there is nothing to resolve."""
        return dict(self._parts)

    def person(self, user: User) -> str:
        """Add a person, and their membership if they are in the server; return the id."""
        self._parts.setdefault("users", {})[str(user.id)] = shapes.user(user)
        if self.guild is not None and user.id in self.guild.members:
            shape = shapes.member(self.guild.members[user.id], in_channel(self.channel, user.id))
            del shape["user"], shape["deaf"], shape["mute"]
            self._parts.setdefault("members", {})[str(user.id)] = shape
        return str(user.id)

    def role(self, role: Role) -> str:
        """Add a role; return its id."""
        self._parts.setdefault("roles", {})[str(role.id)] = shapes.role(role)
        return str(role.id)

    def place(self, channel: Channel) -> str:
        """Add a channel; return its id."""
        granted = str(int(in_channel(channel, self.user.id)))
        shape = {**shapes.channel(channel), "permissions": granted}
        self._parts.setdefault("channels", {})[str(channel.id)] = shape
        return str(channel.id)

    def file(self, upload: Upload, part: Json) -> str:
        """Upload a file for an option or a field; return its id."""
        if self.heeds_file_types and not file_types.fits(part, upload.name):
            wanted = ", ".join(part["file_types"])
            raise Refused(f"{upload.name} can't be chosen here, only {wanted}")
        file = self.keep(upload)
        self._parts.setdefault("attachments", {})[str(file.id)] = file.wire()
        return str(file.id)

    def message(self, message_id: int, shape: Json) -> None:
        """Add a message."""
        self._parts.setdefault("messages", {})[str(message_id)] = shape


def descend(command: Json, path: list[str]) -> tuple[list[Json], list[Json]]:
    """Return the options of a subcommand, and the path to it."""
    options: list[Json] = wire.parts(command, "options")
    way: list[Json] = []
    for name in path:
        step = next(
            (o for o in options if o["name"] == name and o["type"] in {SUBCOMMAND, GROUP}), None
        )
        if step is None:
            raise Refused(
                f"/{command['name']} has no {name!r} among {[o['name'] for o in options]}"
            )
        way.append(step)
        options = wire.parts(step, "options")
    if any(option["type"] in {SUBCOMMAND, GROUP} for option in options):
        raise Refused(f"/{command['name']} needs one of {[o['name'] for o in options]}")
    return options, way


def fill(
    options: list[Json],
    values: Mapping[str, object],
    resolved: Resolved,
    focused: str | None = None,
) -> list[Json]:
    """Return the options with what was typed, in the order typed.

    Without ``focused``, required options must be present and values in range. With it, the person
    is still typing, and nothing is checked, as in Discord's autocompletion.
    """
    known = {option["name"]: option for option in options}
    unknown = values.keys() - known
    if unknown:
        raise Refused(f"no option {sorted(unknown)} among {sorted(known)}")
    missing = [o["name"] for o in options if o.get("required") and o["name"] not in values]
    if missing and focused is None:
        raise Refused(f"required: {missing}")
    filled: list[Json] = []
    for name, value in values.items():
        option = known[name]
        if name == focused:
            filled.append({"type": option["type"], "name": name, "value": value, "focused": True})
            continue
        taken = _value(option, value, resolved)
        filled.append({"type": option["type"], "name": name, "value": taken})
    return filled


def _value(option: Json, value: object, resolved: Resolved) -> object:
    match option["type"], value:
        case kind, _ if option.get("choices"):
            return _choice(option, value)
        case kind, str() if kind == STRING:
            low, high = option.get("min_length") or 0, option.get("max_length") or 6000
            if not low <= len(value) <= high:
                raise Refused(f"{option['name']}: {len(value)} characters, not {low} to {high}")
            return value
        case kind, int() if kind == INTEGER and not isinstance(value, bool):
            return _number(option, value)
        case kind, int() | float() if kind == NUMBER and not isinstance(value, bool):
            return _number(option, value)
        case kind, bool() if kind == BOOLEAN:
            return value
        case _:
            return _named(option, value, resolved)


def _named(option: Json, value: object, resolved: Resolved) -> str:
    match option["type"], value:
        case ((6 | 9), User()):
            return resolved.person(value)
        case ((8 | 9), Role()):
            return resolved.role(value)
        case 7, Channel():
            return resolved.place(value)
        case 11, Upload():
            return resolved.file(value, option)
        case _:
            raise Refused(f"{option['name']} does not take {value!r}")


def _number(option: Json, value: float) -> float:
    low, high = option.get("min_value"), option.get("max_value")
    low, high = -(2**53) if low is None else low, 2**53 if high is None else high
    if not low <= value <= high:
        raise Refused(f"{option['name']}: {value} is not in {low} to {high}")
    return value


def _choice(option: Json, value: object) -> object:
    for choice in option["choices"]:
        if value in (choice["value"], choice["name"]):
            return choice["value"]
    raise Refused(f"{option['name']}: {value!r} is not among {option['choices']}")
