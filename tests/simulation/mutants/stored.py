"""Rules of the database: versions, ids, leases, what is settled, locks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import bindparam, update
from typing_extensions import override

from bot.domain import quota
from bot.domain.quota import Usage
from bot.domain.requester import Requester
from bot.domain.state import Reason
from bot.domain.task import Task
from bot.store.claims import Claims
from bot.store.quotas import Quotas, Reservation
from bot.store.tables import task as task_table
from bot.store.tasks import Tasks
from bot.store.turns import Turns
from tests.simulation.engine import Engine
from tests.simulation.mutant import Mutant

FAR = 10**15

T = TypeVar("T")

_of_task = task_table.c.id == bindparam("task_id")
_UNSETTLE = update(task_table).where(_of_task).values(charged=None)
_FORGET = update(task_table).where(_of_task).values(remote_id=None)


class Unversioned(Tasks):
    """It overwrites what others have written since."""

    @override
    async def save(self, task: Task, kind: str, **more: Any) -> Task:
        present = await self.get(task.id)
        assert present is not None
        return await super().save(replace(task, version=present.version), kind, **more)


class Unheard(Tasks):
    """It lets a writer decide who doesn't know of the existing id at Evolink."""

    @override
    async def save(self, task: Task, kind: str, **more: Any) -> Task:
        if task.remote_id is None:
            await self._db.change(_FORGET, task_id=task.id)
        return await super().save(task, kind, **more)


class ForEver(Claims):
    """Its leases do not run out."""

    @override
    async def due(self, owner: str, **more: Any) -> tuple[Task, ...]:
        more["until"] = FAR
        return await super().due(owner, **more)


class TurnsForEver(Turns):
    """The same for tasks that it starts."""

    @override
    async def start(self, owner: str, **more: Any) -> tuple[Task, ...]:
        late: dict[str, Any] = more | {"until": FAR}
        return await super().start(owner, **late)


class SettledAgain(Tasks):
    """The last word to arrive settles again what was settled."""

    @override
    async def save(self, task: Task, kind: str, **more: Any) -> Task:
        if kind == "expired":
            task = replace(task, charged=0, charged_at=more["now"], reason=Reason.EXPIRED)
            await self._db.change(_UNSETTLE, task_id=task.id)
        return await super().save(task, kind, **more)


class ReadBefore(Quotas):
    """It reads the usage before the transaction in which it reserves."""

    @override
    async def reserve(
        self, requester: Requester, decide: Callable[[Reservation], T], *, now: int = 0
    ) -> T:
        usage = await self.usage(requester, now=quota.day_of(0))

        def remembering(book: Reservation) -> T:
            return decide(_Remembered(book._connection, requester, book._drawn_before, usage))

        return await super().reserve(requester, remembering, now=now)


@dataclass(frozen=True)
class _Remembered(Reservation):
    remembered: Usage

    @override
    def usage(self, *, now: int) -> Usage:
        return self.remembered


MUTANTS = (
    Mutant(
        Engine(tasks=Unversioned),
        "a look at the version",
        "text only",
        "one end",
        frozen=True,
    ),
    Mutant(
        Engine(tasks=Unheard),
        "a look at Evolink's id",
        "called back before 503",
        "submitted once",
    ),
    Mutant(
        Engine(claims=ForEver, turns=TurnsForEver),
        "leases that expire",
        "another instance",
        "one end",
    ),
    Mutant(
        Engine(tasks=SettledAgain),
        "a guard on what is settled",
        "stopped when running",
        "charged right",
    ),
    Mutant(
        Engine(quotas=ReadBefore),
        "a lock on the quota",
        "one user, quota for one",
        "quotas hold",
    ),
)
