"""Messages, their earlier states, and a channel's history."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.discord import reading
from sandbox.discord.cdn import File
from sandbox.discord.wire import Json

EPHEMERAL, LOADING, SNAPSHOT, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 14, 1 << 15


@dataclass(frozen=True)
class Body:
    """One state of a message."""

    #: Seconds since 1970.
    at: float
    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    #: Every file that the message keeps, also those that only a component shows.
    files: Mapping[int, File] = field(default_factory=dict[int, File])
    flags: int = 0

    @property
    def attachments(self) -> tuple[File, ...]:
        """The files listed below the message: those that no component or embed shows."""
        if self.flags & COMPONENTS_V2:
            return ()
        shown = {file.id for file in reading.embedded_files(self.embeds, self.files)}
        return tuple(file for file in self.files.values() if file.id not in shown)

    @property
    def text(self) -> str:
        """All that can be read in it."""
        return reading.text_of(self.content, self.embeds, self.components)

    @property
    def images(self) -> list[File]:
        """The files it shows, in the order shown."""
        inside = reading.embedded_files(self.embeds, self.files)
        return [*self.attachments, *inside, *reading.media_files(self.components, self.files)]

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons."""
        return [reading.label_of(button) for button in reading.buttons(self.components)]


@dataclass(frozen=True)
class Forwarded:
    """What a message forwards: a copy of another one, without its author."""

    channel_id: int
    message_id: int
    kind: int
    body: Body


@dataclass(eq=False)
class Message:
    """A message. Edits change :attr:`body`; deletion only marks it."""

    id: int
    channel_id: int
    guild_id: int | None
    author_id: int
    author: str
    body: Body
    kind: int = 0
    #: The only person who sees it; ``None``: everyone who sees the channel.
    only_for: int | None = None
    #: Who was notified when it appeared: ids of people.
    pinged: frozenset[int] = frozenset()
    #: ``interaction_metadata``, when it answers one.
    metadata: Json | None = None
    #: The message that it replies to.
    reply_to: int | None = None
    forwarded: Forwarded | None = None
    nonce: str | int | None = None
    #: A poll, as it is sent.
    poll: Json | None = None
    deleted_at: float | None = None
    #: The states before this one, oldest first.
    past: list[Body] = field(default_factory=list[Body])

    @property
    def deleted(self) -> bool:
        """Whether it was deleted."""
        return self.deleted_at is not None

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.only_for is not None

    @property
    def loading(self) -> bool:
        """Whether it still reads "... is thinking"."""
        return bool(self.body.flags & LOADING)

    @property
    def text(self) -> str:
        """All that can be read in it: content, embeds, components' texts, labels."""
        return self.body.text

    @property
    def content(self) -> str:
        """The plain content."""
        return self.body.content

    @property
    def images(self) -> list[File]:
        """The files it shows, wherever: below it, in a gallery, in an embed."""
        return self.body.images

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons."""
        return self.body.buttons

    @property
    def components(self) -> tuple[Json, ...]:
        """The components as kept, with ids."""
        return self.body.components

    @property
    def edits(self) -> list[Body]:
        """All states with their times, the current one last."""
        return [*self.past, self.body]

    def mentions(self) -> frozenset[int]:
        """Return the ids of the people who were really pinged."""
        return self.pinged

    def seen_by(self, user_id: int) -> bool:
        """Return whether this person, who sees the channel, sees it."""
        return not self.deleted and self.only_for in (None, user_id)

    def become(self, body: Body) -> None:
        """Replace the current state."""
        self.past.append(self.body)
        self.body = body

    def picture(self) -> str:
        """Describe it in one readable paragraph."""
        marks = [
            *(["only for " + str(self.only_for)] if self.ephemeral else []),
            *(["deleted"] if self.deleted else []),
            *(["thinking"] if self.loading else []),
        ]
        files = ", ".join(f"{image.name} {image.width}x{image.height}" for image in self.images)
        lines = [f"#{self.id} in {self.channel_id} by {self.author} {' '.join(marks)}".rstrip()]
        lines += [f"    {line}" for line in self.text.splitlines()]
        lines += [f"    files: {files}"] if files else []
        lines += [f"    buttons: {self.buttons}"] if self.buttons else []
        return "\n".join(lines)


@dataclass
class History:
    """A channel's messages that weren't deleted, by id, in order."""

    _ids: list[int] = field(default_factory=list[int])
    _by_id: dict[int, Message] = field(default_factory=dict[int, Message])

    def add(self, message: Message) -> None:
        """Put a message at the end."""
        insort(self._ids, message.id)
        self._by_id[message.id] = message

    def remove(self, message: Message) -> None:
        """Remove a message."""
        if self._by_id.pop(message.id, None) is not None:
            del self._ids[bisect_left(self._ids, message.id)]

    def get(self, message_id: int) -> Message | None:
        """Return a message that wasn't deleted."""
        return self._by_id.get(message_id)

    def all(self) -> list[Message]:
        """Return every message, oldest first."""
        return [self._by_id[i] for i in self._ids]

    def last_id(self) -> int | None:
        """Return the newest message's id."""
        return self._ids[-1] if self._ids else None

    def before(self, message_id: int | None, limit: int) -> list[Message]:
        """Return up to ``limit`` messages older than an id (``None``: the newest), newest first."""
        end = len(self._ids) if message_id is None else bisect_left(self._ids, message_id)
        return [self._by_id[i] for i in reversed(self._ids[max(0, end - limit) : end])]

    def after(self, message_id: int, limit: int) -> list[Message]:
        """Return up to ``limit`` messages next after an id, newest first, as Discord does."""
        start = bisect_right(self._ids, message_id)
        return [self._by_id[i] for i in reversed(self._ids[start : start + limit])]
