import asyncio
from dataclasses import replace

import pytest

from bot.domain import quota
from bot.domain.grants import Grant
from bot.domain.ids import ChannelId, InteractionId, RoleId, ServerId, UserId
from bot.domain.moderation import Moderation, Struck
from bot.domain.quota import Usage
from bot.domain.quota_change import EVERYWHERE, By, Kind, Target
from bot.domain.quota_settings import Block, Limits, OperatorRules, Policy, Rule
from bot.domain.request import Quality, Request
from bot.domain.requester import Requester
from bot.domain.state import Reason, State
from bot.domain.task import Task
from bot.domain.text import LARGEST_ID
from bot.domain.window import DAY, Window
from bot.refusals import CapReached, ChangedSince, QuotaReached, Scope
from bot.services.front.quota import Quota
from bot.store.quotas import Reservation
from tests.integration.store_kit import (
    GUILD,
    NOW,
    OWNER,
    USER,
    accept,
    new,
    number_of_tasks,
    queue,
    run,
    settle,
    start,
    strike,
)
from tests.kit.changes import changed_by

TODAY = quota.day_of(NOW)


def images(count: int) -> Request:
    """Return a request for so many images."""
    return Request(prompt="x", count=count)


async def ask(store, limits: Limits, *, user_id: UserId = USER, count: int = 1) -> bool:
    """Ask for images as /imagine does; return whether it was let through."""
    wanted = new(user=user_id, request=images(count))

    def decide(book: Reservation) -> None:
        usage = book.usage(now=NOW)
        weight = usage.policy.weight(wanted.request)
        stands = quota.check(count, GUILD, usage, limits, NOW, weight=weight)
        book.insert(
            wanted,
            now=NOW,
            owner=OWNER,
            wake_at=NOW,
            estimate=None,
            policy=usage.policy,
            granted=stands.beyond(count * weight),
        )

    try:
        await store.quotas.reserve(Requester(GUILD, user_id), decide)
    except (QuotaReached, CapReached):
        return False
    return True


async def test_fifty_at_once_with_twenty_left(store) -> None:
    """Exactly twenty are admitted, however they race."""
    limits = Limits(images=20, open_tasks=100)
    admitted = await asyncio.gather(*[ask(store, limits) for _ in range(50)])
    assert sum(admitted) == 20
    assert await number_of_tasks(store, Requester(GUILD, USER)) == 20
    assert (await store.quotas.usage(Requester(GUILD, USER), now=TODAY)).used == 20


async def test_two_processes_share_a_quota(store, other) -> None:
    """Two bots on one database admit together what the quota gives."""
    limits = Limits(images=7, open_tasks=100)
    asked = [ask(each, limits) for _ in range(8) for each in (store, other)]
    assert sum(await asyncio.gather(*asked)) == 7


async def test_a_burst_gets_what_limit_and_grants_give(store, other) -> None:
    """From two bots: the limit, then the grants, and never more than the cap for all."""
    limits = Limits(images=5, open_tasks=100)
    for number, count in ((1, 4), (2, 3)):
        target = Target.of_user(GUILD, USER, Kind.GRANT, number)
        await settle(store, target, Grant(images=count, given_at=NOW))
    asked = [ask(each, limits) for _ in range(10) for each in (store, other)]
    assert sum(await asyncio.gather(*asked)) == 5 + 4 + 3
    policy = Policy(cap=5 + 4 + 3 + 6, cap_window=Window.LAST_DAY)
    await settle(store, Target.of_server(GUILD, Kind.POLICY), policy)
    users = [UserId(number) for number in range(30, 35)]
    asked = [ask(each, limits, user_id=user) for user in users for each in (store, other)]
    assert sum(await asyncio.gather(*asked)) == 6


async def test_a_refusal_writes_nothing(store) -> None:
    """An exception inside the reservation undoes everything."""

    def fail(book: Reservation) -> None:
        book.insert(new(), now=NOW, owner=OWNER, wake_at=NOW, estimate=None)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.quotas.reserve(Requester(GUILD, USER), fail)
    assert await number_of_tasks(store, Requester(GUILD, USER)) == 0
    assert await store.quotas.usage(Requester(GUILD, USER), now=TODAY) == Usage()


