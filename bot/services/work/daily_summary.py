"""Tells the operator once a day what the last 24 hours brought, in one line."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.state import ENDED
from bot.domain.window import DAY
from bot.services.shared.ports import OperatorChannel
from bot.services.work.duties import keep_up
from bot.store.store import Store
from bot.store.totals import Work

log = structlog.get_logger()

#: Seconds between two looks at the date.
EVERY = 300
#: As in ``Peers.leads``.
DUTY = "summary"
#: The fact that holds the day of the last summary: days since 1970-01-01, UTC.
TOLD = "summary"

_HOUR, _MINUTE = 60 * 60 * 1000, 60 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySummary:
    """Sent soon after midnight (UTC), or once the bot runs again, by the process with the duty.

    It is recorded only after it arrived: a process that dies in between sends it twice rather than
    never.
    """

    store: Store
    chat: OperatorChannel
    clock: Callable[[], int]
    #: US dollars.
    image_price: float

    async def run(self) -> None:
        """Look at the date every ``EVERY`` seconds until cancelled."""
        await keep_up(DUTY, self.run_once, self.store, every=EVERY)

    async def run_once(self) -> None:
        """Send it, if it wasn't sent today. On its first day the bot has nothing to tell."""
        now = self.clock()
        today, told = now // DAY, await self.store.facts.get(TOLD)
        # Around midnight, the clock of the process that told it may have been ahead of ours.
        if told is not None and 0 <= told - today <= 1:
            return
        if told is not None:
            text = summary(
                await self.store.totals.work(since=now - DAY, until=now), now, self.image_price
            )
            log.info("daily summary", text=text)
            if not await self.chat.tell_operator(text):
                return
        await self.store.facts.put(TOLD, today)


def summary(work: Work, now: int, image_price: float) -> str:
    """Return the line."""
    ends = [f"{work.ended[end]} {end}" for end in sorted(ENDED) if end in work.ended]
    tasks = f"tasks: {', '.join(ends)}" if ends else "no task ended"
    return (
        f"The last 24 hours: {work.images} images (${work.images * image_price:,.2f}); {tasks}; "
        f"{work.refusals} requests refused. {_left(work, now)}"
    )


def _left(work: Work, now: int) -> str:
    if work.open.oldest is None:
        return "Nothing is open."
    task_id, since = work.open.oldest
    age, tasks = max(0, now - since), sum(work.open.by_state.values())
    long = f"{age // _HOUR} h" if age >= 2 * _HOUR else f"{age // _MINUTE} min"
    return f"{tasks} open, the oldest (task {task_id}) for {long}."
