"""How long a drawing takes: our own median, else Evolink's estimate, else the setting."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from bot.domain.durations import Durations
from bot.domain.request import Request
from bot.store.store import Store

#: How many drawings of a kind it takes for their median to count.
ENOUGH = 10
#: Milliseconds after which a median is computed again.
RECENT = 60_000


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates for one quality and count, from the newest tasks of that kind."""

    store: Store
    durations: Durations
    clock: Callable[[], int]
    #: Medians by model, quality and count, and when they were computed.
    _medians: dict[tuple[str, str, int], tuple[int, int | None]] = field(
        default_factory=dict[tuple[str, str, int], tuple[int, int | None]]
    )

    async def get(self, request: Request, told_by_evolink: int | None = None) -> int:
        """Return how long such a request usually takes, in milliseconds."""
        usual = await self._median(request)
        return usual or told_by_evolink or self.durations.estimate

    async def _median(self, request: Request) -> int | None:
        kind = request.model.name, str(request.quality), request.count
        now = self.clock()
        computed_at, usual = self._medians.get(kind, (0, None))
        if not computed_at <= now < computed_at + RECENT:
            known = await self.store.queue.durations(request)
            usual = round(median(known)) if len(known) >= ENOUGH else None
            self._medians[kind] = now, usual
        return usual
