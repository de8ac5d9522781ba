"""Quotas against a plain model: lists and sums, and no SQL."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from bot.domain import quota
from bot.domain.grants import Grant
from bot.domain.ids import RemoteId, RoleId, ServerId, UserId
from bot.domain.models import Quality
from bot.domain.quota_change import EVERYWHERE, By, Change, Kind, Target
from bot.domain.quota_settings import (
    CREDIT,
    Block,
    Limits,
    OperatorRules,
    Policy,
    Rule,
    Setting,
)
from bot.domain.reference import Reference
from bot.domain.requester import Requester
from bot.domain.state import Reason, State
from bot.domain.task import NewTask, Task
from bot.domain.window import DAY, Window
from bot.refusals import (
    Blocked,
    CapReached,
    ChangedSince,
    QueueFull,
    QuotaReached,
    Refusal,
    Scope,
    SubmissionsPaused,
    TooManyOpenTasks,
)
from bot.store.quotas import Reservation
from tests.kit.changes import changed_by
from tests.simulation.database import File
from tests.simulation.machine import EXAMPLES, Machine

LIMITS = Limits(images=6, open_tasks=3, cap_total=24, cap_server=16, queue=6, image_credits=CREDIT)
GUILDS = ServerId(1), ServerId(2)
USERS = UserId(7), UserId(8)
ROLES = RoleId(70), RoleId(71)
Who = tuple[ServerId, UserId]
PEOPLE = [(guild, user) for guild in GUILDS for user in USERS]
HOUR = DAY // 24
PICTURE = Reference(url="https://cdn.example/a.png", name="a.png", bytes=9, width=20, height=30)
#: Some change to or from summer time three or four weeks after the machine's first day.
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Pacific/Apia")
#: Rolling windows, and how long they are.
ROLLING = {Window.LAST_DAY: DAY, Window.LAST_WEEK: 7 * DAY, Window.LAST_MONTH: 30 * DAY}

#: Thirty walks of forty steps accepted only two dozen tasks in all: they didn't catch a bot that
#: ignored how a server counts references, or its time zone.
MORE = settings(EXAMPLES, max_examples=100)

people = st.sampled_from(PEOPLE)
guilds = st.sampled_from(GUILDS)
images = st.one_of(st.none(), st.integers(0, 9))
windows = st.sampled_from(Window)
policies = st.builds(
    Policy,
    zone=st.sampled_from(ZONES),
    weight_4k=st.integers(1, 2),
    weight_references=st.integers(1, 2),
    open_tasks=st.one_of(st.none(), st.integers(1, 3)),
    cap=st.one_of(st.none(), st.integers(1, 12)),
    cap_window=windows,
    cap_enforced=st.booleans(),
)


targets_to_clear = st.sampled_from(
    [
        *(Target.of_user(*who, kind) for who in PEOPLE for kind in (Kind.LIMIT, Kind.BLOCK)),
        *(Target.of_role(guild, role) for guild in GUILDS for role in ROLES),
        *(Target.of_server(guild, kind) for guild in GUILDS for kind in (Kind.LIMIT, Kind.POLICY)),
    ]
)


@dataclass
class Kept:
    """What the model knows of a task."""

    guild: ServerId
    user: UserId
    reserved: int
    #: When it was asked for, and the day on which Evolink was asked.
    at: int
    weight: int = 1
    #: How many of its images, counted by weight, went beyond the allowance.
    granted: int = 0
    sent: int | None = None
    charged: int | None = None
    drawn: int | None = None
    #: Thousandths of a credit: first the expected, then the reported number.
    credits: int = 0
    is_open: bool = True
    #: It waits to be sent again.
    waits: bool = True
    #: An earlier try may have come through.
    doubtful: bool = False

    @property
    def images(self) -> int:
        """The images charged, or reserved, counted by weight."""
        return self.weight * (self.reserved if self.charged is None else self.charged)

    @property
    def spent(self) -> int:
        """Those of the images within the allowance, which are given back last."""
        return min(self.images, self.weight * self.reserved - self.granted)

    def costs(self, day: int) -> int:
        """How many images count to the operator's caps."""
        if self.sent != day and not (self.waits and self.is_open):
            return 0
        return self.reserved if self.drawn is None else self.drawn

    def costs_credits(self, day: int) -> int:
        """How many thousandths of a credit do."""
        return self.credits if self.costs(day) else 0


