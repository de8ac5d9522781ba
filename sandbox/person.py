"""A person at Discord, who types commands, presses buttons, fills in forms and reads messages."""

from collections.abc import Callable, Mapping, Sequence

from sandbox.discord import commands, fields, options, reading, shapes
from sandbox.discord.body import Incoming
from sandbox.discord.cdn import File, Upload
from sandbox.discord.errors import Refusal
from sandbox.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    InteractionFailed,
    Modal,
    new_token,
)
from sandbox.discord.messages import SNAPSHOT, Body, Forwarded, Message
from sandbox.discord.options import Refused, Resolved
from sandbox.discord.permissions import Permission, can, in_channel, to_post
from sandbox.discord.places import DM, Channel, Role, User
from sandbox.discord.platform import PLAIN, REPLY, Platform
from sandbox.discord.server import Discord
from sandbox.discord.wire import Json

__all__ = ["Interaction", "InteractionFailed", "Modal", "Person", "Refused", "Upload"]


class Person:
    """Someone in a channel, and their client.

    Raises :class:`Refused` for what Discord's client would not send, and
    :class:`InteractionFailed` for what the bot doesn't acknowledge within three seconds.
    """

    def __init__(
        self, discord: Discord, user: User, channel: Channel, locale: str = "en-US"
    ) -> None:
        self.user = user
        self.channel = channel
        self.locale = locale
        self._platform: Platform = discord.platform

    def channel_messages(self, channel: Channel | None = None) -> list[Message]:
        """Return what this person sees in the channel, oldest first."""
        channel = channel or self.channel
        if not can(channel, self.user.id, Permission.VIEW_CHANNEL):
            return []
        own = self._platform.private.get((channel.id, self.user.id), [])
        seen = [m for m in [*channel.messages(), *own] if m.seen_by(self.user.id)]
        return sorted(seen, key=lambda message: message.id)

    def direct_messages(self) -> list[Message]:
        """Return the direct messages between the bot and this person."""
        return self.channel_messages(self._platform.world.dm(self.user))

    def say(
        self, text: str, *, files: Sequence[Upload] = (), reply_to: int | None = None
    ) -> Message:
        """Write a plain message, optionally with files or as a reply, which pings its author."""
        platform, channel = self._platform, self.channel
        if not can(channel, self.user.id, to_post(channel)):
            raise Refused("this person can't write here")
        attached = [{"id": number, "filename": file.name} for number, file in enumerate(files)]
        incoming = Incoming({"content": text, "attachments": attached}, dict(enumerate(files)))
        try:
            body = platform.write(incoming, channel, self._file_bytes())
        except Refusal as error:
            raise Refused(str(error)) from None
        kind = PLAIN if reply_to is None else REPLY
        allowed = {"parse": ["users"], "replied_user": True}
        return platform.post(
            channel, self.user, body, kind=kind, reply_to=reply_to, allowed=allowed
        )

    def forward(self, message: Message, to: Channel | None = None) -> Message:
        """Forward a message as it is now, to a channel, by default this person's current one."""
        self._must_see(message)
        platform, channel = self._platform, to or self.channel
        if not can(channel, self.user.id, to_post(channel)):
            raise Refused("this person can't write there")
        body = Body(platform.clock.now(), flags=SNAPSHOT)
        inside = Forwarded(message.channel_id, message.id, message.kind, message.body)
        return platform.post(channel, self.user, body, forwarded=inside)

    # --- commands

    async def slash(self, path: str, /, **values: object) -> Interaction:
        """Use a command by its path: ``"ping"``, ``"admin limit user"``."""
        command, way, filled, resolved = self._typed(path, values, None)
        data = _command_data(command, way, filled, resolved)
        return await self._send(COMMAND, data, command=command)

    async def autocomplete(
        self, path: str, option: str, value: object, /, **values: object
    ) -> list[Json]:
        """Type into an option; return the choices that the bot offers (name, value)."""
        typed = {**values, option: value}
        command, way, filled, resolved = self._typed(path, typed, option)
        found = next(
            o for o in options.descend(command, path.split()[1:])[0] if o["name"] == option
        )
        if not found.get("autocomplete"):
            raise Refused(f"{option} has no autocompletion")
        data = _command_data(command, way, filled, resolved)
        interaction = await self._send(AUTOCOMPLETE, data, command=command)
        return interaction.choices or []

    async def menu(self, name: str, target: Message | User) -> Interaction:
        """Choose an app command from the menu of a message or a person."""
        kind = commands.MESSAGE if isinstance(target, Message) else commands.USER
        command = self._command(name, kind)
        resolved = self._resolved()
        if isinstance(target, Message):
            self._must_see(target)
            resolved.message(target.id, self._platform.shape(target))
        else:
            resolved.person(target)
        data = _command_data(command, [], [], resolved) | {"target_id": str(target.id)}
        about = {
            "target_message_id" if isinstance(target, Message) else "target_id": str(target.id)
        }
        return await self._send(COMMAND, data, command=command, about=about)

    def offers(self) -> list[str]:
        """Return the names of the commands that this person is offered here."""
        return sorted({command["name"] for command in self.offered()})

    def offered(self) -> list[Json]:
        """Return the commands that this person is offered here, the server's own first."""
        guild, registered = self.channel.guild, self._platform.commands
        every = [*(registered.registered(guild.id) if guild else ()), *registered.registered()]
        return [command for command in every if not self._withheld(command)]

    def _typed(
        self, path: str, values: Mapping[str, object], focused: str | None
    ) -> tuple[Json, list[Json], list[Json], Resolved]:
        name, *rest = path.removeprefix("/").split()
        command = self._command(name, commands.CHAT)
        fitting, way = options.descend(command, rest)
        resolved = self._resolved()
        return command, way, options.fill(fitting, values, resolved, focused), resolved

    def _command(self, name: str, kind: int) -> Json:
        guild = self.channel.guild
        command = self._platform.commands.find(name, kind, guild.id if guild else 0)
        if command is None:
            raise Refused(f"there is no command {name!r}")
        reason = self._withheld(command)
        if reason:
            raise Refused(f"{name}: {reason}")
        return command

    def _withheld(self, command: Json) -> str | None:
        """Return why a command is not offered to this person here."""
        guild, channel = self.channel.guild, self.channel
        granted = in_channel(channel, self.user.id)
        contexts = command["contexts"]
        if contexts is None:
            contexts = [0, 1, 2] if command["dm_permission"] else [0]
        needed = command["default_member_permissions"]
        if not self._owners(command):
            return "the bot is not installed here"
        if (0 if guild else 1) not in contexts:
            return "it can't be used in this kind of channel"
        if guild is not None:
            if not can(
                channel, self.user.id, Permission.USE_APPLICATION_COMMANDS | to_post(channel)
            ):
                return "this person can't use commands or not write here"
            if needed is not None and (granted & int(needed) != int(needed) or needed == "0"):
                is_admin = granted & Permission.ADMINISTRATOR
                return None if is_admin else "this person lacks the permissions for it"
        if command["nsfw"] and guild is not None and not channel.nsfw:
            return "it is for age-restricted channels"
        return None

    def _owners(self, command: Json | None) -> Json:
        """Return ``authorizing_integration_owners``: who installed the command here."""
        guild, bot = self.channel.guild, self._platform.world.bot
        types = command["integration_types"] if command else [0, 1]
        owners: Json = {}
        if 0 in types and (guild is None or bot.id in guild.members):
            owners["0"] = str(guild.id) if guild else "0"
        if 1 in types and self.user.installed:
            owners["1"] = str(self.user.id)
        return owners

    # --- components

    async def press(self, message: Message, button: str) -> Interaction:
        """Press a button, given its label or ``custom_id``."""
        part = self._part(
            message,
            lambda p: (
                p["type"] == reading.BUTTON and button in (reading.label_of(p), p.get("custom_id"))
            ),
            f"button {button!r} among {message.buttons}",
        )
        if not part.get("custom_id"):
            raise Refused(f"{button!r} is a link")
        data = {"component_type": part["type"], "custom_id": part["custom_id"], "id": part["id"]}
        return await self._send(COMPONENT, data, source=message)

    async def choose(
        self, message: Message, custom_id: str, values: Sequence[str | User | Role | Channel]
    ) -> Interaction:
        """Choose in a select menu: options by value or label, or people, roles or channels."""
        part = self._part(
            message,
            lambda p: p["type"] in reading.SELECTS and p.get("custom_id") == custom_id,
            f"menu {custom_id!r}",
        )
        if not part.get("min_values", 1) <= len(values) <= part.get("max_values", 1):
            raise Refused(f"{custom_id}: {len(values)} can't be chosen")
        resolved = self._resolved()
        chosen = [fields.chosen(part, value, resolved) for value in values]
        data: Json = {"component_type": part["type"], "custom_id": custom_id, "id": part["id"]}
        data |= {"values": chosen, "resolved": resolved.wire()}
        return await self._send(COMPONENT, data, source=message)

    async def fill(self, modal: Modal | None, /, **values: object) -> Interaction:
        """Fill in a form, by the fields' labels or ``custom_id``, and submit it."""
        if modal is None:
            raise Refused("there is no modal")
        resolved = self._resolved()
        parts = fields.submit(modal.data, values, resolved)
        data: Json = {"custom_id": modal.custom_id, "components": parts}
        data["resolved"] = resolved.wire()
        before = modal.interaction
        about = {"triggering_interaction_metadata": before.metadata}
        source = before.source if before.kind == COMPONENT else None
        return await self._send(
            MODAL_SUBMIT, data, source=source, about=about, owners=before.owners
        )

    def _part(self, message: Message, wanted: Callable[[Json], bool], what: str) -> Json:
        self._must_see(message)
        part = next((p for p in reading.walk(message.components) if wanted(p)), None)
        if part is None:
            raise Refused(f"no {what} in:\n{message.picture()}")
        if part.get("disabled"):
            raise Refused(f"{what} is disabled")
        return part

    def _must_see(self, message: Message) -> None:
        channel = self._platform.world.channels.get(message.channel_id)
        if (
            channel is None
            or not message.seen_by(self.user.id)
            or not can(channel, self.user.id, Permission.VIEW_CHANNEL)
        ):
            raise Refused(f"{self.user.name} does not see message {message.id}")

    # --- sending

    def _resolved(self) -> Resolved:
        heeds = self._platform.behaviour.heeds_file_types
        return Resolved(self.channel.guild, self.channel, self.user, self._upload, heeds)

    def _upload(self, upload: Upload) -> File:
        if upload.size > 10 * 1024 * 1024 and self._file_bytes() < upload.size:
            raise Refused(f"{upload.name} is too large: {upload.size} bytes")
        return self._platform.cdn.keep(upload, self.channel.id, ephemeral=True, private=True)

    def _file_bytes(self) -> int:
        guild = self.channel.guild
        return guild.file_bytes if guild else 10 * 1024 * 1024

    async def _send(  # noqa: PLR0913  (an interaction has that many properties)
        self,
        kind: int,
        data: Json,
        *,
        command: Json | None = None,
        source: Message | None = None,
        about: Json | None = None,
        owners: Json | None = None,
    ) -> Interaction:
        platform = self._platform
        number = platform.snowflakes.next()
        owners = self._owners(command) if owners is None else owners
        metadata: Json = {
            "id": str(number),
            "type": kind,
            "user": shapes.user(self.user),
            "authorizing_integration_owners": owners,
            **({"name": _path(data)} if command else {}),
            **({"interacted_message_id": str(source.id)} if source else {}),
            **(about or {}),
        }
        interaction = Interaction(
            id=number,
            token=new_token(number),
            kind=kind,
            user=self.user,
            channel=self.channel,
            created=platform.clock.elapsed(),
            ack_seconds=platform.behaviour.ack_seconds,
            data=data,
            owners=owners,
            file_bytes=self._file_bytes(),
            source=source,
            metadata=metadata,
        )
        platform.open(interaction)
        guild = self.channel.guild
        platform.gateway.dispatch(
            "INTERACTION_CREATE", self._payload(interaction), guild.id if guild else None
        )
        await interaction.acknowledged()
        return interaction

    def _payload(self, interaction: Interaction) -> Json:
        channel, bot = self.channel, self._platform.world.bot
        guild = channel.guild
        payload: Json = {
            "id": str(interaction.id),
            "application_id": str(self._platform.world.application_id),
            "type": interaction.kind,
            "data": interaction.data,
            "token": interaction.token,
            "version": 1,
            "channel_id": str(channel.id),
            "channel": shapes.channel(channel)
            | {"permissions": str(int(in_channel(channel, self.user.id)))},
            "locale": self.locale,
            "app_permissions": str(int(_app_permissions(channel, bot))),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": interaction.owners,
            "context": 1 if channel.kind == DM else 0,
            "attachment_size_limit": interaction.file_bytes,
        }
        if interaction.source is not None:
            payload["message"] = self._platform.shape(interaction.source)
        if guild is None:
            return self._without_omitted(payload | {"user": shapes.user(self.user)})
        member = shapes.member(guild.members[self.user.id], in_channel(channel, self.user.id))
        return self._without_omitted(
            payload
            | {
                "guild_id": str(guild.id),
                "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
                "guild_locale": guild.locale,
                "member": member,
            }
        )

    def _without_omitted(self, payload: Json) -> Json:
        """Leave out fields that Discord documents as optional, if a test says so."""
        for path in self._platform.behaviour.omitted:
            place, _, key = path.rpartition(".")
            (payload.get(place, {}) if place else payload).pop(key, None)
        return payload


def _app_permissions(channel: Channel, bot: User) -> int:
    """Return the bot's permissions, or a user-installed app's if it isn't in the server."""
    if channel.guild is not None and bot.id not in channel.guild.members:
        return int(Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE)
    return in_channel(channel, bot.id)


def _path(data: Json) -> str:
    """Return a command's full path with group and subcommand."""
    inner = [step for step in data.get("options", ()) if step["type"] in {1, 2}]
    return " ".join([data["name"], *map(_path, inner)])


def _command_data(
    command: Json, way: Sequence[Json], filled: list[Json], resolved: Resolved
) -> Json:
    inner = filled
    for step in reversed(way):
        inner = [{"type": step["type"], "name": step["name"], "options": inner}]
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if inner:
        data["options"] = inner
    if resolved.wire():
        data["resolved"] = resolved.wire()
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    return data
