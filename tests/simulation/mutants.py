"""The engine broken on purpose: each mutant lacks one of the rules of ARCHITECTURE.md."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import bindparam, update
from typing_extensions import override

from bot.domain import quota
from bot.domain.quota import Usage
from bot.domain.requester import Requester
from bot.domain.result import Post
from bot.domain.state import Reason, State
from bot.domain.task import Task
from bot.domain.visibility import Viewer, VisibleTask
from bot.errors import EvolinkError, Withheld
from bot.services.front.acceptance import Acceptance
from bot.services.front.cancellation import Cancellation
from bot.services.front.deletion import Deletion
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.pauses import TROUBLE, Pauses, kind_of
from bot.services.shared.ports import Posted
from bot.services.shared.visibility import Visibility
from bot.services.work.delete_step import DeleteStep
from bot.services.work.held_tasks import NextStep
from bot.services.work.leases import Leases
from bot.services.work.paid_requests import PaidRequests
from bot.services.work.polling import Polling
from bot.services.work.refusals import Refusals
from bot.services.work.steps import Steps
from bot.services.work.transitions import Transitions
from bot.store.claims import Claims
from bot.store.quotas import Quotas, Reservation
from bot.store.tables import task as task_table
from bot.store.tasks import Tasks
from bot.wiring.resources import Kinds
from tests.simulation.discord import EPOCH, Chat
from tests.simulation.engine import Engine
from tests.simulation.evolink import Client

FAR = 10**15
#: The promise of a scenario itself, where nobody is killed.
AS_EXPECTED = "it ends as the scenario says"

T = TypeVar("T")

_of_task = task_table.c.id == bindparam("task_id")
_UNSETTLE = update(task_table).where(_of_task).values(charged=None)
_FORGET = update(task_table).where(_of_task).values(remote_id=None)
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


class IntentAfterwards(PaidRequests):
    """It writes the intent down once Evolink has answered."""

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
    """It follows whatever the row says by now."""

    @override
    async def follow(self, task: Task, estimated: int | None, *, wait: bool = True) -> NextStep:
        present = await self.store.tasks.get(task.id)
        assert present is not None
        return await super().follow(present, estimated, wait=wait)


class SentAgain(Steps):
    """It takes a row in *submitting* for one that was never sent."""

    @override
    async def run(self, task: Task) -> NextStep | None:
        if task.state is State.SUBMITTING and task.remote_id is None:
            transitions = self.submission.transitions
            await transitions.save(task.requeued(transitions.clock()), "queued")
            return None
        return await super().run(task)


class TheSameAgain(Refusals):
    """After a refusal all wait, and the one that was refused is the first to try again."""

    @override
    async def _hold_back(self, task: Task, error: Withheld) -> None:
        until = self.clock() + self.durations.pause
        trouble = {"pause": kind_of(error), "until": until, "told": True}
        await self.store.facts.put(TROUBLE, trouble)
        await self.transitions.save(task.requeued(until), "queued")


class Obedient(Polling):
    """It reads a drawing again when it is told to, however late that is."""

    @override
    async def _not_read(self, task: Task, error: EvolinkError) -> NextStep | None:
        following = await super()._not_read(task, error)
        present = await self.store.tasks.get(task.id)
        if isinstance(error, Withheld) and error.retry_after and present is not None:
            later = self.clock() + round(error.retry_after * 1000)
            await self.transitions.save(present.waiting(later), "unread")
            return None
        return following


class ObedientPauses(Pauses):
    """It submits again when it is told to, however late that is."""

    @override
    def _asked(self, error: Withheld) -> int:
        return round((error.retry_after or 0) * 1000) or self.durations.pause


class Overwriting(Acceptance):
    """It counts a task as shown without a look at who has it by now, and in which state."""

    @override
    async def _save(self, task: Task, kind: str) -> None:
        present = await self.store.tasks.get(task.id)
        assert present is not None
        await super()._save(replace(task, version=present.version), kind)


class Unversioned(Tasks):
    """It writes over whatever somebody else has written since."""

    @override
    async def save(self, task: Task, kind: str, **more: Any) -> Task:
        present = await self.get(task.id)
        assert present is not None
        return await super().save(replace(task, version=present.version), kind, **more)


class Unheard(Tasks):
    """It lets a writer who knows of no id at Evolink decide, though there is one."""

    @override
    async def save(self, task: Task, kind: str, **more: Any) -> Task:
        if task.remote_id is None:
            await self._db.change(_FORGET, task_id=task.id)
        return await super().save(task, kind, **more)


class Impatient(DurableWrites):
    """It writes once, and what could not be written is forgotten."""

    @override
    async def until_written(self, write: Callable[[], Awaitable[T]]) -> T:
        return await write()


class Carefree(DurableWrites):
    """It goes on paying while what was paid for cannot be written."""

    @property
    @override
    def is_behind(self) -> bool:
        return False


class ForEver(Claims):
    """Its leases do not run out."""

    @override
    async def due(self, owner: str, **more: Any) -> tuple[Task, ...]:
        more["until"] = FAR
        return await super().due(owner, **more)

    @override
    async def queued(self, owner: str, **more: Any) -> tuple[Task, ...]:
        late: dict[str, Any] = more | {"until": FAR}
        return await super().queued(owner, **late)


class Timeless(Leases):
    """It does not notice that the clock was set."""

    @override
    async def follow_the_clock(self, under_way: Collection[Task]) -> None:
        return


class SettledAgain(Tasks):
    """What was settled is settled anew by the last word that comes."""

    @override
    async def save(self, task: Task, kind: str, **more: Any) -> Task:
        if kind == "expired":
            task = replace(task, charged=0, charged_at=more["now"], reason=Reason.EXPIRED)
            await self._db.change(_UNSETTLE, task_id=task.id)
        return await super().save(task, kind, **more)


class ReadBefore(Quotas):
    """It reads the usage before the transaction in which it reserves."""

    @override
    async def reserve(self, requester: Requester, decide: Callable[[Reservation], T]) -> T:
        usage = await self.usage(requester, day=quota.day_of(0))

        def remembering(book: Reservation) -> T:
            return decide(_Remembered(book._connection, requester, usage))

        return await super().reserve(requester, remembering)


@dataclass(frozen=True)
class _Remembered(Reservation):
    remembered: Usage

    @override
    def usage(self, *, day: int) -> Usage:
        return self.remembered


class Blind(Chat):
    """It posts again without looking."""

    @override
    async def find_post(self, task: Task, post: Post) -> Posted | None:
        return None


class NamedByRows(Chat):
    """It calls a page by its row's number, which another database had before."""

    @override
    async def post(self, task: Task, post: Post, *more: Any, **when: Any) -> Posted:
        named = replace(post, nonce=f"{post.task_id}.{post.page}")
        return await super().post(task, named, *more, **when)


