"""Who uses the bot, and where."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Requester:
    """A user in a server. Tasks, quotas, drafts and trays belong to this pair."""

    #: ``None``: in a direct message, or where only the user has installed the bot.
    server: int | None
    user: int
    #: Ids of the user's roles at this moment, for the quota; they don't tell requesters apart.
    roles: frozenset[int] = field(default=frozenset(), compare=False, repr=False)
