"""What was drawn in the last days."""

from dataclasses import dataclass
from datetime import date

from bot.domain.ids import UserId

#: How many days are shown.
DAYS = 30
#: How many members are shown one by one, the busiest.
BUSIEST = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class DailyUse:
    """Images of each day, as they count towards quotas."""

    #: In the server's time zone; today is the last.
    days: tuple[date, ...]
    #: Users and their images of each day, the busiest first.
    members: tuple[tuple[UserId, tuple[int, ...]], ...]
    #: Images of all others together, of each day.
    others: tuple[int, ...] = ()

    @property
    def totals(self) -> tuple[int, ...]:
        """All images of each day."""
        every = [images for _, images in self.members]
        return tuple(map(sum, zip(*every, self.others or (0,) * len(self.days), strict=True)))
