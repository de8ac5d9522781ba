"""The tray: references that a user collects from messages and uses later."""

import hashlib
from dataclasses import dataclass

from bot.domain.models import MOST_REFERENCES
from bot.domain.reference import Reference

#: As many pictures as one request may have.
TRAY_LIMIT = MOST_REFERENCES
#: Milliseconds after which a picture is removed: about as long as Discord's link is valid.
TRAY_KEEPS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class TrayItem:
    """A picture in a tray."""

    id: int
    reference: Reference
    #: Epoch milliseconds.
    put_at: int

    @property
    def name(self) -> str:
        """Its value in a menu: derived from the picture, as row numbers may be reused."""
        return hashlib.sha256(self.reference.key.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class TrayChange:
    """What happened to pictures that were added to a tray."""

    added: int
    #: Those that were already in it.
    known: int
    #: Those for which there was no room.
    turned_away: int
