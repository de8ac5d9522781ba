"""Who uses the bot, and where."""

from dataclasses import dataclass, field

from bot.domain.ids import RoleId, ServerId, UserId


@dataclass(frozen=True, slots=True)
class Requester:
    """A user in a server. Tasks, quotas, drafts and trays belong to this pair."""

    #: ``None``: in a direct message, or where only the user has installed the bot.
    server: ServerId | None
    user: UserId
    #: Ids of the user's roles at this moment, for the quota; they don't tell requesters apart.
    roles: frozenset[RoleId] = field(default=frozenset(), compare=False, repr=False)
