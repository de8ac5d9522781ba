"""Who uses the bot, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requester:
    """A user in a server. Tasks, quotas, drafts and trays belong to this pair."""

    #: ``None``: in a direct message, or where only the user has installed the bot.
    server: int | None
    user: int
