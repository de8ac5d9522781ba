"""The tray: references that somebody collects from messages, to draw with them later."""

import hashlib
from dataclasses import dataclass

from bot.domain.models import MOST_REFERENCES
from bot.domain.reference import Reference

#: Pictures in one tray: as many as one task may have.
TRAY_LIMIT = MOST_REFERENCES
#: Milliseconds after which a picture is forgotten: about as long as Discord's link to it lives.
TRAY_KEEPS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class TrayItem:
    """A picture in somebody's tray."""

    id: int
    reference: Reference
    #: Epoch milliseconds.
    put_at: int

    @property
    def name(self) -> str:
        """What a menu calls it, in whatever database: by the picture, not by the row."""
        return hashlib.sha256(self.reference.key.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class TrayChange:
    """What became of pictures that were put into a tray."""

    added: int
    #: Those that were in it already.
    known: int
    #: Those that it had no room for.
    turned_away: int