async def test_a_replayed_interaction_finds_its_task(store) -> None:
    """The task that it made is found, even within the transaction that made it."""
    task = await accept(store)

    def check(book: Reservation) -> None:
        assert book.existing(task.interaction_id) == task
        assert book.existing(InteractionId(1)) is None

    await store.quotas.reserve(Requester(GUILD, USER), check)


async def test_acceptance_is_in_the_history(store) -> None:
    """The event names the requester."""
    task = await accept(store)
    (event,) = await store.events.of_task(task.id)
    assert (event.at, event.kind, event.actor) == (NOW, "accepted", str(USER))


async def test_usage(store) -> None:
    """For people, charged images count, for the caps drawn ones; while open, reserved ones."""
    await accept(store, request=images(4))
    await queue(store, request=images(3))
    drawn = await ready(store, images(5), drawn=3)
    await store.tasks.save(drawn.delivered(NOW, 2), "delivered", now=NOW)
    refunded = await accept(store, request=images(9))
    await store.tasks.save(refunded.cancelled(NOW), "cancelled", now=NOW)
    unfetched = await ready(store, images(1), drawn=1)
    kept = unfetched.kept(NOW, Reason.NO_WAY_TO_POST, 1)
    await store.tasks.save(kept.deleted(NOW), "kept", now=NOW)
    await accept(store, user=21, request=images(6))
    await accept(store, server=None, request=images(7))
    assert await store.quotas.usage(Requester(GUILD, USER), now=TODAY) == Usage(
        used=4 + 3 + 2 + 1,
        drawing=4 + 3,
        oldest=NOW,
        open_tasks=2,
        used_server=4 + 3 + 3 + 1 + 6,
        used_total=17 + 7,
        queued=4,
    )


async def ready(store, request: Request, *, drawn: int | None = None, now: int = NOW):
    """Write a task whose links are known."""
    task = await accept(store, request=request, now=now)
    await store.tasks.record_card(task.id, task.id, now=now)
    sent = replace(task, state=State.PREPARING).submitting(now)
    sent = await store.tasks.save(sent, "submitting", now=now)
    return await store.tasks.save(sent.ready(now, drawn=drawn), "ready", now=now)


async def test_a_day_ends_at_both_ends(store) -> None:
    """For people, that day's requests count, even if a clock was ahead for a while."""
    for now, count in ((TODAY - 1, 2), (TODAY, 3), (TODAY + DAY - 1, 4), (TODAY + DAY, 7)):
        drawn = await ready(store, images(count), drawn=count, now=now)
        await store.tasks.save(drawn.delivered(now, count), "delivered", now=now)

    today = await store.quotas.usage(Requester(GUILD, USER), now=TODAY)
    assert (today.used, today.used_server, today.used_total) == (3 + 4, 3 + 4, 3 + 4)
    assert (await store.quotas.usage(Requester(GUILD, USER), now=TODAY - DAY)).used == 2
    assert (await store.quotas.usage(Requester(GUILD, USER), now=TODAY + DAY)).used_total == 7


async def test_what_waits_since_yesterday_may_be_drawn_today(store) -> None:
    """So it counts to today's caps, but to the person's quota of the day they asked."""
    await accept(store, now=TODAY - 1, request=images(2))
    await accept(store, now=TODAY, request=images(3))
    usage = await store.quotas.usage(Requester(GUILD, USER), now=TODAY)

    assert (usage.used, usage.drawing, usage.open_tasks) == (3, 3, 2)
    assert (usage.used_server, usage.used_total) == (5, 5)
    assert (await store.quotas.usage(Requester(GUILD, USER), now=TODAY - DAY)).used == 2


async def test_what_waits_with_yesterdays_intent_may_be_drawn_today(store) -> None:
    """Evolink was busy before midnight: it is resent under the same key, and costs then."""
    await queue(store, request=images(7))
    (task,) = await start(store)
    late = TODAY + DAY - 1000
    task = await store.tasks.save(task.submitting(late), "submitting", now=late)
    task = await store.tasks.save(task.requeued(late + 60_000, same_key=True), "queued", now=late)
    for day in (TODAY, TODAY + DAY):
        assert (await store.quotas.usage(Requester(GUILD, USER), now=day)).used_total == 7
    (again,) = await start(store, now=late + 60_000)
    await store.tasks.save(again.submitting(late + 60_000), "submitting", now=late + 60_000)
    days = [
        await store.quotas.usage(Requester(GUILD, USER), now=day) for day in (TODAY, TODAY + DAY)
    ]
    assert [day.used_total for day in days] == [0, 7]


