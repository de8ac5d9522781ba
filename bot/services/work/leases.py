"""This process's leases: taken back, renewed, released, and adjusted when the clock is set."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog

from bot.clock import NOTICED, ClockWatch
from bot.domain.durations import Durations
from bot.domain.ids import TaskId
from bot.domain.task import Task
from bot.errors import StoreUnavailable
from bot.measures import Measures
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.pauses import Pauses
from bot.services.work.held_tasks import HeldTasks
from bot.store.store import Store

log = structlog.get_logger()

#: Milliseconds until timers that can't be written are tried again.
AGAIN = 2_000
#: Leases renewed in one transaction, so that other writers wait milliseconds.
BATCH = 500


@dataclass(slots=True, kw_only=True)
class Leases:
    """Leases end by the wall clock, which people and NTP set."""

    store: Store
    held: HeldTasks
    pauses: Pauses
    cards: CardUpdates
    measures: Measures
    durable: DurableWrites
    durations: Durations
    clock: Callable[[], int]
    #: "instance/start": who this process is in the rows.
    owner: str
    #: Notices when the wall clock is set.
    watch: ClockWatch
    #: Until then (monotonic), adjusting the timers isn't tried again.
    _adjusts_from: int = 0
    #: Until then (monotonic), others' leases may only seem expired because the clock was set.
    _trusts_from: int = 0

    @property
    def expired(self) -> int:
        """The time by which others' leases must have ended to have expired (epoch milliseconds)."""
        # Live processes renew leases that only the clock made expire.
        return 0 if self.watch.steady() < self._trusts_from else self.clock()

    async def seize(self) -> None:
        """Take over tasks that a previous run of this instance held, if that run has surely ended.

        A process that PostgreSQL lost sight of may be frozen or cut off, and still trust its lease.
        """
        self.watch.step()  # the reference for later steps
        now, instance = self.clock(), self.owner.partition("/")[0]
        seized = 0
        if self.store.peers.is_alone:
            seized = await self.store.claims.seize(instance, now=now)
        if seized:
            log.info("going on with tasks of the last run", tasks=seized)
        latest = await self.store.claims.latest()
        if latest is not None and latest > now + NOTICED:
            log.warning("the clock was set back since the last run", seconds=(latest - now) // 1000)
            await self._pull_in(0, ())

    async def follow_the_clock(self, under_way: Collection[Task]) -> None:
        """Adjust all timers if the clock was set; ``under_way``: tasks with a step under way."""
        step = self.watch.step()
        if step == 0 or self.watch.steady() < self._adjusts_from:
            return
        log.warning("the clock was set; timers follow", seconds=step // 1000)
        self._trusts_from = self.watch.steady() + self.durations.lease
        try:
            await self._pull_in(max(0, step), under_way)
        except StoreUnavailable as error:  # held tasks continue meanwhile
            self._adjusts_from = self.watch.steady() + AGAIN
            self.durable.failed(error)
        else:
            self.watch.followed(step)

    async def _pull_in(self, ahead: int, under_way: Collection[Task]) -> None:
        self.held.wake_all(self.clock())
        durations = self.durations
        await self.store.claims.pull_in(self.owner, self.clock, ahead=ahead, durations=durations)
        await self.pauses.pull_in()
        await self.renew(under_way)
        # Tasks that somebody else has by now were dropped; for the others, the leases are new, too.
        ids = sorted(task.id for task in self.held.tasks())
        for first in range(0, len(ids), BATCH):
            self.held.reread(await self.store.tasks.several(ids[first : first + BATCH]))

    async def keep_renewing(self, under_way: Collection[Task]) -> None:
        """Renew them until cancelled; ``under_way``: tasks with a step under way, a live view."""
        while True:
            await asyncio.sleep(self.durations.lease / 3000)
            try:
                await self.renew(under_way)
            except StoreUnavailable as error:  # two renewals may fail before a lease expires
                self.durable.failed(error)
            except Exception:  # a process that lives must keep its leases
                log.exception("leases could not be renewed")

    async def renew(self, under_way: Collection[Task]) -> None:
        """Renew the leases of held tasks, and forget those that somebody else has by now."""
        held = self.held.tasks()
        mine = {task.id for task in (*held, *under_way)}
        ids, renewed = sorted(mine), set[TaskId]()
        for first in range(0, len(ids), BATCH):
            until = self.clock() + self.durations.lease
            batch = ids[first : first + BATCH]
            renewed |= await self.store.claims.renew(self.owner, batch, until=until)
        self.measures.lost(self.held.drop(task for task in held if task.id not in renewed))

    async def release(self) -> None:
        """Release them all, so that the tasks are due for anybody."""
        await self.cards.let_all_go()
        try:
            await self.store.claims.release(self.owner, now=self.clock())
            self.store.peers.wake()
        except StoreUnavailable as error:  # the next run seizes them
            self.durable.failed(error)
