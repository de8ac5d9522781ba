"""Servers, channels and people."""

from dataclasses import dataclass, field

from sandbox.discord.behaviour import MIB
from sandbox.discord.messages import History, Message

TEXT, DM, VOICE, PUBLIC_THREAD, STAGE, FORUM = 0, 1, 2, 11, 13, 15

#: Bytes per file by boost tier: https://docs.discord.com/developers/reference#uploading-files.
TIER_BYTES = (10 * MIB, 10 * MIB, 50 * MIB, 100 * MIB)


@dataclass(eq=False)
class User:
    """An account."""

    id: int
    name: str
    bot: bool = False
    #: Whether the person accepts direct messages from strangers and bots.
    takes_dms: bool = True
    #: Whether the bot is installed to this account.
    installed: bool = False

    @property
    def mention(self) -> str:
        """The text that mentions this person."""
        return f"<@{self.id}>"


@dataclass(eq=False)
class Role:
    """A role, and what it grants."""

    id: int
    name: str
    permissions: int
    position: int = 0


@dataclass(frozen=True)
class Overwrite:
    """What a channel changes for a role (kind 0) or a member (kind 1)."""

    kind: int
    allow: int = 0
    deny: int = 0


@dataclass(eq=False)
class Member:
    """A person in a server."""

    user: User
    roles: set[int] = field(default_factory=set[int])


@dataclass(eq=False)
class Channel:
    """A channel, thread or direct message."""

    id: int
    name: str
    kind: int = TEXT
    guild: "Guild | None" = None
    parent: "Channel | None" = None
    #: The person on the other side of a direct message.
    recipient: User | None = None
    nsfw: bool = False
    overwrites: dict[int, Overwrite] = field(default_factory=dict[int, Overwrite])
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    history: History = field(default_factory=History)

    def messages(self) -> list[Message]:
        """Return the messages that everyone sees, oldest first."""
        return self.history.all()


@dataclass(eq=False)
class Guild:
    """A server. Its id is also the id of the role @everyone."""

    id: int
    name: str
    owner_id: int
    locale: str = "en-US"
    tier: int = 0
    roles: dict[int, Role] = field(default_factory=dict[int, Role])
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    channels: dict[int, Channel] = field(default_factory=dict[int, Channel])

    @property
    def file_bytes(self) -> int:
        """The largest file that can be posted here, in bytes."""
        return TIER_BYTES[self.tier]