async def test_a_refund_is_no_refund_of_the_operators(store) -> None:
    """What may have been drawn counts to the caps, on the day it was sent, until that is known."""
    task = await ready(store, images(5))
    sent = replace(task, state=State.SUBMITTING)
    await store.tasks.save(sent.unknown(NOW), "unknown", now=NOW)

    usage = await store.quotas.usage(Requester(GUILD, USER), now=TODAY)
    assert (usage.used, usage.used_total) == (0, 5)

    assert await store.tasks.record_remote(task.id, 1, "late", now=NOW + DAY)
    found = await store.tasks.by_remote("late")
    following = await store.quotas.usage(Requester(GUILD, USER), now=TODAY + DAY)
    assert (following.used_total, following.drawing) == (0, 0)
    await store.tasks.save(found.ready(NOW + DAY, drawn=1), "ready", now=NOW + DAY)
    assert (await store.quotas.usage(Requester(GUILD, USER), now=TODAY)).used_total == 1


async def test_a_late_sign_of_what_counted_as_not_taken(store) -> None:
    """It had gone back to the queue, but Evolink was paid: it counts from now on."""
    task = await ready(store, images(5))
    again = replace(task, state=State.SUBMITTING).requeued(NOW)
    await store.tasks.save(again, "queued", now=NOW)
    assert await store.tasks.record_remote(task.id, 1, "late", now=NOW)
    found = await store.tasks.by_remote("late")
    await store.tasks.save(found.ready(NOW, drawn=4).delivered(NOW, 4), "delivered", now=NOW)

    usage = await store.quotas.usage(Requester(GUILD, USER), now=TODAY)
    assert (usage.used, usage.used_total) == (4, 4)


async def test_a_late_sign_of_what_failed(store) -> None:
    """Evolink said that it drew nothing, but does: all may be drawn, free for the person."""
    task = await ready(store, images(5))
    failed = replace(task, state=State.SUBMITTING).failed(NOW, "server_failed", drawn=0)
    await store.tasks.save(failed, "failed", now=NOW)
    assert (await store.quotas.usage(Requester(GUILD, USER), now=TODAY)).used_total == 0
    assert await store.tasks.record_remote(task.id, 1, "late", now=NOW)

    usage = await store.quotas.usage(Requester(GUILD, USER), now=TODAY)
    assert (usage.used, usage.used_total) == (0, 5)


async def test_direct_messages_have_a_quota_too(store) -> None:
    """Their rows have server 0, as does the lock for the totals, without mix-up."""
    await accept(store, server=None)
    assert (await store.quotas.usage(Requester(None, USER), now=TODAY)).used == 1
    assert (await store.quotas.usage(Requester(GUILD, USER), now=TODAY)).used == 0


async def test_what_the_operator_has_paused_is_paused(store) -> None:
    """The fact that says so is read with the usage."""
    for paused in (True, False):
        await settle(store, EVERYWHERE, OperatorRules(paused=paused))
        usage = await store.quotas.usage(Requester(GUILD, USER), now=TODAY)
        assert usage.operator_rules.paused is paused


async def rules(store, user_id: UserId = USER) -> set[Rule]:
    """Return the rules that are set for a user."""
    return set((await store.quotas.usage(Requester(GUILD, user_id), now=TODAY)).rules)


def limit_of(user: UserId, server: ServerId = GUILD) -> Target:
    """Return a user's limit."""
    return Target.of_user(server, user, Kind.LIMIT)


async def test_rules(store) -> None:
    """A user's rule is that user's, a server's is for everybody there; each server has its own."""
    everybodys = Target.of_server(GUILD, Kind.LIMIT)
    await settle(store, limit_of(USER), Rule(Scope.USER, 5))
    await settle(store, everybodys, Rule(Scope.SERVER, 30, Window.WEEK))
    await settle(store, limit_of(USER, ServerId(GUILD + 1)), Rule(Scope.USER, 99))
    assert await rules(store) == {Rule(Scope.USER, 5), Rule(Scope.SERVER, 30, Window.WEEK)}
    assert await rules(store, UserId(21)) == {Rule(Scope.SERVER, 30, Window.WEEK)}
    changed = await settle(store, limit_of(USER), Rule(Scope.USER, None), actor=UserId(2))
    assert changed.before == Rule(Scope.USER, 5)
    assert Rule(Scope.USER, None) in await rules(store)
    assert (await settle(store, limit_of(USER), None)).before == Rule(Scope.USER, None)
    assert (await settle(store, limit_of(USER), None)).before is None
    await settle(store, everybodys, None)
    assert await rules(store) == set()