class QuotaMachine(Machine):
    """People ask, tasks end, admins set rules, days pass."""

    accepted = Bundle("accepted")
    sent = Bundle("sent")
    lost = Bundle("lost")
    found = Bundle("found")

    def __init__(self) -> None:
        super().__init__()
        self.kept = dict[int, Kept]()
        self.set: dict[Target, Setting] = {EVERYWHERE: OperatorRules()}
        self.roles = dict.fromkeys(PEOPLE, frozenset[RoleId]())
        self.changes = list[Change]()
        self.undone = set[int]()
        self._changes = 0

    @initialize(target=accepted, every=st.tuples(*[policies for _ in GUILDS]))
    def begin(self, every: tuple[Policy, ...]) -> object:
        """Each server counts in its own way, and each person asks: few walks would get that far."""
        for guild, policy in zip(GUILDS, every, strict=True):
            self.set_policy(guild, policy)
        asked = [self.ask(who, 1, sharp=True, referring=True) for who in PEOPLE]
        return multiple(*(each for each in asked if isinstance(each, Task)))

    @rule(
        target=accepted,
        who=people,
        count=st.integers(1, 7),
        sharp=st.booleans(),
        referring=st.booleans(),
    )
    def ask_for_some(self, who: Who, count: int, sharp: bool, referring: bool) -> object:
        """Any number, in 4K or not, from a picture or not."""
        return self.ask(who, count, sharp=sharp, referring=referring)

    def ask(self, who: Who, count: int, *, sharp: bool = False, referring: bool = False) -> object:
        """It is accepted exactly when the model accepts it, or refused for the same reason."""
        guild, user = who
        policy = self._policy(guild)
        weight = policy.weight_4k if sharp else 1
        weight *= policy.weight_references if referring else 1
        expected = self._refusal(*who, count, weight)
        draft = self.draft(guild=guild, user=user, count=count)
        quality = Quality.K4 if sharp else Quality.K2
        references = (PICTURE,) if referring else ()
        request = replace(draft.request, quality=quality, references=references)
        accepting = self._accept(replace(draft, requester=self._whose(who), request=request))
        beyond = max(0, count * weight - self._left_of_rule(who))
        if expected is not None:
            with pytest.raises(expected):
                self.run(accepting)
            return multiple()
        task = self.run(accepting)
        self.kept[task.id] = Kept(*who, count, self.now, weight, beyond, credits=count * CREDIT)
        return task

    @rule(target=accepted, who=people, more=st.integers(0, 1))
    def ask_for_the_rest(self, who: Who, more: int) -> object:
        """Exactly what is left, grants and all, is let through; one more is not."""
        return self.ask(who, min(15, (self._left(who) or 0) + more) or 1)

    @rule(task=accepted)
    def replay(self, task: Task) -> None:
        """An interaction that comes twice reserves once."""
        again = replace(self.draft(), requester=task.requester, interaction_id=task.interaction_id)
        assert self.run(self._accept(again)).id == task.id

    @rule(target=sent, task=consumes(accepted))
    def send(self, task: Task) -> Task:
        """Evolink is asked: from here on it may draw."""
        asking = replace(task, state=State.PREPARING).submitting(self.now)
        self.kept[task.id].sent, self.kept[task.id].waits = self._day(), False
        return self._save(asking, "submitting")

    @rule(target=accepted, task=consumes(sent))
    def send_back(self, task: Task) -> Task:
        """Evolink surely didn't accept it this time: it waits again, for as long as it takes."""
        kept = self.kept[task.id]
        kept.sent, kept.waits = kept.sent if kept.doubtful else None, True
        before = replace(task, drawn=None if kept.doubtful else 0)
        return self._save(task.undrawn(before).requeued(self.now), "queued")

    @rule(target=accepted, task=consumes(sent))
    def keep_the_key(self, task: Task) -> Task:
        """It may have come through: it waits again, and is drawn today or later."""
        self.kept[task.id].waits = self.kept[task.id].doubtful = True
        return self._save(task.requeued(self.now, same_key=True), "queued")

    @rule(
        task=consumes(sent) | consumes(found),
        links=st.integers(1, 9),
        gone=st.integers(0, 2),
        kept=st.booleans(),
        price=st.sampled_from((None, 0, CREDIT // 2, CREDIT)),
    )
    def settle(self, task: Task, links: int, gone: int, kept: bool, price: int | None) -> None:
        """What can be had is charged, what was drawn costs; never more than was reserved."""
        drawn, images = min(links, task.reserved), max(0, links - gone)
        told = None if price is None else drawn * price
        ready = task.ready(self.now, drawn=links, credits_used=told)
        self.kept[task.id].credits = drawn * CREDIT if told is None else told
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
        """It is refunded to the person; to the operator only if Evolink says it drew nothing."""
        drawn = 0 if free else None
        self._save(task.failed(self.now, "why", drawn=drawn), "failed")
        self._end(task, 0, drawn)

    @rule(target=lost, task=consumes(sent))
    def lose(self, task: Task) -> Task:
        """Nobody knows whether it was drawn: the person is refunded, the operator isn't."""
        self._end(task, 0, None)
        return self._save(task.unknown(self.now), "unknown")

    @rule(target=found, task=consumes(lost))
    def find(self, task: Task) -> Task:
        """It was drawn after all: free for the person, and it costs on the day it was sent."""
        work = self.store.tasks.record_remote(
            task.id, task.attempt, RemoteId(f"remote-{task.id}"), now=self.now
        )
        assert self.run(work)
        self.kept[task.id].is_open = True
        found = self.run(self.store.tasks.get(task.id))
        assert found is not None
        return found

    @rule(who=people, amount=images, window=windows)
    def limit_user(self, who: Who, amount: int | None, window: Window) -> None:
        """A user's own rule."""
        self._set(Target.of_user(*who, Kind.LIMIT), Rule(Scope.USER, amount, window))

    @rule(guild=guilds, role=st.sampled_from(ROLES), amount=images, window=windows)
    def limit_role(self, guild: ServerId, role: RoleId, amount: int | None, window: Window) -> None:
        """A rule for a role, which applies to those who have the role at the time."""
        self._set(Target.of_role(guild, role), Rule(Scope.ROLE, amount, window, role))

    @rule(guild=guilds, amount=images, window=windows)
    def limit_server(self, guild: ServerId, amount: int | None, window: Window) -> None:
        """A server's rule, for everybody without another one."""
        self._set(Target.of_server(guild, Kind.LIMIT), Rule(Scope.SERVER, amount, window))

    @rule(who=people, roles=st.frozensets(st.sampled_from(ROLES)))
    def give_roles(self, who: Who, roles: frozenset[RoleId]) -> None:
        """Roles come and go."""
        self.roles[who] = roles

    @rule(guild=guilds, policy=policies)
    def set_policy(self, guild: ServerId, policy: Policy) -> None:
        """How a server counts; what was asked for before keeps its weight."""
        self._set(Target.of_server(guild, Kind.POLICY), policy)

    @rule(who=people, count=st.integers(1, 9), hours=st.one_of(st.none(), st.integers(1, 99)))
    def grant(self, who: Who, count: int, hours: int | None) -> None:
        """Extra images, for a time or for good."""
        self._changes += 1
        until = None if hours is None else self.now + hours * HOUR
        grant = Grant(images=count, given_at=self.now, until=until)
        self._set(Target.of_user(*who, Kind.GRANT, self._changes), grant)

    @rule(cleared=targets_to_clear)
    def clear(self, cleared: Target) -> None:
        """A rule, a block or a policy goes."""
        self._set(cleared, None)

    @rule(who=people, hours=st.one_of(st.none(), st.integers(1, 99)))
    def block(self, who: Who, hours: int | None) -> None:
        """Somebody may draw nothing, for a time or for good."""
        until = None if hours is None else self.now + hours * HOUR
        self._set(
            Target.of_user(*who, Kind.BLOCK), Block(by=UserId(1), since=self.now, until=until)
        )

    @rule(chance=st.integers(0, 99))
    def undo(self, chance: int) -> None:
        """A change is undone, if it still stands and was not undone before."""
        if not self.changes:
            return
        change = self.changes[chance % len(self.changes)]
        stands = self.set.get(change.target) == change.after and change.by.id not in self.undone
        undoing = self.store.quota_settings.undo(change.by.id, change.target.server, self._by())
        if not stands:
            with pytest.raises(ChangedSince):
                self.run(undoing)
            return
        self.undone.add(change.by.id)
        self._note(self.run(undoing), change.before)

    @rule(
        paused=st.booleans(),
        day=st.sampled_from((None, None, 0, 12)),
        credits_day=st.sampled_from((0, 0, 7)),
    )
    def decide_for_all(self, paused: bool, day: int | None, credits_day: int) -> None:
        """The operator pauses or resumes, and sets caps."""
        operator_rules = OperatorRules(paused=paused, day=day, credits_day=credits_day)
        self._set(EVERYWHERE, operator_rules)

    @rule(hours=st.sampled_from((1, 5, 23, 24, 30, 100, 400)))
    def pass_time(self, hours: int) -> None:
        """A day may begin."""
        self.now += hours * HOUR

    @invariant()
    def all_see_the_same(self) -> None:
        """What the rows say is what the model says, for each person."""
        for who in PEOPLE:
            usage = self.run(self.store.quotas.usage(self._whose(who), now=self.now))
            stands = quota.allowance(usage, LIMITS, self.now)
            window = self._rule(who).window
            mine = [kept for kept in self._of(who) if self._is_in(window, kept.at, who[0])]
            assert stands.rule == self._rule(who)
            assert stands.used == sum(kept.spent for kept in mine)
            assert stands.drawing == sum(kept.spent for kept in mine if kept.is_open)
            assert stands.granted == self._granted(who)
            assert stands.left == (0 if self._is_blocked(who) else self._left(who))
            assert usage.used_cap == self._used_cap(who[0])
            assert (usage.used_server, usage.used_total) == (self._costs(who[0]), self._costs())
            assert usage.used_credits == self._credits()

    async def _accept(self, new: NewTask) -> Task:
        """Do what ``Generation.accept`` does."""

        def decide(book: Reservation) -> Task:
            known = book.existing(new.interaction_id)
            if known is not None:
                return known
            usage = book.usage(now=self.now)
            count, weight = new.request.count, usage.policy.weight(new.request)
            server = new.requester.server
            stands = quota.check(count, server, usage, LIMITS, self.now, weight=weight)
            return book.insert(
                new,
                now=self.now,
                owner="main/1",
                wake_at=self.now + 60_000,
                estimate=None,
                policy=usage.policy,
                granted=stands.beyond(count * weight),
                credits_expected=count * LIMITS.image_credits,
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

    def _by(self) -> By:
        self._changes += 1
        return changed_by(self._changes, actor=1, at=self.now)

    def _set(self, target: Target, setting: Setting | None) -> None:
        change = self.run(self.store.quota_settings.change(target, setting, self._by()))
        assert change.before == self.set.get(target)
        self._note(change, setting)

    def _note(self, change: Change, setting: Setting | None) -> None:
        assert change.after == setting
        if change.before != change.after:
            self.changes.append(change)
        self.set.pop(change.target, None)
        if setting is not None:
            self.set[change.target] = setting

    def _whose(self, who: Who) -> Requester:
        return Requester(*who, self.roles[who])

    def _of(self, who: Who) -> list[Kept]:
        return [kept for kept in self.kept.values() if (kept.guild, kept.user) == who]

    def _policy(self, guild: ServerId) -> Policy:
        found = self.set.get(Target.of_server(guild, Kind.POLICY))
        return found if isinstance(found, Policy) else Policy()

    def _is_blocked(self, who: Who) -> bool:
        found = self.set.get(Target.of_user(*who, Kind.BLOCK))
        return isinstance(found, Block) and (found.until is None or self.now < found.until)

    def _rule(self, who: Who) -> Rule:
        """Return the user's, the best of their roles', the server's or the default."""
        user = self.set.get(Target.of_user(*who, Kind.LIMIT))
        if isinstance(user, Rule):
            return user
        roles = [self.set.get(Target.of_role(who[0], role)) for role in sorted(self.roles[who])]
        rules = [each for each in roles if isinstance(each, Rule)]
        if rules:
            # Images a month; of equals the shorter window, and then the older role.
            spans = {Window.HOUR: HOUR, Window.DAY: DAY, Window.WEEK: 7 * DAY} | ROLLING
            span = {each: spans.get(each.window, 30 * DAY) for each in rules}
            return min(
                rules,
                key=lambda each: (
                    each.images is not None,
                    -(each.images or 0) * 30 * DAY // span[each],
                    span[each],
                ),
            )
        server = self.set.get(Target.of_server(who[0], Kind.LIMIT))
        return server if isinstance(server, Rule) else Rule(Scope.DEFAULT, LIMITS.images)

    def _is_in(self, window: Window, at: int, guild: ServerId) -> bool:
        """Return whether a time is in the current hour, day, week, month or rolling window there.

        When the clocks go back, two hours have the same name.
        """
        if window in ROLLING:
            return at > self.now - ROLLING[window]
        zone = ZoneInfo(self._policy(guild).zone)
        then, now = (datetime.fromtimestamp(each / 1000, zone) for each in (at, self.now))
        return {
            Window.HOUR: then.strftime("%F %H %z") == now.strftime("%F %H %z"),
            Window.DAY: then.date() == now.date(),
            Window.WEEK: then.isocalendar()[:2] == now.isocalendar()[:2],
            Window.MONTH: then.strftime("%Y-%m") == now.strftime("%Y-%m"),
        }[window]

    def _left_of_rule(self, who: Who) -> int:
        rule = self._rule(who)
        mine = [kept for kept in self._of(who) if self._is_in(rule.window, kept.at, who[0])]
        return 10**9 if rule.images is None else max(0, rule.images - sum(k.spent for k in mine))

    def _left(self, who: Who) -> int | None:
        if self._rule(who).images is None:
            return None
        return self._left_of_rule(who) + self._granted(who)

    def _granted(self, who: Who) -> int:
        """Take each image beyond the allowance from a grant, one at a time."""
        of = [
            each
            for target, each in self.set.items()
            if isinstance(each, Grant) and (target.server, target.id) == who
        ]
        coins = [grant for grant in of for _ in range(grant.images)]
        coins.sort(key=lambda each: (each.until or 10**15, each.given_at))
        for kept in sorted(self._of(who), key=lambda each: each.at):
            for _ in range(kept.images - kept.spent):
                usable = [each for each in coins if _lasts(each, kept.at)]
                if usable:
                    coins.remove(usable[0])
        return sum(_lasts(each, self.now) for each in coins)

    def _used_cap(self, guild: ServerId) -> int:
        policy = self._policy(guild)
        every = [kept for kept in self.kept.values() if kept.guild == guild]
        inside = [kept.images for kept in every if self._is_in(policy.cap_window, kept.at, guild)]
        return 0 if policy.cap is None else sum(inside)

    def _costs(self, guild: ServerId | None = None) -> int:
        every = [kept for kept in self.kept.values() if guild in {None, kept.guild}]
        return sum(kept.costs(self._day()) for kept in every)

    def _credits(self) -> int:
        return sum(kept.costs_credits(self._day()) for kept in self.kept.values())

    def _refusal(
        self, guild: ServerId, user: UserId, count: int, weight: int
    ) -> type[Refusal] | None:
        who, policy = (guild, user), self._policy(guild)
        left, mine = self._left(who), self._of(who)
        waiting = sum(kept.is_open and kept.waits for kept in self.kept.values())
        most = min(LIMITS.open_tasks, policy.open_tasks or LIMITS.open_tasks)
        cap = policy.cap if policy.cap_enforced else None
        operator_rules = self.set[EVERYWHERE]
        assert isinstance(operator_rules, OperatorRules)
        total, most_credits = operator_rules.total(LIMITS), operator_rules.credits_day * CREDIT
        checks: list[tuple[bool, type[Refusal]]] = [
            (operator_rules.paused, SubmissionsPaused),
            (self._is_blocked(who), Blocked),
            (left is not None and count * weight > left, QuotaReached),
            (sum(kept.is_open for kept in mine) >= most, TooManyOpenTasks),
            (cap is not None and self._used_cap(guild) + count * weight > cap, CapReached),
            (self._costs(guild) + count > LIMITS.cap_server, CapReached),
            (total > 0 and self._costs() + count > total, CapReached),
            (0 < most_credits < self._credits() + count * CREDIT, CapReached),
            (waiting >= LIMITS.queue, QueueFull),
        ]
        return next((refusal for applies, refusal in checks if applies), None)


def _lasts(grant: Grant, at: int) -> bool:
    return grant.given_at <= at and (grant.until is None or at < grant.until)


def test_quotas_do_what_the_model_does(file: File) -> None:
    """Whoever asks for what, in whatever order: the rows and the model agree."""
    QuotaMachine.file = file
    run_state_machine_as_test(QuotaMachine, settings=MORE)
