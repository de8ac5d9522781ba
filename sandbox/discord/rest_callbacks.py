"""Answering an interaction: POST /interactions/{id}/{token}/callback."""

from collections.abc import Sequence

from aiohttp import web

from sandbox.discord import body, errors, modal_rules, wire
from sandbox.discord.body import Incoming
from sandbox.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    Modal,
)
from sandbox.discord.messages import EPHEMERAL, LOADING, Body, Message
from sandbox.discord.openapi import CALLBACKS
from sandbox.discord.platform import CHAT_COMMAND, MENU_COMMAND, REPLY, Platform
from sandbox.discord.wire import Json, answer, nothing

MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


class CallbackRoutes:
    """The first answer to an interaction: there is only one, due within three seconds."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [web.post("/interactions/{id}/{token}/callback", self.callback)]

    async def callback(self, request: web.Request) -> web.Response:
        """Take the answer."""
        platform = self._platform
        incoming = await body.read(request, platform.cdn, platform.behaviour.request_bytes)
        interaction = self._waiting(request)
        kind = incoming.payload.get("type")
        if kind not in _allowed(interaction):
            raise errors.invalid(
                ("type",), "BASE_TYPE_CHOICES", f"Value must be one of {_allowed(interaction)}."
            )
        platform.openapi.check(CALLBACKS[kind], incoming.payload)
        data: Json = wire.part(incoming.payload, "data")
        message = self._answer(interaction, kind, Incoming(data, incoming.files))
        interaction.callback = kind
        if message is not None:
            interaction.message = message
            platform.belongs(message, interaction)
        interaction.pulse.beat()
        platform.pulse.beat()
        if request.query.get("with_response") not in {"1", "true"}:
            return nothing()
        return answer(self._response(interaction, kind, message))

    def _waiting(self, request: web.Request) -> Interaction:
        number = request.match_info["id"]
        interaction = self._platform.interactions.get(int(number) if number.isdigit() else 0)
        if interaction is None or interaction.token != request.match_info["token"]:
            raise errors.unknown_interaction()
        if interaction.callback is not None:
            raise errors.already_acknowledged()
        if self._platform.clock.elapsed() - interaction.created > interaction.ack_seconds:
            raise errors.unknown_interaction()
        return interaction

    def _answer(self, interaction: Interaction, kind: int, incoming: Incoming) -> Message | None:
        data = incoming.payload
        match kind:
            case 4:
                return self._post(interaction, incoming)
            case 5:
                return self._think(interaction, data.get("flags") or 0)
            case 6:
                return interaction.source
            case 7:
                return self._update(interaction, incoming)
            case 8:
                interaction.choices = _choices(data)
                return None
            case _:
                interaction.modal = Modal(interaction, modal_rules.check(data))
                return None

    def _post(self, interaction: Interaction, incoming: Incoming) -> Message:
        platform = self._platform
        flags = (incoming.payload.get("flags") or 0) & EPHEMERAL
        platform.answers(interaction, ephemeral=bool(flags))
        return platform.post(
            interaction.channel,
            platform.world.bot,
            platform.write(incoming, interaction.channel, interaction.file_bytes, flags),
            only_for=interaction.user if flags else None,
            allowed=incoming.payload.get("allowed_mentions"),
            metadata=interaction.metadata,
            kind=answer_kind(interaction),
            reply_to=_source_id(interaction),
        )

    def _think(self, interaction: Interaction, flags: int) -> Message:
        platform = self._platform
        platform.answers(interaction, ephemeral=bool(flags & EPHEMERAL))
        return platform.post(
            interaction.channel,
            platform.world.bot,
            Body(platform.clock.now(), flags=LOADING | flags & EPHEMERAL),
            only_for=interaction.user if flags & EPHEMERAL else None,
            metadata=interaction.metadata,
            kind=answer_kind(interaction),
            reply_to=_source_id(interaction),
        )

    def _update(self, interaction: Interaction, incoming: Incoming) -> Message:
        source = interaction.source
        if source is None or source.deleted:
            raise errors.unknown_message()
        new = self._platform.rewrite(source, incoming, interaction.file_bytes)
        self._platform.edit(source, new, incoming.payload.get("allowed_mentions"))
        return source

    def _response(self, interaction: Interaction, kind: int, message: Message | None) -> Json:
        about: Json = {"id": str(interaction.id), "type": interaction.kind}
        resource: Json = {"type": kind}
        if message is not None:
            about |= {
                "response_message_id": str(message.id),
                "response_message_loading": message.loading,
                "response_message_ephemeral": message.ephemeral,
            }
            if kind in {MESSAGE, UPDATE}:
                resource["message"] = self._platform.shape(message)
        return {"interaction": about, "resource": resource}


def _allowed(interaction: Interaction) -> tuple[int, ...]:
    match interaction.kind:
        case kind if kind == COMMAND:
            return (MESSAGE, DEFER, MODAL)
        case kind if kind == COMPONENT:
            return (MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL)
        case kind if kind == AUTOCOMPLETE:
            return (CHOICES,)
        case kind if kind == MODAL_SUBMIT and interaction.source is not None:
            return (MESSAGE, DEFER, DEFER_UPDATE, UPDATE)
        case _:
            return (MESSAGE, DEFER)


def answer_kind(interaction: Interaction) -> int:
    """Return the ``type`` of the message that answers."""
    if interaction.kind == COMMAND:
        return CHAT_COMMAND if interaction.data.get("type", 1) == 1 else MENU_COMMAND
    return REPLY if interaction.source is not None else 0


def _source_id(interaction: Interaction) -> int | None:
    return interaction.source.id if interaction.source and interaction.kind == COMPONENT else None


def _choices(data: Json) -> list[Json]:
    choices: list[Json] = wire.parts(data, "choices")
    complaints = errors.Complaints()
    complaints.length(("data", "choices"), choices, 0, 25)
    for index, choice in enumerate(choices):
        path = ("data", "choices", index)
        complaints.length((*path, "name"), choice.get("name") or "", 1, 100)
        if isinstance(choice.get("value"), str):
            complaints.length((*path, "value"), choice["value"], 1, 100)
    complaints.settle()
    return choices
