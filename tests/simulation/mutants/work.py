"""Rules of the work on tasks: intents, patience, bounds, leases, presses."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import bindparam, update
from typing_extensions import override

from bot.domain.ids import MessageId, TaskId, UserId
from bot.domain.requester import Requester
from bot.domain.state import State
from bot.domain.task import Task
from bot.errors import EvolinkError, Withheld
from bot.services.front.acceptance import Acceptance
from bot.services.front.cancellation import Cancellation
from bot.services.front.deletion import Deleted, Deletion
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.pauses import TROUBLE, Pauses, kind_of
from bot.services.work.delete_step import DeleteStep
from bot.services.work.held_tasks import NextStep
from bot.services.work.leases import Leases
from bot.services.work.paid_requests import PaidRequests
from bot.services.work.polling import Polling
from bot.services.work.refusals import Refusals
from bot.services.work.steps import Steps
from bot.services.work.transitions import Transitions
from bot.store.outcomes import Outcome
from bot.store.tables import task as task_table
from bot.wiring.resources import Kinds
from tests.simulation.engine import Engine
from tests.simulation.mutant import AS_EXPECTED, Mutant

T = TypeVar("T")

_of_task = task_table.c.id == bindparam("task_id")
_CANCEL = (
    update(task_table)
    .where(_of_task)
    .values(
        state=State.CANCELLED.value,
        remote_id=None,
        charged=0,
        owner=None,
        wake_at=bindparam("now"),
        ended_at=bindparam("now"),
        version=task_table.c.version + 1,
    )
)


class NoIntent(Transitions):
    """It writes no intent down."""

    @override
    async def save(self, task: Task, event: str, **more: Any) -> Task:
        return task if event == "submitting" else await super().save(task, event, **more)


class KeepsIntent(Transitions):
    """It keeps an intent to post, though Discord has surely posted nothing."""

    @override
    async def save(self, task: Task, event: str, **more: Any) -> Task:
        if event == "not posted":
            return await super().save(task, event)
        return await super().save(task, event, **more)


class IntentAfterwards(PaidRequests):
    """It writes the intent only after Evolink has answered."""

    @override
    async def send(self, task: Task, links: list[str], url: str | None) -> tuple[Task, int | None]:
        taken = await self.evolink.submit(
            task.request,
            links,
            key=task.idempotency_key,
            before=task.wake_at or 0,
            callback_url=url,
        )
        ids = self.remote_ids
        await ids.store.tasks.save(task, "submitting", now=ids.clock())
        await ids.record(task, task.attempt, taken.remote_id)
        return task, taken.estimate


class FollowingAnyway(Polling):
    """It follows a drawing, whatever the row says by now."""

    @override
    async def follow(self, task: Task, estimated: int | None, *, wait: bool = True) -> NextStep:
        present = await self.store.tasks.get(task.id)
        assert present is not None
        return await super().follow(present, estimated, wait=wait)


class SentAgain(Steps):
    """It takes a row in *submitting* for one that was never sent."""

    @override
    async def run(self, task: Task, known: Outcome | None = None) -> NextStep | None:
        if task.state is State.SUBMITTING and task.remote_id is None:
            transitions = self.submission.transitions
            await transitions.save(task.requeued(transitions.clock()), "queued")
            return None
        return await super().run(task, known)


class TheSameAgain(Refusals):
    """After a refusal all wait, and the one that was refused is the first to try again."""

    @override
    async def _hold_back(self, task: Task, error: Withheld) -> None:
        until = self.clock() + self.durations.pause
        trouble = {"pause": kind_of(error), "until": until, "told": True}
        await self.store.facts.put(TROUBLE, trouble)
        await self.transitions.save(task.requeued(until), "queued")


class Obedient(Polling):
    """It polls a drawing again when told to, however late that is."""

    @override
    async def _not_read(self, task: Task, error: EvolinkError) -> NextStep | None:
        following = await super()._not_read(task, error)
        present = await self.store.tasks.get(task.id)
        if isinstance(error, Withheld) and error.retry_after and present is not None:
            later = self.clock() + round(error.retry_after * 1000)
            await self.transitions.save(present.waiting(later), "unread")
            return None
        return following


class Punctual(Polling):
    """It gives up by the current clock, even if somebody has set it."""

    @override
    def _is_late(self, task: Task) -> bool:
        return task.deadline is not None and self.clock() > task.deadline


class ObedientPauses(Pauses):
    """It submits again when told to, however late that is."""

    @override
    def _asked(self, error: Withheld) -> int:
        return round((error.retry_after or 0) * 1000) or self.durations.pause


class Overwriting(Acceptance):
    """It counts a task as shown without a look at who has it by now, and in which state."""

    @override
    async def _save(self, task: Task, kind: str, *, card: MessageId | None = None) -> None:
        present = await self.store.tasks.get(task.id)
        assert present is not None
        await super()._save(replace(task, version=present.version), kind, card=card)


class Impatient(DurableWrites):
    """It writes once, and what could not be written is forgotten."""

    @override
    async def until_written(self, write: Callable[[], Awaitable[T]]) -> T:
        return await write()


class Carefree(DurableWrites):
    """It goes on paying while paid facts can't be written."""

    @property
    @override
    def is_behind(self) -> bool:
        return False


