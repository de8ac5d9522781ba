"""Quotas against a plain model: lists and sums, and no SQL."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from bot.domain import quota
from bot.domain.quota import DAY, Limits
from bot.domain.requester import Requester
from bot.domain.state import Reason, State
from bot.domain.task import NewTask, Task
from bot.refusals import (
    Blocked,
    CapReached,
    QueueFull,
    QuotaReached,
    Refusal,
    SubmissionsPaused,
    TooManyOpenTasks,
)
from bot.store.facts import PAUSED
from bot.store.quotas import Reservation
from tests.simulation.database import File
from tests.simulation.machine import EXAMPLES, Machine

LIMITS = Limits(images=6, open_tasks=3, cap_total=16, cap_server=10, queue=6)
PEOPLE = [(guild, user) for guild in (1, 2) for user in (7, 8)]

people = st.sampled_from(PEOPLE)
images = st.one_of(st.none(), st.integers(0, 9))


@dataclass
class Kept:
    """What the model knows of a task."""

    guild: int
    user: int
    reserved: int
    #: On which day it was asked for, and on which Evolink was asked.
    day: int
    sent: int | None = None
    charged: int | None = None
    drawn: int | None = None
    is_open: bool = True
    #: It waits to be sent again.
    durations: bool = True
    #: An earlier try may have come through.
    doubtful: bool = False

    @property
    def spent(self) -> int:
        return self.reserved if self.charged is None else self.charged

    def costs(self, day: int) -> int:
        """How many images count to the operator's caps."""
        if self.sent != day and not (self.durations and self.is_open):
            return 0
        return self.reserved if self.drawn is None else self.drawn


