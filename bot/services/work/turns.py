"""Starts queued tasks in fair order, as many as there are places for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.durations import Durations
from bot.domain.task import Task
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.pauses import Pauses
from bot.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Who is next, and whether anybody may be."""

    store: Store
    pauses: Pauses
    durable: DurableWrites
    durations: Durations
    clock: Callable[[], int]
    #: "instance/start": who this process is in the rows.
    owner: str
    max_running: int
    user_running: int

    async def start(self, most: int) -> Sequence[Task]:
        """Start at most ``most`` queued tasks."""
        if self.durable.is_behind:
            return ()
        now = self.clock()
        room = await self.pauses.room(most)
        if room.places <= 0:
            return ()
        return await self.store.turns.start(
            self.owner,
            now=now,
            until=now + self.durations.lease,
            max_running=self.max_running,
            user_running=self.user_running,
            slow_before=now - self.durations.polling.slow_after,
            limit=room.places,
            below=room.below,
            alone_since=now - self.durations.pause if room.alone else None,
        )
