"""Following up on an interaction by its token: /webhooks/{application}/{token}."""

from collections.abc import Sequence

from aiohttp import web

from sandbox.discord import body, errors
from sandbox.discord.body import Incoming
from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import EPHEMERAL, Message
from sandbox.discord.openapi import EDIT_BY_TOKEN, FOLLOW_UP
from sandbox.discord.platform import REPLY, Platform
from sandbox.discord.wire import answer, nothing

_BASE = "/webhooks/{application}/{token}"
_ONE = _BASE + "/messages/{message}"


class WebhookRoutes:
    """What a token can do for fifteen minutes, whatever the channel's permissions."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.post(_BASE, self.follow_up),
            web.get(_ONE, self.read),
            web.patch(_ONE, self.edit),
            web.delete(_ONE, self.delete),
        ]

    def _interaction(self, request: web.Request) -> Interaction:
        if request.match_info["application"] != str(self._platform.world.application_id):
            raise errors.unknown_webhook()
        return self._platform.alive(request.match_info["token"])

    def _message(self, request: web.Request) -> tuple[Interaction, Message]:
        interaction = self._interaction(request)
        wanted = request.match_info["message"]
        own = [interaction.message, *interaction.followups]
        if wanted == "@original":
            own = own[:1]
        found = next((m for m in own if m is not None and wanted in {"@original", str(m.id)}), None)
        if found is None or found.deleted or self._gone(interaction):
            raise errors.unknown_message()
        return interaction, found

    def _gone(self, interaction: Interaction) -> bool:
        return interaction.channel.deleted

    async def _read(self, request: web.Request) -> Incoming:
        platform = self._platform
        return await body.read(request, platform.cdn, platform.behaviour.request_bytes)

    async def follow_up(self, request: web.Request) -> web.Response:
        """Post a message; the first after a defer fills the deferred one and keeps its flag."""
        platform = self._platform
        incoming = await self._read(request)
        interaction = self._interaction(request)
        platform.openapi.check(FOLLOW_UP, incoming.payload)
        if self._gone(interaction):
            raise errors.unknown_channel()
        allowed = incoming.payload.get("allowed_mentions")
        original = interaction.message
        if original is not None and original.loading and not original.deleted:
            new = platform.rewrite(original, incoming, interaction.file_bytes)
            platform.edit(original, new, allowed)
            return answer(platform.shape(original))
        if "0" not in interaction.owners and len(interaction.followups) >= 5:
            raise errors.too_many_follow_ups()
        flags = (incoming.payload.get("flags") or 0) & EPHEMERAL
        platform.answers(interaction, ephemeral=bool(flags))
        message = platform.post(
            interaction.channel,
            platform.world.bot,
            platform.write(incoming, interaction.channel, interaction.file_bytes, flags),
            only_for=interaction.user if flags else None,
            allowed=allowed,
            metadata=interaction.metadata,
            kind=REPLY if original is not None else 0,
            reply_to=original.id if original is not None else None,
        )
        interaction.followups.append(message)
        platform.belongs(message, interaction)
        return answer(platform.shape(message))

    async def read(self, request: web.Request) -> web.Response:
        """Return one of the interaction's messages."""
        return answer(self._platform.shape(self._message(request)[1]))

    async def edit(self, request: web.Request) -> web.Response:
        """Change one of the interaction's messages."""
        incoming = await self._read(request)
        interaction, message = self._message(request)
        self._platform.openapi.check(EDIT_BY_TOKEN, incoming.payload)
        new = self._platform.rewrite(message, incoming, interaction.file_bytes)
        self._platform.edit(message, new, incoming.payload.get("allowed_mentions"))
        return answer(self._platform.shape(message))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete one of the interaction's messages."""
        self._platform.delete(self._message(request)[1])
        return nothing()