class QuotaMachine(Machine):
    """People ask, tasks end, admins set rules, days pass."""

    accepted = Bundle("accepted")
    sent = Bundle("sent")
    lost = Bundle("lost")
    found = Bundle("found")

    def __init__(self) -> None:
        super().__init__()
        self.kept = dict[int, Kept]()
        self.given = dict[tuple[int, int], int | None]()
        self.blocked = set[tuple[int, int]]()
        self.paused = False

    @rule(target=accepted, who=people, count=st.integers(1, 7))
    def ask(self, who: tuple[int, int], count: int) -> object:
        """It is let through exactly when the model lets it through, else for the same reason."""
        expected = self._refusal(*who, count)
        accepting = self._accept(self.draft(guild=who[0], user=who[1], count=count))
        if expected is not None:
            with pytest.raises(expected):
                self.run(accepting)
            return multiple()
        task = self.run(accepting)
        self.kept[task.id] = Kept(*who, count, self._day())
        return task

    @rule(task=accepted)
    def replay(self, task: Task) -> None:
        """An interaction that comes twice reserves once."""
        again = replace(self.draft(), requester=task.requester, interaction_id=task.interaction_id)
        assert self.run(self._accept(again)).id == task.id

    @rule(target=sent, task=consumes(accepted))
    def send(self, task: Task) -> Task:
        """Evolink is asked: from here on it may draw."""
        asking = replace(task, state=State.PREPARING).submitting(self.now)
        self.kept[task.id].sent, self.kept[task.id].durations = self._day(), False
        return self._save(asking, "submitting")

    @rule(target=accepted, task=consumes(sent))
    def send_back(self, task: Task) -> Task:
        """Evolink surely did not take it, this time: it waits again, for as long as it takes."""
        kept = self.kept[task.id]
        kept.sent, kept.durations = kept.sent if kept.doubtful else None, True
        before = replace(task, drawn=None if kept.doubtful else 0)
        return self._save(task.undrawn(before).requeued(self.now), "queued")

    @rule(target=accepted, task=consumes(sent))
    def keep_the_key(self, task: Task) -> Task:
        """It may have come through: it waits again, and is drawn today or on a day to come."""
        self.kept[task.id].durations = self.kept[task.id].doubtful = True
        return self._save(task.requeued(self.now, same_key=True), "queued")

    @rule(
        task=consumes(sent) | consumes(found),
        links=st.integers(1, 9),
        gone=st.integers(0, 2),
        kept=st.booleans(),
    )
    def settle(self, task: Task, links: int, gone: int, kept: bool) -> None:
        """What can be had is charged, what was drawn costs; never more than was reserved."""
        ready, images = task.ready(self.now, drawn=links), max(0, links - gone)
        if not images:
            ended = ready.failed(self.now, Reason.RESULTS_GONE)
        elif kept:
            ended = ready.kept(self.now, Reason.STOPPED, images)
        else:
            ended = ready.delivered(self.now, images)
        self._save(ended, ended.state)
        self._end(task, min(images, task.reserved), min(links, task.reserved))

    @rule(task=consumes(accepted))
    def refuse(self, task: Task) -> None:
        """It costs nobody anything, unless an earlier try may have come through."""
        self._save(task.failed(self.now, "why"), "failed")
        self._end(task, 0, None)

    @rule(task=consumes(sent) | consumes(found), free=st.booleans())
    def fail(self, task: Task, free: bool) -> None:
        """The person gets it back; the operator only where Evolink says that it drew nothing."""
        drawn = 0 if free else None
        self._save(task.failed(self.now, "why", drawn=drawn), "failed")
        self._end(task, 0, drawn)

    @rule(target=lost, task=consumes(sent))
    def lose(self, task: Task) -> Task:
        """Whether it was drawn is not known: the person gets it back, the operator does not."""
        self._end(task, 0, None)
        return self._save(task.unknown(self.now), "unknown")

    @rule(target=found, task=consumes(lost))
    def find(self, task: Task) -> Task:
        """It was drawn after all: free for the person, and it costs on the day it was sent."""
        work = self.store.tasks.record_remote(
            task.id, task.attempt, f"remote-{task.id}", now=self.now
        )
        assert self.run(work)
        self.kept[task.id].is_open = True
        found = self.run(self.store.tasks.get(task.id))
        assert found is not None
        return found

    @rule(who=people, amount=images)
    def set_for_user(self, who: tuple[int, int], amount: int | None) -> None:
        """A user's own rule."""
        self.run(self.store.quotas.set_rule(Requester(*who), amount, actor=1, now=self.now))
        self.given[who] = amount

    @rule(guild=st.sampled_from((1, 2)), amount=images)
    def set_for_server(self, guild: int, amount: int | None) -> None:
        """A server's rule, for whoever has none."""
        self.run(self.store.quotas.set_rule(guild, amount, actor=1, now=self.now))
        self.given[guild, 0] = amount

    @rule(who=people)
    def clear(self, who: tuple[int, int]) -> None:
        """A rule goes."""
        there = self.run(self.store.quotas.clear_rule(Requester(*who)))
        assert there == (who in self.given)
        self.given.pop(who, None)

    @rule(who=people)
    def block(self, who: tuple[int, int]) -> None:
        """Somebody may draw nothing."""
        self.run(self.store.quotas.block(Requester(*who), actor=1, now=self.now))
        self.blocked.add(who)

    @rule(who=people)
    def unblock(self, who: tuple[int, int]) -> None:
        """Somebody may draw again."""
        assert self.run(self.store.quotas.unblock(Requester(*who))) == (who in self.blocked)
        self.blocked.discard(who)

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        """The operator pauses or resumes."""
        work = (
            self.store.facts.put(PAUSED, {"by": 1}) if paused else self.store.facts.remove(PAUSED)
        )
        self.run(work)
        self.paused = paused

    @rule(hours=st.integers(1, 30))
    def pass_time(self, hours: int) -> None:
        """A day may begin."""
        self.now += hours * DAY // 24

    @invariant()
    def all_see_the_same(self) -> None:
        """What the rows say is what the model says, for each person."""
        for who in PEOPLE:
            usage = self.run(self.store.quotas.usage(Requester(*who), day=self._day()))
            stands = quota.allowance(usage, LIMITS, self.now)
            mine = [kept for kept in self.kept.values() if (kept.guild, kept.user) == who]
            today = [kept for kept in mine if kept.day == self._day()]
            assert stands.used == sum(kept.spent for kept in today)
            assert stands.drawing == sum(kept.spent for kept in today if kept.is_open)
            assert stands.left == (0 if who in self.blocked else self._left(*who))
            assert (usage.used_server, usage.used_total) == (self._costs(who[0]), self._costs())

    async def _accept(self, new: NewTask) -> Task:
        """Do what ``Generation.accept`` does."""

        def decide(book: Reservation) -> Task:
            known = book.existing(new.interaction_id)
            if known is not None:
                return known
            usage = book.usage(day=self._day())
            quota.check(new.request.count, new.requester.server, usage, LIMITS, self.now)
            return book.insert(
                new, now=self.now, owner="main/1", wake_at=self.now + 60_000, estimate=None
            )

        return await self.store.quotas.reserve(new.requester, decide)

    def _save(self, task: Task, kind: str) -> Task:
        return self.run(self.store.tasks.save(task, kind, now=self.now))

    def _end(self, task: Task, charged: int, drawn: int | None) -> None:
        kept = self.kept[task.id]
        # Once given back, it stays so.
        kept.charged = charged if kept.charged is None else kept.charged
        kept.drawn, kept.is_open = drawn, False

    def _day(self) -> int:
        return quota.day_of(self.now)

    def _left(self, guild: int, user: int) -> int | None:
        given = self.given.get((guild, user), self.given.get((guild, 0), LIMITS.images))
        spent = sum(
            kept.spent
            for kept in self.kept.values()
            if (kept.guild, kept.user, kept.day) == (guild, user, self._day())
        )
        return None if given is None else max(0, given - spent)

    def _costs(self, guild: int | None = None) -> int:
        every = [kept for kept in self.kept.values() if guild in {None, kept.guild}]
        return sum(kept.costs(self._day()) for kept in every)

    def _refusal(self, guild: int, user: int, count: int) -> type[Refusal] | None:
        left = self._left(guild, user)
        mine = [kept for kept in self.kept.values() if (kept.guild, kept.user) == (guild, user)]
        waiting = sum(kept.is_open and kept.durations for kept in self.kept.values())
        checks: list[tuple[bool, type[Refusal]]] = [
            (self.paused, SubmissionsPaused),
            ((guild, user) in self.blocked, Blocked),
            (left is not None and count > left, QuotaReached),
            (sum(kept.is_open for kept in mine) >= LIMITS.open_tasks, TooManyOpenTasks),
            (self._costs(guild) + count > LIMITS.cap_server, CapReached),
            (self._costs() + count > LIMITS.cap_total, CapReached),
            (waiting >= LIMITS.queue, QueueFull),
        ]
        return next((refusal for applies, refusal in checks if applies), None)


def test_quotas_do_what_the_model_does(file: File) -> None:
    """Whoever asks for whatever in whatever order: the rows and the model agree."""
    QuotaMachine.file = file
    run_state_machine_as_test(QuotaMachine, settings=EXAMPLES)
