"""Turns the ids that the page sends into people, roles, channels and files."""

from collections.abc import Sequence
from typing import Any, cast

from sandbox.discord import reading
from sandbox.discord.cdn import Upload
from sandbox.discord.interactions import Modal
from sandbox.discord.places import Channel, Role, User
from sandbox.discord.reading import (
    CHANNEL_SELECT,
    MENTIONABLE_SELECT,
    ROLE_SELECT,
    UPLOAD,
    USER_SELECT,
)
from sandbox.discord.wire import Json
from sandbox.discord.world import World
from sandbox.page.uploads import Uploads
from sandbox.person import Refused

#: Option types of commands whose values are ids, and the select menus that offer the same.
_BY_OPTION = {6: USER_SELECT, 7: CHANNEL_SELECT, 8: ROLE_SELECT, 9: MENTIONABLE_SELECT, 11: UPLOAD}


class Typed:
    """Looks up what the page refers to."""

    def __init__(self, world: World, uploads: Uploads) -> None:
        self._world = world
        self._uploads = uploads

    def upload(self, number: str) -> Upload:
        """Return an uploaded file."""
        return self._uploads.take(number)

    def user(self, number: str) -> User:
        """Return an account."""
        found = self._world.users.get(int(number))
        if found is None:
            raise Refused("there is no such person")
        return found

    def values(self, options: Json) -> dict[str, Any]:
        """Return a command's values; the page sends each as ``{"type": …, "value": …}``."""
        return {
            name: self._meant(_BY_OPTION.get(option["type"], 0), option["value"])
            for name, option in options.items()
        }

    def chosen(self, components: Sequence[Json], custom_id: str, values: list[str]) -> list[Any]:
        """Return what was chosen in a menu of a message."""
        parts = reading.walk(components)
        kind = next((p["type"] for p in parts if p.get("custom_id") == custom_id), 0)
        return [self._meant(kind, value) for value in values]

    def filled(self, modal: Modal, values: Json) -> dict[str, Any]:
        """Return the values of a form's fields by their ``custom_id``."""
        parts = reading.walk(modal.data["components"])
        kinds = {part["custom_id"]: part["type"] for part in parts if part.get("custom_id")}
        return {key: self._in_field(kinds.get(key, 0), value) for key, value in values.items()}

    def _in_field(self, kind: int, value: object) -> object:
        if not isinstance(value, list):
            return value
        return [self._meant(kind, each) for each in cast("list[object]", value)]

    def _meant(self, kind: int, value: Any) -> Any:  # noqa: ANN401  (JSON in, any object out)
        if kind == UPLOAD:
            return self.upload(value)
        if kind == USER_SELECT:
            return self.user(value)
        if kind == ROLE_SELECT:
            return self._role(value)
        if kind == CHANNEL_SELECT:
            return self._channel(value)
        if kind == MENTIONABLE_SELECT:
            return self.user(value) if int(value) in self._world.users else self._role(value)
        return value

    def _role(self, number: str) -> Role:
        for guild in self._world.guilds.values():
            if int(number) in guild.roles:
                return guild.roles[int(number)]
        raise Refused("there is no such role")

    def _channel(self, number: str) -> Channel:
        found = self._world.channels.get(int(number))
        if found is None:
            raise Refused("there is no such channel")
        return found
