"""What admins set and for whom, and each change to it, which can be listed and undone."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, cast

from bot.domain.ids import NO_SERVER, InteractionId, RoleId, ServerId, UserId
from bot.domain.moderation import Moderation
from bot.domain.quota_settings import Block, OperatorRules, Policy, Setting
from bot.domain.text import half_width, number
from bot.refusals import ChangedSince, RoleNotUnderstood, Scope

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
    #: Nothing: somebody tried something that they aren't allowed to do.
    DENIED = "denied"
    #: Nothing: a moderator removed an image of the user's, without a strike.
    REMOVAL = "removal"
    #: ``OperatorRules``; "owner" as in /imagine-owner.
    OPERATOR = "owner"
    #: Nothing: the operator had the bot leave a server.
    LEFT = "left"


#: Set by admins alone, not by others who may set limits.
ADMINS_ONLY = frozenset({Kind.POLICY, Kind.MODERATION})
#: Settings of several named values, as they are when nothing is set.
NAMED: dict[Kind, Policy | Moderation | OperatorRules] = {
    Kind.POLICY: Policy(),
    Kind.MODERATION: Moderation(),
    Kind.OPERATOR: OperatorRules(),
}
#: Values that are set along with another one: a channel's language, and who chose it.
_COME_ALONG = frozenset({"locale", "log_by"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What is set, and for whom; each has one value."""

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

    #: The interaction's id, so a change that arrives twice is made once.
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
        """Whether it blocks somebody; a block that was over when it was set again doesn't."""
        return isinstance(self.after, Block) and not self.after.is_over(self.by.at)

    def undone_from(self, present: Setting | None) -> Setting | None:
        """Return what to set, given what is set now, to undo this change.

        Of several values, only those that it set are restored; of words, only those that it added
        or removed.

        Raises:
            ChangedSince: what it set has been changed again.
        """
        default = NAMED.get(self.target.kind)
        if default is None:
            if present != self.after:
                raise ChangedSince
            return self.before
        old, new = self.before or default, self.after or default
        changes = _set_back(*(_values(each) for each in (old, new, present or default)))
        undone = replace(cast("Any", present or default), **changes)
        return None if self.before is None and undone == default else undone


def _values(setting: Setting) -> dict[str, Any]:
    return {field.name: getattr(setting, field.name) for field in fields(setting)}


def _set_back(old: dict[str, Any], new: dict[str, Any], present: dict[str, Any]) -> dict[str, Any]:
    """Return the values that undo a change from ``old`` to ``new``."""
    back = dict[str, Any]()
    for name in (each for each in old if old[each] != new[each]):
        if name == "words":
            back[name] = _words_set_back(old[name], new[name], present[name])
        elif present[name] == new[name]:
            back[name] = old[name]
        elif name not in _COME_ALONG:
            raise ChangedSince
    return back


def _words_set_back(
    old: tuple[str, ...], new: tuple[str, ...], present: tuple[str, ...]
) -> tuple[str, ...]:
    added, removed = set(new).difference(old), set(old).difference(new)
    if not added.issubset(present) or removed.intersection(present):
        raise ChangedSince
    return (*(word for word in present if word not in added), *sorted(removed))
