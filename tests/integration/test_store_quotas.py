import asyncio
from dataclasses import replace

import pytest

from bot.domain import quota
from bot.domain.quota import DAY, Limits, Rule, Usage
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.state import Reason, State
from bot.refusals import QuotaReached, Scope
from bot.store.quotas import Reservation
from tests.integration.store_kit import (
    GUILD,
    NOW,
    OWNER,
    USER,
    accept,
    new,
    number_of_tasks,
    opened,
    queue,
    run,
    start,
)

TODAY = quota.day_of(NOW)


def images(count: int) -> Request:
    """Return a request for so many images."""
    return Request(prompt="x", count=count)


async def ask(store, limits: Limits, *, user_id: int = USER, count: int = 1) -> bool:
    """Ask for images as /imagine does; return whether it was let through."""
    wanted = new(user=user_id, request=images(count))

    def decide(book: Reservation) -> None:
        quota.check(count, GUILD, book.usage(day=TODAY), limits, NOW)
        book.insert(wanted, now=NOW, owner=OWNER, wake_at=NOW, estimate=None)

    try:
        await store.quotas.reserve(Requester(GUILD, user_id), decide)
    except QuotaReached:
        return False
    return True


async def test_fifty_at_once_with_twenty_left(store) -> None:
    """Exactly twenty are admitted, however they race."""
    limits = Limits(images=20, open_tasks=100)
    admitted = await asyncio.gather(*[ask(store, limits) for _ in range(50)])
    assert sum(admitted) == 20
    assert await number_of_tasks(store, Requester(GUILD, USER)) == 20
    assert (await store.quotas.usage(Requester(GUILD, USER), day=TODAY)).used == 20


async def test_two_processes_share_a_quota(store, tmp_path) -> None:
    """Two bots on one file admit together what the quota gives."""
    async with opened(tmp_path) as other:
        limits = Limits(images=7, open_tasks=100)
        asked = [ask(each, limits) for _ in range(8) for each in (store, other)]
        assert sum(await asyncio.gather(*asked)) == 7


async def test_a_refusal_writes_nothing(store) -> None:
    """What raises inside the reservation takes everything back."""

    def fail(book: Reservation) -> None:
        book.insert(new(), now=NOW, owner=OWNER, wake_at=NOW, estimate=None)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.quotas.reserve(Requester(GUILD, USER), fail)
    assert await number_of_tasks(store, Requester(GUILD, USER)) == 0
    assert await store.quotas.usage(Requester(GUILD, USER), day=TODAY) == Usage()


async def test_a_replayed_interaction_finds_its_task(store) -> None:
    """The task that it made is there, also for the same transaction that made it."""
    task = await accept(store)

    def check(book: Reservation) -> None:
        assert book.existing(task.interaction_id) == task
        assert book.existing(1) is None

    await store.quotas.reserve(Requester(GUILD, USER), check)


async def test_acceptance_is_in_the_history(store) -> None:
    """The event names the requester."""
    task = await accept(store)
    (event,) = await store.events.of_task(task.id)
    assert (event.at, event.kind, event.actor) == (NOW, "accepted", str(USER))


