"""The state of the stand-in, and how messages appear, change and go."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sandbox.clock import Clock
from sandbox.discord import content, errors, shapes
from sandbox.discord.behaviour import Behaviour
from sandbox.discord.body import Incoming
from sandbox.discord.books import Books
from sandbox.discord.cdn import Cdn
from sandbox.discord.gateway import (
    DIRECT_MESSAGES,
    GUILD_MESSAGES,
    MESSAGE_CONTENT,
    Gateway,
)
from sandbox.discord.interactions import Interaction
from sandbox.discord.message_rules import Draft, pinged
from sandbox.discord.messages import EPHEMERAL, LOADING, Body, Forwarded, Message
from sandbox.discord.openapi import OpenApi
from sandbox.discord.permissions import Permission, can, to_post
from sandbox.discord.places import Channel, User
from sandbox.discord.pulse import Pulse
from sandbox.discord.snowflake import Snowflakes
from sandbox.discord.wire import Json
from sandbox.discord.world import World

T = TypeVar("T")

#: ``type`` of a message: plain, a reply, the answer to a command or to a context menu.
PLAIN, REPLY, CHAT_COMMAND, MENU_COMMAND = 0, 19, 20, 23


class Platform:
    """Everything that the routes and the people share."""

    def __init__(self, clock: Clock, token: str, openapi: OpenApi, books: Books) -> None:
        self.clock = clock
        self.token = token
        self.openapi = openapi
        self.books = books
        self.behaviour = Behaviour()
        self.snowflakes = Snowflakes(clock)
        self.cdn = Cdn(clock, self.behaviour, self.snowflakes)
        self.gateway = Gateway(token)
        self.world = World(self.snowflakes, self.gateway.announce)
        self.gateway.world = self.world
        self.commands = self.world.commands
        self.pulse = Pulse()
        #: Interactions by id and by token.
        self.interactions: dict[int, Interaction] = {}
        self.tokens: dict[str, Interaction] = {}
        self.followed: dict[int, list[Interaction]] = {}
        #: Ephemeral messages by channel and reader.
        self.private: dict[tuple[int, int], list[Message]] = {}
        self._watchers: list[Callable[[Message], None]] = []
        #: By author and nonce: the message, and when it was posted.
        self._nonces: dict[tuple[int, str], tuple[Message, float]] = {}

    # --- messages

    def write(self, incoming: Incoming, channel: Channel, file_bytes: int, flags: int = 0) -> Body:
        """Return the body of a new message, checked."""
        now = self.clock.now()
        draft = Draft(incoming, Body(now, flags=flags), self.cdn, channel.id)
        return self._moderated(draft.body(now, file_bytes), in_guild=channel.guild is not None)

    def write_text(self, text: str, channel: Channel) -> Body:
        """Return the body of a plain message."""
        return self.write(Incoming({"content": text}), channel, 0)

    def rewrite(self, message: Message, incoming: Incoming, file_bytes: int) -> Body:
        """Return the body of an edited message, checked."""
        draft = Draft(incoming, message.body, self.cdn, message.channel_id)
        body = draft.body(self.clock.now(), file_bytes)
        return self._moderated(body, in_guild=message.guild_id is not None)

    def _moderated(self, body: Body, *, in_guild: bool) -> Body:
        if in_guild and any(word in body.text for word in self.behaviour.blocked_words):
            raise errors.moderated()
        return body

    def post(  # noqa: PLR0913  (a message has that many properties)
        self,
        channel: Channel,
        author: User,
        body: Body,
        *,
        only_for: User | None = None,
        allowed: Json | None = None,
        metadata: Json | None = None,
        kind: int = PLAIN,
        reply_to: int | None = None,
        forwarded: Forwarded | None = None,
        nonce: str | int | None = None,
    ) -> Message:
        """Post a message in a channel, or show it to one person only."""
        replied = channel.history.get(reply_to) if reply_to else None
        message = Message(
            id=self.snowflakes.next(),
            channel_id=channel.id,
            guild_id=channel.guild.id if channel.guild else None,
            author_id=author.id,
            author=author.name,
            body=body if only_for is None else replace(body, flags=body.flags | EPHEMERAL),
            kind=kind,
            only_for=only_for.id if only_for else None,
            metadata=metadata,
            reply_to=reply_to,
            forwarded=forwarded,
            nonce=nonce,
        )
        message.pinged = self._pinged(message, channel, allowed, replied)
        self.books.messages.append(message)
        if only_for is None:
            channel.history.add(message)
        else:
            self.private.setdefault((channel.id, only_for.id), []).append(message)
        self._tell("MESSAGE_CREATE", message, channel)
        return message

    def edit(self, message: Message, body: Body, allowed: Json | None = None) -> None:
        """Change a message. Filling a "thinking" answer pings as a new message does."""
        channel = self.world.channels.get(message.channel_id)
        filled = message.loading and not body.flags & LOADING
        message.become(body)
        if channel is not None:
            if filled:
                message.pinged = self._pinged(message, channel, allowed, None)
            self._tell("MESSAGE_UPDATE", message, channel)

    def delete(self, message: Message) -> None:
        """Delete a message; the record keeps it."""
        message.deleted_at = self.clock.now()
        channel = self.world.channels.get(message.channel_id)
        if channel is None:
            return
        channel.history.remove(message)
        self._tell("MESSAGE_DELETE", message, channel)

    def shape(self, message: Message) -> Json:
        """Return a message object."""
        world = self.world
        return shapes.message(message, world.users.__getitem__, world.application_id)

    def readable(self, message: Message) -> Json:
        """Return a message object as the bot receives it through REST."""
        return content.readable(
            self.shape(message),
            self.world.bot.id,
            direct=message.guild_id is None,
            intent=bool(self.gateway.privileged & MESSAGE_CONTENT),
        )

    def _pinged(
        self, message: Message, channel: Channel, allowed: Json | None, replied: Message | None
    ) -> frozenset[int]:
        ids = pinged(message.text, allowed, replied.author_id if replied else None)
        if message.only_for is not None:
            return ids & {message.only_for}
        inside = channel.guild.members.keys() if channel.guild else self.world.users.keys()
        return ids & inside

    def _tell(self, name: str, message: Message, channel: Channel) -> None:
        """Announce a change to the gateway (except of ephemeral messages) and to whoever waits."""
        guild_id = message.guild_id
        if message.only_for is None and self.world.bot_sees(channel):
            if name == "MESSAGE_DELETE":
                shape: Json = {"id": str(message.id), "channel_id": str(channel.id)}
            else:
                shape = self.shape(message) | self._about(message, channel)
            if guild_id:
                shape["guild_id"] = str(guild_id)
            intent = GUILD_MESSAGES if guild_id else DIRECT_MESSAGES
            self.gateway.dispatch(name, shape, guild_id, intent)
        for watcher in list(self._watchers):
            watcher(message)
        for interaction in self.followed.get(message.id, ()):
            interaction.pulse.beat()
        self.pulse.beat()

    def _about(self, message: Message, channel: Channel) -> Json:
        """Return what only the gateway adds: the author's roles, and what is replied to."""
        extra: Json = {}
        member = channel.guild.members.get(message.author_id) if channel.guild else None
        if member is not None:
            extra["member"] = {k: v for k, v in shapes.member(member).items() if k != "user"}
        if message.reply_to is not None:
            replied = channel.history.get(message.reply_to)
            extra["referenced_message"] = None if replied is None else self.shape(replied)
        return extra

    # --- nonces

    def same_nonce(self, author: User, nonce: str) -> Message | None:
        """Return what an author posted with a nonce in the past few minutes, in any channel.

        https://docs.discord.com/developers/resources/message#create-message

        Raises:
            Refusal: 10008 for a message that was deleted since; it is not made again.
        """
        found, at = self._nonces.get((author.id, nonce), (None, 0.0))
        age = self.clock.elapsed() - at
        if found is None or age >= self.clock.lasting(self.behaviour.nonce_seconds):
            return None
        gone = found.deleted or found.channel_id not in self.world.channels
        if gone and self.behaviour.deleted_nonce_is_refused:
            raise errors.unknown_message()
        return found

    def remember_nonce(self, message: Message) -> None:
        """Remember a message's nonce."""
        self._nonces[message.author_id, str(message.nonce)] = (message, self.clock.elapsed())

    # --- interactions

    def open(self, interaction: Interaction) -> None:
        """Register an interaction under its id and token."""
        self.interactions[interaction.id] = interaction
        self.tokens[interaction.token] = interaction

    def belongs(self, message: Message, interaction: Interaction) -> None:
        """Notify whoever waits for an interaction when this message changes."""
        self.followed.setdefault(message.id, []).append(interaction)
        interaction.pulse.beat()

    def alive(self, token: str) -> Interaction:
        """Return the answered interaction of a token.

        Raises:
            Refusal: 10015 for a token that was never given or has no answer yet, 50027 for one
                more than fifteen minutes old.
        """
        interaction = self.tokens.get(token)
        if interaction is None:
            raise errors.unknown_webhook()
        age = self.clock.elapsed() - interaction.created
        if age > self.clock.lasting(self.behaviour.token_seconds):
            raise errors.dead_token()
        if interaction.callback is None:
            raise errors.unknown_webhook()
        return interaction

    def answers(self, interaction: Interaction, *, ephemeral: bool) -> None:
        """Record where the bot posts for someone who can't write there: Discord itself allows it.

        Only commands need the person's permission to write in the channel; buttons don't.
        """
        channel, user = interaction.channel, interaction.user
        writes = can(channel, user.id, to_post(channel)) and (
            not channel.locked or can(channel, user.id, Permission.MANAGE_THREADS)
        )
        if not ephemeral and not writes:
            self.books.violations.append(f"{user.name} may not write in #{channel.name}")

    # --- waiting

    def watch(self, watcher: Callable[[Message], None]) -> Callable[[], None]:
        """Call ``watcher`` with each message that appears, changes or goes; return how to stop."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)
