"""How long a drawing takes: our own median, else Evolink's estimate, else the setting."""

from dataclasses import dataclass
from statistics import median

from bot.domain.durations import Durations
from bot.domain.request import Request
from bot.store.store import Store

#: Drawings of a kind below which their median does not count.
ENOUGH = 10


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates for one quality and count, from the newest tasks of that kind."""

    store: Store
    durations: Durations

    async def get(self, request: Request, told_by_evolink: int | None = None) -> int:
        """Return how long such a request usually takes, in milliseconds."""
        known = await self.store.queue.durations(request)
        if len(known) >= ENOUGH:
            return round(median(known))
        return told_by_evolink or self.durations.estimate