async def test_rules_of_roles_go_by_the_roles_of_the_moment(store) -> None:
    """Only roles that somebody has count; the role that everybody has is the server."""
    for role, count in ((RoleId(7), 50), (RoleId(8), 9)):
        await settle(store, Target.of_role(GUILD, role), Rule(Scope.ROLE, count, role=role))
    assert Target.of_role(GUILD, RoleId(GUILD)) == Target.of_server(GUILD, Kind.LIMIT)

    async def seen(*roles: int) -> set[Rule]:
        whose = Requester(GUILD, USER, frozenset(map(RoleId, roles)))
        return set((await store.quotas.usage(whose, now=NOW)).rules)

    assert await seen() == set()
    assert await seen(8, 9) == {Rule(Scope.ROLE, 9, role=RoleId(8))}
    assert await seen(7, 8) == {
        Rule(Scope.ROLE, 50, role=RoleId(7)),
        Rule(Scope.ROLE, 9, role=RoleId(8)),
    }


async def test_blocks(store) -> None:
    """A block is apart from the rule: lifting it leaves the rule as it was; it may also expire."""
    target = Target.of_user(GUILD, USER, Kind.BLOCK)
    await settle(store, limit_of(USER), Rule(Scope.USER, 5))
    await settle(store, target, Block(by=UserId(1), since=NOW))
    block = Block(by=UserId(2), since=NOW, reason="spam", until=NOW + 1000)
    await settle(store, target, block)
    usage = await store.quotas.usage(Requester(GUILD, USER), now=NOW + 999)
    assert (usage.block, usage.rules) == (block, (Rule(Scope.USER, 5),))
    assert (await store.quotas.usage(Requester(GUILD, USER), now=NOW + 1000)).block is None
    assert await store.quota_settings.block_of(Requester(GUILD, USER), now=NOW + 999) == block
    assert await store.quota_settings.block_of(Requester(GUILD, USER), now=NOW + 1000) is None
    assert (await store.quotas.usage(Requester(ServerId(GUILD + 1), USER), now=NOW)).block is None
    assert (await store.quotas.usage(Requester(GUILD, UserId(21)), now=NOW)).block is None
    await settle(store, target, None)
    after = await store.quotas.usage(Requester(GUILD, USER), now=NOW)
    assert after == replace(usage, block=None)


async def test_an_undo_and_a_change_at_once(store, other) -> None:
    """Whichever comes first, undoing the earlier change never undoes the later one."""
    for user in range(100, 120):
        target = Target.of_user(GUILD, UserId(user), Kind.LIMIT)
        await settle(store, target, Rule(Scope.USER, 5))
        change = await settle(store, target, Rule(Scope.USER, 6))
        by = changed_by(change.by.id + 10**6, actor=UserId(2), at=NOW, reason="")
        await asyncio.gather(
            settle(store, target, Rule(Scope.USER, 7)),
            other.quota_settings.undo(change.by.id, GUILD, by),
            return_exceptions=True,
        )
        assert await store.quota_settings.get(target) == Rule(Scope.USER, 7)


async def test_an_undo_that_arrives_twice_is_one(store) -> None:
    """Discord redelivers an interaction after a reconnect: it reads as it did the first time."""
    change = await settle(store, limit_of(USER), Rule(Scope.USER, 5))
    by = changed_by(change.by.id + 10**6, actor=UserId(2), at=NOW)
    undone = await store.quota_settings.undo(change.by.id, GUILD, by)
    assert await store.quota_settings.undo(change.by.id, GUILD, by) == undone
    with pytest.raises(ChangedSince):
        await store.quota_settings.undo(change.by.id, GUILD, replace(by, id=by.id + 1))