async def test_usage(store) -> None:
    """To a person counts what is charged, to the caps what was drawn; else what is reserved."""
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
    assert await store.quotas.usage(Requester(GUILD, USER), day=TODAY) == Usage(
        used=4 + 3 + 2 + 1,
        drawing=4 + 3,
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
    """To a person counts what they asked for that day, also where a clock was ahead for a while."""
    for now, count in ((TODAY - 1, 2), (TODAY, 3), (TODAY + DAY - 1, 4), (TODAY + DAY, 7)):
        drawn = await ready(store, images(count), drawn=count, now=now)
        await store.tasks.save(drawn.delivered(now, count), "delivered", now=now)

    today = await store.quotas.usage(Requester(GUILD, USER), day=TODAY)
    assert (today.used, today.used_server, today.used_total) == (3 + 4, 3 + 4, 3 + 4)
    assert (await store.quotas.usage(Requester(GUILD, USER), day=TODAY - DAY)).used == 2
    assert (await store.quotas.usage(Requester(GUILD, USER), day=TODAY + DAY)).used_total == 7


async def test_what_waits_since_yesterday_may_be_drawn_today(store) -> None:
    """So it counts to today's caps; a person's quota is that of the day on which they asked."""
    await accept(store, now=TODAY - 1, request=images(2))
    await accept(store, now=TODAY, request=images(3))
    usage = await store.quotas.usage(Requester(GUILD, USER), day=TODAY)

    assert (usage.used, usage.drawing, usage.open_tasks) == (3, 3, 2)
    assert (usage.used_server, usage.used_total) == (5, 5)
    assert (await store.quotas.usage(Requester(GUILD, USER), day=TODAY - DAY)).used == 2


async def test_what_waits_with_yesterdays_intent_may_be_drawn_today(store) -> None:
    """Evolink was busy before midnight: it is sent again under the same key, and costs then."""
    await queue(store, request=images(7))
    (task,) = await start(store)
    late = TODAY + DAY - 1000
    task = await store.tasks.save(task.submitting(late), "submitting", now=late)
    task = await store.tasks.save(task.requeued(late + 60_000, same_key=True), "queued", now=late)
    for day in (TODAY, TODAY + DAY):
        assert (await store.quotas.usage(Requester(GUILD, USER), day=day)).used_total == 7
    (again,) = await start(store, now=late + 60_000)
    await store.tasks.save(again.submitting(late + 60_000), "submitting", now=late + 60_000)
    days = [
        await store.quotas.usage(Requester(GUILD, USER), day=day) for day in (TODAY, TODAY + DAY)
    ]
    assert [day.used_total for day in days] == [0, 7]


async def test_a_refund_is_no_refund_of_the_operators(store) -> None:
    """What may have been drawn counts to the caps until it is known, on the day it was sent."""
    task = await ready(store, images(5))
    sent = replace(task, state=State.SUBMITTING)
    await store.tasks.save(sent.unknown(NOW), "unknown", now=NOW)

    usage = await store.quotas.usage(Requester(GUILD, USER), day=TODAY)
    assert (usage.used, usage.used_total) == (0, 5)

    assert await store.tasks.record_remote(task.id, 1, "late", now=NOW + DAY)
    found = await store.tasks.by_remote("late")
    following = await store.quotas.usage(Requester(GUILD, USER), day=TODAY + DAY)
    assert (following.used_total, following.drawing) == (0, 0)
    await store.tasks.save(found.ready(NOW + DAY, drawn=1), "ready", now=NOW + DAY)
    assert (await store.quotas.usage(Requester(GUILD, USER), day=TODAY)).used_total == 1


async def test_a_late_sign_of_what_counted_as_not_taken(store) -> None:
    """It had gone back to the queue, and was paid for all the same: it counts from now on."""
    task = await ready(store, images(5))
    again = replace(task, state=State.SUBMITTING).requeued(NOW)
    await store.tasks.save(again, "queued", now=NOW)
    assert await store.tasks.record_remote(task.id, 1, "late", now=NOW)
    found = await store.tasks.by_remote("late")
    await store.tasks.save(found.ready(NOW, drawn=4).delivered(NOW, 4), "delivered", now=NOW)

    usage = await store.quotas.usage(Requester(GUILD, USER), day=TODAY)
    assert (usage.used, usage.used_total) == (4, 4)


async def test_a_late_sign_of_what_failed(store) -> None:
    """Evolink said that it drew nothing, and does: all may be drawn, and the person is given it."""
    task = await ready(store, images(5))
    failed = replace(task, state=State.SUBMITTING).failed(NOW, "server_failed", drawn=0)
    await store.tasks.save(failed, "failed", now=NOW)
    assert (await store.quotas.usage(Requester(GUILD, USER), day=TODAY)).used_total == 0
    assert await store.tasks.record_remote(task.id, 1, "late", now=NOW)

    usage = await store.quotas.usage(Requester(GUILD, USER), day=TODAY)
    assert (usage.used, usage.used_total) == (0, 5)


async def test_direct_messages_have_a_quota_too(store) -> None:
    """Their rows have server 0, like the lock of the totals; nothing is mixed up."""
    await accept(store, server=None)
    assert (await store.quotas.usage(Requester(None, USER), day=TODAY)).used == 1
    assert (await store.quotas.usage(Requester(GUILD, USER), day=TODAY)).used == 0


async def test_what_the_operator_has_paused_is_paused(store) -> None:
    """The fact that says so is read with the usage."""
    await store.facts.put("paused", {"by": 1, "at": NOW})
    assert (await store.quotas.usage(Requester(GUILD, USER), day=TODAY)).paused
    await store.facts.remove("paused")
    assert not (await store.quotas.usage(Requester(GUILD, USER), day=TODAY)).paused


async def rules(store, user_id: int = USER) -> set[Rule]:
    """Return the rules that are set for a user."""
    return set((await store.quotas.usage(Requester(GUILD, user_id), day=TODAY)).rules)


async def test_rules(store) -> None:
    """A user's rule is the user's; user 0 is the server's default; other servers have their own."""
    quotas = store.quotas
    await quotas.set_rule(Requester(GUILD, USER), 5, actor=1, now=NOW)
    await quotas.set_rule(GUILD, 30, actor=1, now=NOW)
    await quotas.set_rule(Requester(GUILD + 1, USER), 99, actor=1, now=NOW)
    assert await rules(store) == {Rule(Scope.USER, 5), Rule(Scope.SERVER, 30)}
    assert await rules(store, 21) == {Rule(Scope.SERVER, 30)}
    await quotas.set_rule(Requester(GUILD, USER), None, actor=2, now=NOW)
    assert await rules(store) == {Rule(Scope.USER, None), Rule(Scope.SERVER, 30)}
    assert await quotas.clear_rule(Requester(GUILD, USER))
    assert not await quotas.clear_rule(Requester(GUILD, USER))
    assert await rules(store) == {Rule(Scope.SERVER, 30)}
    assert await quotas.clear_rule(GUILD)
    assert await rules(store) == set()


async def test_blocks(store) -> None:
    """A block is beside the rule: lifting it leaves the rule as it was."""
    quotas = store.quotas
    await quotas.set_rule(Requester(GUILD, USER), 5, actor=1, now=NOW)
    await quotas.block(Requester(GUILD, USER), actor=1, now=NOW)
    await quotas.block(Requester(GUILD, USER), actor=2, now=NOW)
    usage = await quotas.usage(Requester(GUILD, USER), day=TODAY)
    assert (usage.blocked, usage.rules) == (True, (Rule(Scope.USER, 5),))
    assert not (await quotas.usage(Requester(GUILD + 1, USER), day=TODAY)).blocked
    assert not (await quotas.usage(Requester(GUILD, 21), day=TODAY)).blocked
    assert await quotas.unblock(Requester(GUILD, USER))
    assert not await quotas.unblock(Requester(GUILD, USER))
    assert await quotas.usage(Requester(GUILD, USER), day=TODAY) == replace(usage, blocked=False)


async def test_queued_counts_everybodys(store) -> None:
    """What waits is counted over all servers, and what runs is not among it."""
    await run(store)
    await queue(store, server=1, user=2)
    assert (await store.quotas.usage(Requester(GUILD, USER), day=TODAY)).queued == 1
    await start(store)
    assert (await store.quotas.usage(Requester(GUILD, USER), day=TODAY)).queued == 0


async def test_a_block_cancels_what_waits(store) -> None:
    """It is due at once, and takes no turn; what is paid for, and others' tasks, go on."""
    paid = await run(store)
    late = await queue(store)
    late = await store.tasks.save(late.waiting(NOW + 3 * DAY), "queued", now=NOW)
    fresh = await accept(store)
    await queue(store)
    (begun,) = await start(store)
    others = [await queue(store, user=21), await queue(store, server=GUILD + 1)]
    await store.quotas.block(Requester(GUILD, USER), actor=1, now=NOW + 2)

    async def asked(task) -> bool:
        present = await store.tasks.get(task.id)
        assert present is not None
        return present.cancel_requested

    assert [await asked(each) for each in (late, fresh, begun)] == [True] * 3
    assert [await asked(each) for each in (paid, *others)] == [False] * 3
    due = await store.claims.due(OWNER, now=NOW + 2, until=NOW + DAY, limit=9)
    assert [each.id for each in due] == [late.id]
    assert "cancel_requested" in [each.kind for each in await store.events.of_task(late.id)]
