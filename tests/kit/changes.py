"""Who changes what is set, by which interaction."""

from bot.domain.ids import InteractionId, UserId
from bot.domain.quota_change import By


def changed_by(interaction: int, *, actor: int, at: int, reason: str = "") -> By:
    """Return who changes something, by this interaction."""
    return By(id=InteractionId(interaction), actor=UserId(actor), at=at, reason=reason)