async def test_each_change_is_kept_and_can_be_undone_once(store) -> None:
    """Unless it was changed again since; an undo is itself a change, which can be undone."""
    target = limit_of(USER)
    first = await settle(store, target, Rule(Scope.USER, 5), reason="new here")
    second = await settle(store, target, Rule(Scope.USER, 20), actor=UserId(2), now=NOW + 1)
    same = await settle(store, target, Rule(Scope.USER, 20))
    assert (same.before, same.after) == (Rule(Scope.USER, 20), Rule(Scope.USER, 20))

    def by(number: int) -> By:
        return changed_by(number, actor=3, at=NOW + 2)

    for change, server in ((first, GUILD), (second, ServerId(GUILD + 1))):
        with pytest.raises(ChangedSince):
            await store.quota_settings.undo(change.by.id, server, by(10**9))
    undone = await store.quota_settings.undo(second.by.id, GUILD, by(10**9))
    assert (undone.before, undone.after) == (Rule(Scope.USER, 20), Rule(Scope.USER, 5))
    with pytest.raises(ChangedSince):
        await store.quota_settings.undo(second.by.id, GUILD, by(10**9 + 1))
    again = await store.quota_settings.undo(undone.by.id, GUILD, by(10**9 + 2))
    assert again.after == Rule(Scope.USER, 20)
    # As after the second one, but by another admin.
    with pytest.raises(ChangedSince):
        await store.quota_settings.undo(second.by.id, GUILD, by(10**9 + 3))
    await store.quota_settings.undo(again.by.id, GUILD, by(10**9 + 3))
    await store.quota_settings.undo(first.by.id, GUILD, by(10**9 + 4))
    assert await rules(store) == set()

    log = await store.quota_changes.changes(GUILD, before=LARGEST_ID, limit=9)
    assert [each.by.id for each in log][-2:] == [second.by.id, first.by.id]
    assert (log[-1].by.reason, log[-1].by.actor, log[-1].undone) == ("new here", 1, True)
    assert await store.quota_changes.changes(GUILD, before=first.by.id, limit=9) == ()
    assert await store.quota_changes.changes(ServerId(GUILD + 1), before=LARGEST_ID, limit=9) == ()


async def test_each_setting_of_a_server_is_undone_by_itself(store) -> None:
    """Others' later changes stay; only a setting that was itself changed again can't go back."""
    service = Quota(store=store, limits=Limits(), clock=lambda: NOW, nudge=lambda: None)

    async def put(number: int, **values: object) -> InteractionId:
        return (await service.set_policy(GUILD, changed_by(number, actor=1, at=NOW), values)).by.id

    async def undo(change: InteractionId, number: int) -> Policy:
        by = changed_by(number, actor=2, at=NOW)
        await service.undo(change, GUILD, by, is_admin=True)
        return await service.policy(GUILD)

    cap = await put(1, cap=100, cap_window=Window.DAY)
    channels = await put(2, channels=(ChannelId(5),))
    notices = await put(3, notices=ChannelId(6), locale="de")
    await put(4, log=ChannelId(7), locale="fr", zone="Europe/Berlin", channels=())
    assert await undo(cap, 11) == Policy(
        zone="Europe/Berlin", log=ChannelId(7), notices=ChannelId(6), locale="fr"
    )
    # The language belongs to the channel that was named last.
    assert await undo(notices, 12) == Policy(zone="Europe/Berlin", log=ChannelId(7), locale="fr")
    with pytest.raises(ChangedSince):  # an empty list is "everywhere", which nobody has asked for
        await undo(channels, 13)
    with pytest.raises(ChangedSince):
        await undo(cap, 14)
    assert await undo(InteractionId(4), 15) == Policy(channels=(ChannelId(5),), locale="de")
    assert await undo(channels, 16) == Policy(locale="de")


async def test_each_word_is_undone_by_itself(store) -> None:
    """Unless the word is already gone, or back."""
    service = Quota(store=store, limits=Limits(), clock=lambda: NOW, nudge=lambda: None)

    async def put(number: int, add: str = "", remove: str = "") -> None:
        by = changed_by(number, actor=1, at=NOW)
        await service.set_moderation(GUILD, by, lambda each: each.changed_words(add, remove))

    async def undo(change: int, number: int) -> tuple[str, ...]:
        by = changed_by(number, actor=2, at=NOW)
        await service.undo(InteractionId(change), GUILD, by, is_admin=True)
        return (await service.moderation(GUILD)).words

    await put(1, add="gore, blood")
    await put(2, add="spiders", remove="gore")
    with pytest.raises(ChangedSince):  # one of its words is gone already
        await undo(1, 11)
    assert await undo(2, 12) == ("blood", "gore")
    await put(3, add="wasps")
    assert await undo(1, 13) == ("wasps",)
    assert await undo(3, 14) == ()


