"""Charts of what was drawn in the last days."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.daily_use import DAYS, DailyUse
from bot.domain.ids import ServerId
from bot.domain.requester import Requester
from bot.domain.window import days
from bot.services.front.quota import Quota
from bot.store.store import Store
from bot.ui.chart import letter


class Draw(Protocol):
    """Draws a bar for each day, stacked by the series."""

    def __call__(
        self, days: Sequence[str], series: Sequence[tuple[str, Sequence[int]]], /
    ) -> Awaitable[bytes | None]:
        """Return a PNG; ``None``: it didn't work."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """Days are those of the server's time zone."""

    store: Store
    quota: Quota
    clock: Callable[[], int]
    picture: Draw

    async def of_server(self, server: ServerId) -> DailyUse:
        """Return what all members have used on each day, and the busiest on their own."""
        dates, begins = days(self.clock(), (await self.quota.policy(server)).zone, DAYS)
        *busiest, (_, others) = await self.store.daily_use.of_server(server, begins)
        return DailyUse(days=dates, members=tuple(busiest), others=others)

    async def of_member(self, requester: Requester) -> DailyUse:
        """Return what a member has used on each day."""
        zone = (await self.quota.policy(requester.server)).zone
        dates, begins = days(self.clock(), zone, DAYS)
        used = await self.store.daily_use.of_member(requester, begins)
        return DailyUse(days=dates, members=((requester.user, used),))

    async def draw(self, use: DailyUse) -> bytes | None:
        """Return a chart as a PNG; ``None``: it couldn't be drawn."""
        series = [(letter(number), images) for number, (_, images) in enumerate(use.members)]
        if any(use.others):
            series.append(("+", use.others))
        return await self.picture([f"{day:%m-%d}" for day in use.days], series)