class ByOurClock(Chat):
    """It looks for a page around the time at which its intent was written."""

    @override
    async def find_post(self, task: Task, post: Post) -> Posted | None:
        found = await super().find_post(task, post)
        for message in self._there.messages:
            if found is not None and message.id == found.message_id:
                at = (message.id >> 22) + EPOCH
                return found if abs(at - (post.intent_at or 0)) < 60_000 else None
        return None


class Trusting(Chat):
    """It takes whatever answers the interaction for its card."""

    @override
    async def find_card(self, task: Task) -> int | None:
        card = self._there.cards.get(task.interaction_id)
        return None if card is None else card.id


class Unfenced(Chat):
    """It sends what it had begun, however late."""

    @override
    def _is_late(self, before: int) -> bool:
        return False


class SubmittedLate(Client):
    """It submits what it had begun, though that counts as unknown by now."""

    @override
    def _is_late(self, before: int) -> bool:
        return False


class CancelledAtOnce(Cancellation):
    """Its *Cancel* ends the task as it was read: nothing paid, no id at Evolink."""

    @override
    async def cancel(self, task_id: int, requester: Requester) -> Task:
        found = await super().cancel(task_id, requester)
        await self.store._db.change(_CANCEL, task_id=task_id, now=self.clock())
        return found


@dataclass(frozen=True, kw_only=True)
class DeletedAtOnce(Deletion):
    """It takes the images away without a word in the row."""

    step: DeleteStep

    @override
    async def delete(self, task: Task, user_id: int, *, moderates: bool) -> bool:
        await self.step.run(task)
        return True


class Hoarding(Client):
    """It leaves what it uploaded where it is."""

    @override
    async def delete(self, file_id: str) -> None:
        return


class Unlooking(Visibility):
    """It takes every message that was posted for one that stands."""

    @override
    async def _gone(self, *_: Any, **__: Any) -> set[Post]:
        return set()


class Everywhere(Visibility):
    """It lets people of other servers see what was posted for everybody in this one."""

    @override
    async def visible_task(self, task_id: int, viewer: Viewer, **more: Any) -> VisibleTask:
        task = await self.store.tasks.get(task_id)
        assert task is not None
        here = replace(viewer.requester, server=task.requester.server)
        return await super().visible_task(task_id, replace(viewer, requester=here), **more)


class Whole(Visibility):
    """It shows all of a task to whoever sees that there is one."""

    @override
    async def visible_task(self, task_id: int, viewer: Viewer, **more: Any) -> VisibleTask:
        return replace(await super().visible_task(task_id, viewer, **more), is_own=True)


@dataclass(frozen=True)
class Mutant:
    """A broken engine, where it shows, and by which broken promise."""

    engine: Engine
    lacks: str
    scenario: str
    promise: str
    #: Whether it takes a frozen process to see it; else it shows by itself or when one is killed.
    frozen: bool = False


@dataclass(frozen=True)
class Walking:
    """A broken engine that walks of chance find out, and by which broken promise."""

    engine: Engine
    lacks: str
    promise: str


WALKING = (
    Walking(Engine(client=Hoarding), "an end to its uploads", "uploads deleted"),
    Walking(
        Engine(kinds=Kinds(visibility=Unlooking)),
        "a look at Discord",
        "nobody sees what is not theirs",
    ),
    Walking(
        Engine(kinds=Kinds(visibility=Everywhere)),
        "a look at the server",
        "nobody sees what is not theirs",
    ),
    Walking(
        Engine(kinds=Kinds(visibility=Whole)),
        "a look at each image",
        "nobody sees what is not theirs",
    ),
)

MUTANTS = (
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
        Engine(kinds=Kinds(leases=Timeless)),
        "a look at the clock",
        "clock set back in running",
        "timers follow the clock",
    ),
    Mutant(Engine(claims=ForEver), "leases that expire", "another instance", "one end"),
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
    Mutant(Engine(chat=Blind), "a look before a post is repeated", "down for long", "posted once"),
    Mutant(
        Engine(chat=NamedByRows),
        "names that no other database has",
        "text only",
        "posted once",
    ),
    Mutant(Engine(chat=ByOurClock), "Discord's own time", "down for long", "posted once"),
    Mutant(
        Engine(chat=Trusting),
        "a look at whose card it is",
        "answered elsewhere",
        "the card tells the end",
    ),
    Mutant(
        Engine(chat=Unfenced),
        "an end to what it may send",
        "text only",
        "posted once",
        frozen=True,
    ),
    Mutant(
        Engine(client=SubmittedLate),
        "an end to what it may submit",
        "text only",
        "submitted in time",
        frozen=True,
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
