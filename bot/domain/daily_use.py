"""Daily usage over the last days."""

from dataclasses import dataclass
from datetime import date

from bot.domain.ids import UserId

#: How many days are shown.
DAYS = 30
#: How many members are shown individually: the busiest ones.
BUSIEST = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class DailyUse:
    """Images per day, as they count towards quotas."""

    #: In the server's time zone; today is the last.
    days: tuple[date, ...]
    #: Users and their images per day, busiest first.
    members: tuple[tuple[UserId, tuple[int, ...]], ...]
    #: Images per day of all other members together.
    others: tuple[int, ...] = ()

    @property
    def totals(self) -> tuple[int, ...]:
        """All images per day."""
        every = [images for _, images in self.members]
        return tuple(map(sum, zip(*every, self.others or (0,) * len(self.days), strict=True)))
