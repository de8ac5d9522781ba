"""Rules that only matter where several processes share a database."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, func, select
from typing_extensions import override

from bot.clock import Clocks
from bot.domain.ids import TaskId
from bot.domain.state import State
from bot.domain.task import Task
from bot.errors import Withheld
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.pauses import Pauses, Refusal, Room
from bot.services.work.leases import Leases
from bot.store.claims import Claims, Waiting
from bot.store.facts import Facts
from bot.store.tables import task as task_table
from bot.store.tasks import Tasks
from bot.store.turns import Turns
from bot.wiring.resources import Kinds
from tests.simulation.engine import Engine
from tests.simulation.mutant import Walking
from tests.simulation.together import Seat

_TRYING = [State.PREPARING.value, State.SUBMITTING.value]
_OF_OTHERS = select(func.count().label("number")).where(
    task_table.c.state.in_([*_TRYING, State.RUNNING.value]),
    task_table.c.owner != bindparam("present_owner"),
)
_OWN = select(task_table.c.id).where(
    task_table.c.state.in_(_TRYING),
    task_table.c.remote_id.is_(None),
    task_table.c.owner == bindparam("present_owner"),
)
#: Milliseconds by which it is too early.
EARLY = 60_000


class Unlent(CardUpdates):
    """It edits the card of a task that nobody holds, without taking hold of it."""

    @override
    @asynccontextmanager
    async def _lent(self, task: Task, until: int) -> AsyncGenerator[tuple[int, int | None]]:
        yield until, None


class Meddling(Unlent):
    """It edits the card of a task that another process holds, too."""

    @override
    def _may_edit(self, task: Task) -> bool:
        return super()._may_edit(replace(task, owner=None))


class LateEdits(CardUpdates):
    """It gives a task back while still editing its card."""

    @override
    @asynccontextmanager
    async def giving_back(self, task_id: int) -> AsyncGenerator[None]:
        yield


class GivingBack(CardUpdates):
    """It gives a task back while one of its edits may still arrive."""

    @override
    def kept_until_arrival(self, task: Task) -> Task:
        return task


class TakingOver(Tasks):
    """When Evolink calls back, it takes a task over from whoever holds it."""

    @override
    async def wake(self, task_id: TaskId, *, now: int, take_over: bool) -> None:
        await super().wake(task_id, now=now, take_over=True)


class OwnPlaces(Turns):
    """It counts its own tasks only, so MAX_RUNNING holds for each process."""

    @override
    async def start(self, owner: str, *, max_running: int, **more: Any) -> tuple[Task, ...]:
        (row,) = await self._db.rows(_OF_OTHERS, present_owner=owner)
        return await super().start(owner, max_running=max_running + row["number"], **more)


class EachTries(Turns):
    """After trouble, one task of each process tries."""

    @override
    async def start(
        self, owner: str, *, limit: int, alone_since: int | None = None, **more: Any
    ) -> tuple[Task, ...]:
        if alone_since is None:
            return await super().start(owner, limit=limit, **more)
        if await self._db.rows(_OWN, present_owner=owner):
            return ()
        return await super().start(owner, limit=1, **more)


@dataclass(frozen=True, kw_only=True)
class OwnTrouble(Pauses):
    """It knows only of refusals that it has met itself."""

    met: list[int] = field(default_factory=list[int])

    @override
    async def begin(self, task: Task, error: Withheld) -> Refusal:
        self.met.append(task.id)
        return await super().begin(task, error)

    @override
    async def room(self, places: int) -> Room:
        return await super().room(places) if self.met else Room(places)


class TakingBack(Leases):
    """It takes tasks from an earlier process of its name, which may only be cut off."""

    @override
    async def seize(self) -> None:
        await self.store.claims.seize(self.owner.partition("/")[0], now=self.clock())
        await super().seize()


class TooEarly(Claims):
    """It takes over what another process still holds."""

    @override
    async def waiting(self, *, now: int) -> Waiting:
        return await super().waiting(now=now + EARLY)

    @override
    async def due(self, owner: str, *, now: int, **more: Any) -> tuple[Task, ...]:
        more["expired"] = now + EARLY
        return await super().due(owner, now=now + EARLY, **more)


class Leading(Seat):
    """It has each duty, whoever else has it."""

    @override
    async def leads(self, duty: str) -> bool:
        return True


class Unclaimed(Facts):
    """It takes a round of its duty, whoever is at one."""

    @override
    async def claim(self, key: str, *, now: int, until: int) -> bool:
        return True


def by_its_machine(database: Clocks, ahead: int) -> Clocks:
    """Return a process's clocks, with leases by its own machine's clock."""
    return replace(database, wall=lambda: database.wall() + ahead)


_LAST_WORD, _TRIES = "no edit after the last word", "one tries after a trouble"
_TOLD, _SUMMED_UP = "the card tells the end", "the day is summed up once"

WALKING = tuple(
    Walking(engine, lacks, promise, several=True)
    for engine, lacks, promise in (
        (Engine(kinds=Kinds(cards=Unlent)), "a lease on a card that it edits", _LAST_WORD),
        (Engine(kinds=Kinds(cards=Meddling)), "respect for another's lease", _LAST_WORD),
        (Engine(kinds=Kinds(cards=LateEdits)), "an end to edits of what it gives back", _LAST_WORD),
        (Engine(kinds=Kinds(cards=GivingBack)), "a hold on a card that it edited", _TOLD),
        (Engine(tasks=TakingOver), "a word to the holder instead of a takeover", _LAST_WORD),
        (Engine(seat=Leading), "one at a time to tell places", "a place is told once"),
        (Engine(turns=OwnPlaces), "a look at others' places", "places hold"),
        (Engine(turns=EachTries), "a look at who tries", _TRIES),
        (Engine(kinds=Kinds(pauses=OwnTrouble)), "a look at others' trouble", _TRIES),
        (Engine(clocks=by_its_machine), "the database's clock", _LAST_WORD),
        (Engine(kinds=Kinds(leases=TakingBack)), "patience with one that is cut off", _LAST_WORD),
        (Engine(claims=TooEarly), "patience with others' leases", _LAST_WORD),
        (Engine(seat=Leading, facts=Unclaimed), "one at a time for a duty", _SUMMED_UP),
        (Engine(facts=Unclaimed), "a look at who is at a duty", _SUMMED_UP),
    )
)
