"""Channels and their messages, under the bot's own permissions."""

from collections.abc import Sequence

from aiohttp import web

from sandbox.discord import body, errors, shapes
from sandbox.discord.messages import Message
from sandbox.discord.openapi import EDIT, NEW_MESSAGE
from sandbox.discord.permissions import Permission, can, to_post, to_read
from sandbox.discord.places import Channel
from sandbox.discord.platform import PLAIN, REPLY, Platform
from sandbox.discord.snowflake import earliest
from sandbox.discord.wire import Json, answer, nothing

_CHANNEL = "/channels/{channel}"
_MESSAGES = _CHANNEL + "/messages"
_ONE = _MESSAGES + "/{message}"


class ChannelRoutes:
    """What the bot can do in a channel."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get(_CHANNEL, self.channel),
            web.post(_CHANNEL + "/typing", self.typing),
            web.get(_MESSAGES, self.history),
            web.post(_MESSAGES, self.post),
            web.get(_ONE, self.read),
            web.patch(_ONE, self.edit),
            web.delete(_ONE, self.delete),
        ]

    def _seen(self, request: web.Request) -> Channel:
        number = request.match_info["channel"]
        channel = self._platform.world.channels.get(int(number) if number.isdigit() else 0)
        if channel is None or channel.deleted:
            raise errors.unknown_channel()
        if not self._platform.world.bot_sees(channel):
            raise errors.missing_access()
        return channel

    def _need(self, channel: Channel, permission: Permission) -> None:
        if not can(channel, self._platform.world.bot.id, permission):
            raise errors.missing_permissions()

    def _message(self, request: web.Request, channel: Channel) -> Message:
        number = request.match_info["message"]
        message = channel.history.get(int(number) if number.isdigit() else 0)
        if message is None:
            raise errors.unknown_message()
        return message

    def _file_bytes(self, channel: Channel) -> int:
        return channel.guild.file_bytes if channel.guild else 10 * 1024 * 1024

    async def channel(self, request: web.Request) -> web.Response:
        """Return a channel."""
        return answer(shapes.channel(self._seen(request)))

    async def typing(self, request: web.Request) -> web.Response:
        """Show that the bot is typing."""
        channel = self._seen(request)
        self._need(channel, to_post(channel))
        return nothing()

    async def history(self, request: web.Request) -> web.Response:
        """Return messages, newest first; none without READ_MESSAGE_HISTORY."""
        channel = self._seen(request)
        limit = int(request.query.get("limit", "50"))
        if not 1 <= limit <= 100:
            raise errors.invalid(
                ("limit",), "NUMBER_TYPE_MAX", "int value should be between 1 and 100."
            )
        bot = self._platform.world.bot.id
        if not can(channel, bot, to_read(channel)):
            return answer([])
        found = _page(channel, request, limit)
        return answer([self._platform.readable(message) for message in found])

    async def read(self, request: web.Request) -> web.Response:
        """Return one message, as much of it as the bot may read."""
        channel = self._seen(request)
        self._need(channel, to_read(channel))
        return answer(self._platform.readable(self._message(request, channel)))

    async def post(self, request: web.Request) -> web.Response:
        """Post a message, or with ``enforce_nonce`` return the one with that nonce."""
        platform = self._platform
        channel = self._seen(request)
        incoming = await body.read(request, platform.cdn, platform.behaviour.request_bytes)
        payload = incoming.payload
        platform.openapi.check(NEW_MESSAGE, payload)
        self._may_post(channel, payload, with_files=bool(incoming.files))
        nonce = payload.get("nonce")
        if isinstance(nonce, str) and len(nonce) > 25:
            raise errors.invalid(
                ("nonce",), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length."
            )
        enforced = bool(payload.get("enforce_nonce")) and nonce is not None
        if enforced and (same := platform.same_nonce(platform.world.bot, str(nonce))):
            return answer(platform.shape(same))
        reply_to = self._reply(channel, payload)
        message = platform.post(
            channel,
            platform.world.bot,
            platform.write(incoming, channel, self._file_bytes(channel)),
            allowed=payload.get("allowed_mentions"),
            kind=REPLY if reply_to else PLAIN,
            reply_to=reply_to,
            nonce=nonce,
        )
        if enforced:
            platform.remember_nonce(message)
        if channel.archived:
            platform.world.archive(channel, archived=False)
        return answer(platform.shape(message))

    def _may_post(self, channel: Channel, payload: Json, *, with_files: bool) -> None:
        if channel.recipient is not None and not channel.recipient.takes_dms:
            raise errors.closed_dms()
        self._need(channel, to_post(channel))
        if channel.archived and channel.locked:
            raise errors.archived_thread()
        if with_files:
            self._need(channel, Permission.ATTACH_FILES)
        if payload.get("embeds"):
            self._need(channel, Permission.EMBED_LINKS)

    def _reply(self, channel: Channel, payload: Json) -> int | None:
        reference: Json | None = payload.get("message_reference")
        if not reference:
            return None
        self._need(channel, to_read(channel))
        number = int(reference["message_id"])
        if channel.history.get(number) is not None:
            return number
        if reference.get("fail_if_not_exists", True):
            raise errors.invalid(
                ("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message"
            )
        return None

    async def edit(self, request: web.Request) -> web.Response:
        """Change one of the bot's own messages."""
        platform = self._platform
        channel = self._seen(request)
        incoming = await body.read(request, platform.cdn, platform.behaviour.request_bytes)
        platform.openapi.check(EDIT, incoming.payload)
        message = self._message(request, channel)
        if message.author_id != platform.world.bot.id:
            raise errors.other_author()
        if channel.archived:
            raise errors.archived_thread()
        if incoming.files:
            self._need(channel, Permission.ATTACH_FILES)
        new = platform.rewrite(message, incoming, self._file_bytes(channel))
        platform.edit(message, new, incoming.payload.get("allowed_mentions"))
        return answer(platform.shape(message))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a message: the bot's own, or any with MANAGE_MESSAGES."""
        channel = self._seen(request)
        message = self._message(request, channel)
        if message.author_id != self._platform.world.bot.id:
            self._need(channel, Permission.MANAGE_MESSAGES)
        if channel.archived:
            raise errors.archived_thread()
        self._platform.delete(message)
        return nothing()


def _page(channel: Channel, request: web.Request, limit: int) -> list[Message]:
    history, query = channel.history, request.query
    if "around" in query:
        middle = int(query["around"])
        newer = history.after(middle - 1, limit // 2 + 1)
        return [*newer, *history.before(middle, limit - len(newer))]
    if "after" in query:
        return history.after(int(query["after"] or earliest(0)), limit)
    return history.before(int(query["before"]) if "before" in query else None, limit)