class Timeless(Leases):
    """It does not notice that the clock was set."""

    @override
    async def follow_the_clock(self, under_way: Collection[Task]) -> None:
        return


class CancelledAtOnce(Cancellation):
    """*Cancel* ends the task as last read: nothing paid, no id at Evolink."""

    @override
    async def cancel(self, task_id: TaskId, requester: Requester) -> Task:
        found = await super().cancel(task_id, requester)
        await self.store._db.change(_CANCEL, task_id=task_id, now=self.clock())
        return found


@dataclass(frozen=True, kw_only=True)
class DeletedAtOnce(Deletion):
    """It deletes the images without recording that in the row."""

    step: DeleteStep

    @override
    async def delete(self, task: Task, user_id: UserId, *, moderates: bool) -> Deleted:
        await self.step.run(task)
        return Deleted.DONE


class Hasty(CardUpdates):
    """It takes an edit without an answer for one that never arrives."""

    @override
    def _arrives_by(self, task_id: TaskId) -> None:
        return None


MUTANTS = (
    Mutant(
        Engine(kinds=Kinds(cards=Hasty)),
        "patience with an edit on its way",
        "edits come late",
        "the card tells the end",
    ),
    Mutant(
        Engine(
            kinds=Kinds(
                transitions=NoIntent, paid_requests=IntentAfterwards, polling=FollowingAnyway
            )
        ),
        "an intent that is committed before the request",
        "text only",
        "submitted once",
    ),
    Mutant(
        Engine(kinds=Kinds(transitions=KeepsIntent)),
        "an intent that is taken back after an outage",
        "discord failing, history hidden",
        AS_EXPECTED,
    ),
    Mutant(
        Engine(kinds=Kinds(steps=SentAgain)),
        "restraint where the outcome of a request is unknown",
        "text only",
        "submitted once",
    ),
    Mutant(
        Engine(kinds=Kinds(refusals=TheSameAgain)),
        "a step behind the others after a refusal",
        "credits for fewer images",
        "nobody starves",
    ),
    Mutant(
        Engine(kinds=Kinds(refusals=TheSameAgain)),
        "a turn for the others while one is refused",
        "one refused, others not",
        "nobody starves",
    ),
    Mutant(
        Engine(kinds=Kinds(polling=Obedient)),
        "a bound on how long a read waits",
        "asked to wait for ten hours at read",
        "nobody starves",
    ),
    Mutant(
        Engine(kinds=Kinds(pauses=ObedientPauses)),
        "a bound on how long submissions pause",
        "asked to wait for ten hours at submit",
        "nobody starves",
    ),
    Mutant(
        Engine(kinds=Kinds(acceptance=Overwriting)),
        "a look at who has what is shown",
        "links dead for good",
        "one end",
        frozen=True,
    ),
    Mutant(
        Engine(kinds=Kinds(durable_writes=Impatient)),
        "patience with the database",
        "locked when taken",
        "nothing paid is lost",
    ),
    Mutant(
        Engine(kinds=Kinds(durable_writes=Impatient)),
        "patience where a page was posted",
        "locked when posted, history hidden",
        AS_EXPECTED,
    ),
    Mutant(
        Engine(kinds=Kinds(durable_writes=Carefree)),
        "restraint while nothing can be written",
        "locked when taken, two users",
        "nothing new while unwritten",
    ),
    Mutant(
        Engine(kinds=Kinds(polling=Punctual)),
        "a doubt about the clock",
        "clock set ahead two days in running",
        "nothing paid is lost",
    ),
    Mutant(
        Engine(kinds=Kinds(leases=Timeless)),
        "a look at the clock",
        "clock set back in running",
        "timers follow the clock",
    ),
    Mutant(
        Engine(deletion=lambda of, step: DeletedAtOnce(of.store, of.clock, of.nudge, step=step)),
        "the intent to delete",
        "deleted, two pages",
        "posted once",
    ),
    Mutant(
        Engine(kinds=Kinds(cancellation=CancelledAtOnce)),
        "care for an id that was paid for",
        "stopped when running",
        "nothing paid is lost",
    ),
)