async def test_two_admins_who_set_different_things_at_once(store) -> None:
    """Neither takes back what the other has set."""
    service = Quota(store=store, limits=Limits(), clock=lambda: NOW, nudge=lambda: None)
    changes = ({"zone": "Europe/Berlin"}, {"cap": 50}, {"weight_4k": 3}, {"open_tasks": 4})
    await asyncio.gather(
        *(
            service.set_policy(GUILD, changed_by(n, actor=n, at=NOW), each)
            for n, each in enumerate(changes, 1)
        )
    )
    expected = Policy(zone="Europe/Berlin", cap=50, weight_4k=3, open_tasks=4)
    assert await service.policy(GUILD) == expected


async def test_a_change_that_arrives_twice_is_one(store) -> None:
    """Discord may redeliver an interaction; by then somebody else may have changed the setting."""
    by, target = changed_by(5, actor=1, at=NOW), limit_of(USER)
    first = await store.quota_settings.change(target, Rule(Scope.USER, 5), by)
    await settle(store, target, Rule(Scope.USER, 6))
    assert await store.quota_settings.change(target, Rule(Scope.USER, 5), by) == first
    assert await rules(store) == {Rule(Scope.USER, 6)}


async def test_what_somebody_may_not_is_noted_once_an_hour(store) -> None:
    """By the time in the interaction's id; an attempt is no change, and can't be undone."""
    hour = 60 * 60 * 1000 << 22
    for number in (10 * hour, 10 * hour + 5, 11 * hour, 11 * hour + 1):
        await store.quota_changes.note_denied(GUILD, changed_by(number, actor=5, at=NOW))
    await store.quota_changes.note_denied(GUILD, changed_by(10 * hour + 6, actor=6, at=NOW))
    log = await store.quota_changes.changes(GUILD, before=LARGEST_ID, limit=9)
    assert [(each.by.id - 10 * hour, each.by.actor) for each in log] == [
        (hour, 5),
        (6, 6),
        (0, 5),
    ]
    with pytest.raises(ChangedSince):
        await store.quota_settings.undo(10 * hour, GUILD, changed_by(12 * hour, actor=5, at=NOW))
    assert not any(
        each.undone for each in await store.quota_changes.changes(GUILD, before=LARGEST_ID, limit=9)
    )


async def test_grants_are_used_after_the_allowance(store) -> None:
    """What a task took beyond it is recorded, and is the first to come back."""
    target = Target.of_user(GUILD, USER, Kind.GRANT, 1)
    await settle(store, target, Grant(images=10, given_at=NOW - 5))
    wanted = new(request=Request(prompt="x", count=4, quality=Quality.K4))

    def take(book: Reservation) -> Task:
        policy = Policy(weight_4k=2)
        return book.insert(
            wanted, now=NOW, owner=OWNER, wake_at=NOW, estimate=None, policy=policy, granted=5
        )

    task = await store.quotas.reserve(wanted.requester, take)
    usage = await store.quotas.usage(wanted.requester, now=NOW)
    assert (usage.used, usage.drawing, usage.granted) == (3, 3, ((NOW, 5),))
    assert quota.allowance(usage, Limits(images=3), NOW).left == 5
    await store.tasks.record_card(task.id, task.id, now=NOW)
    sent = replace(task, state=State.PREPARING).submitting(NOW)
    sent = await store.tasks.save(sent, "submitting", now=NOW)
    sent = await store.tasks.save(sent.ready(NOW, drawn=2), "ready", now=NOW)
    await store.tasks.save(sent.delivered(NOW, 2), "delivered", now=NOW)
    usage = await store.quotas.usage(wanted.requester, now=NOW)
    assert (usage.used, usage.granted, usage.used_server) == (3, ((NOW, 1),), 2)


async def test_a_servers_own_cap_counts_what_its_members_used(store) -> None:
    """In its own period and by weight; without a cap, nothing is summed."""
    await accept(store, request=images(3))
    await accept(store, user=21, request=images(2))
    await accept(store, user=21, request=images(7), now=NOW - DAY)
    await accept(store, server=ServerId(GUILD + 1), request=images(9))
    for cap, used in ((None, 0), (Window.DAY, 5), (Window.LAST_WEEK, 12)):
        policy = Policy() if cap is None else Policy(cap=1, cap_window=cap)
        await settle(store, Target.of_server(GUILD, Kind.POLICY), policy)
        usage = await store.quotas.usage(Requester(GUILD, USER), now=NOW)
        assert (usage.used_cap, usage.policy) == (used, policy)


