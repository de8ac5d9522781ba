"""What admins set, for whom, and each change of it: it can be read, and undone."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import NO_SERVER, InteractionId, RoleId, ServerId, UserId
from bot.domain.quota_settings import Block, Setting
from bot.domain.text import half_width, number
from bot.refusals import RoleNotUnderstood, Scope

#: Characters of a reason; Discord accepts no more.
REASON = 200


class Kind(StrEnum):
    """What is set."""

    #: A ``Rule``.
    LIMIT = "limit"
    BLOCK = "block"
    GRANT = "grant"
    POLICY = "policy"
    MODERATION = "moderation"
    #: A user may have several, as with grants.
    STRIKE = "strike"
    #: Nothing: somebody tried what they may not.
    DENIED = "denied"
    #: Nothing: a moderator removed an image of the user's, without a strike.
    REMOVAL = "removal"
    #: ``OperatorRules``; the value as in /imagine-owner.
    OPERATOR = "owner"
    #: Nothing: the operator had the bot leave a server.
    LEFT = "left"


#: Set by admins alone, not by others who may set limits.
ADMINS_ONLY = frozenset({Kind.POLICY, Kind.MODERATION})
#: These have several values, each with a name.
NAMED = ADMINS_ONLY | {Kind.OPERATOR}


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What is set for whom; there is one value for each."""

    server: ServerId
    kind: Kind
    #: ``USER``, ``ROLE`` or ``SERVER``, and its id.
    scope: Scope
    id: int
    #: Which of a user's grants or strikes.
    number: int = 0

    @classmethod
    def of_server(cls, server: ServerId, kind: Kind) -> "Target":
        """Return what is set for all members of a server."""
        return cls(server=server, kind=kind, scope=Scope.SERVER, id=server)

    @classmethod
    def of_user(cls, server: ServerId, user: UserId, kind: Kind, number: int = 0) -> "Target":
        """Return what is set for a user in a server."""
        return cls(server=server, kind=kind, scope=Scope.USER, id=user, number=number)

    @classmethod
    def of_role(cls, server: ServerId, role: RoleId) -> "Target":
        """Return a role's limit. The role that everybody has is the server itself."""
        if role == server:
            return cls.of_server(server, Kind.LIMIT)
        return cls(server=server, kind=Kind.LIMIT, scope=Scope.ROLE, id=role)


#: What the operator sets for all servers; their changes have a log of their own.
EVERYWHERE = Target.of_server(NO_SERVER, Kind.OPERATOR)


def role_typed(text: str) -> RoleId:
    """Return the id of a role as an admin types it: the id, or a mention.

    Raises:
        RoleNotUnderstood: it is neither.
    """
    digits = half_width(text).strip().removeprefix("<@&").removesuffix(">")
    role = number(digits)
    if role is None:
        raise RoleNotUnderstood(text)
    return RoleId(role)


@dataclass(frozen=True, kw_only=True, slots=True)
class By:
    """Who changes something, when, and why."""

    #: The interaction's id, so that a change that arrives twice is one.
    id: InteractionId
    actor: UserId
    #: Epoch milliseconds.
    at: int
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change that was made. ``None`` before or after: it wasn't set."""

    by: By
    target: Target
    before: Setting | None
    after: Setting | None
    undone: bool = False

    @property
    def blocks(self) -> bool:
        """Whether somebody is blocked by it; not by a block that was over when it was set again."""
        return isinstance(self.after, Block) and not self.after.is_over(self.by.at)