async def test_queued_counts_everybodys(store) -> None:
    """Waiting tasks count over all servers; running ones aren't among them."""
    await run(store)
    await queue(store, server=1, user=2)
    assert (await store.quotas.usage(Requester(GUILD, USER), now=TODAY)).queued == 1
    await start(store)
    assert (await store.quotas.usage(Requester(GUILD, USER), now=TODAY)).queued == 0


async def test_a_block_cancels_what_waits(store) -> None:
    """They are due at once, and take no turn; paid ones, and others' tasks, go on."""
    paid = await run(store)
    late = await queue(store)
    late = await store.tasks.save(late.waiting(NOW + 3 * DAY), "queued", now=NOW)
    fresh = await accept(store)
    await queue(store)
    (begun,) = await start(store)
    others = [await queue(store, user=21), await queue(store, server=ServerId(GUILD + 1))]
    block = Block(by=UserId(1), since=NOW + 2)
    await settle(store, Target.of_user(GUILD, USER, Kind.BLOCK), block, now=NOW + 2)

    async def asked(task) -> bool:
        present = await store.tasks.get(task.id)
        assert present is not None
        return present.cancel_requested

    assert [await asked(each) for each in (late, fresh, begun)] == [True] * 3
    assert [await asked(each) for each in (paid, *others)] == [False] * 3
    due = await store.claims.due(OWNER, now=NOW + 2, until=NOW + DAY, limit=9)
    assert [each.id for each in due] == [late.id]
    assert "cancel_requested" in [each.kind for each in await store.events.of_task(late.id)]


async def test_strikes_block_by_the_rule_and_never_for_less_than_before(store) -> None:
    """Only current strikes count; the same interaction twice is one; an endless block stays.

    Waiting tasks are cancelled, as by any block.
    """
    rule = Moderation(strikes=2, strike_days=10, block_days=3)
    await settle(store, Target.of_server(GUILD, Kind.MODERATION), rule)
    given = [
        changed_by(100 * n, actor=9, at=NOW - days * DAY, reason="x")
        for n, days in ((1, 11), (2, 1))
    ]
    assert await strike(store, USER, given[0]) == Struck(1, 2, None)
    for _ in range(2):
        assert await strike(store, USER, given[1]) == Struck(1, 2, None)
    assert await strike(store, UserId(21), changed_by(250, actor=9, at=NOW)) == Struck(1, 2, None)
    waiting = await queue(store)
    last = changed_by(300, actor=9, at=NOW, reason="enough")
    assert await strike(store, USER, last) == Struck(2, 2, NOW + 3 * DAY)
    block = await store.quota_settings.block_of(Requester(GUILD, USER), now=NOW)
    assert block == Block(by=UserId(9), since=NOW, reason="enough", until=NOW + 3 * DAY)
    assert (await store.tasks.get(waiting.id)).cancel_requested
    by = changed_by(400, actor=9, at=NOW)
    await store.quota_settings.undo(last.id + 1, GUILD, by)
    assert await store.quota_settings.block_of(Requester(GUILD, USER), now=NOW) is None
    forever = Block(by=UserId(1), since=NOW)
    await settle(store, Target.of_user(GUILD, USER, Kind.BLOCK), forever)
    assert await strike(store, USER, changed_by(500, actor=9, at=NOW)) == Struck(3, 2, None)
    assert await store.quota_settings.block_of(Requester(GUILD, USER), now=NOW) == forever


async def test_undo_brings_back_a_block_that_is_over(store) -> None:
    """Nobody is blocked by it, so nothing that waits is cancelled."""
    target = Target.of_user(GUILD, USER, Kind.BLOCK)
    await settle(store, target, Block(by=UserId(9), since=NOW, until=NOW + DAY))
    lifted = await settle(store, target, None)
    waiting = await queue(store)
    by = changed_by(lifted.by.id + 1, actor=9, at=NOW + DAY)
    await store.quota_settings.undo(lifted.by.id, GUILD, by)
    assert not (await store.tasks.get(waiting.id)).cancel_requested
