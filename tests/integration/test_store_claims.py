import asyncio
from dataclasses import replace

import pytest

from bot.domain.durations import Durations
from bot.domain.ids import RemoteId, UserId
from bot.domain.queue_status import Pause
from bot.domain.request import Request
from bot.domain.state import Reason, State
from bot.domain.window import DAY
from bot.errors import Stale
from tests.integration.store_kit import NOW, OWNER, USER, accept, queue, run, start

LEASE = 60_000
WAITS = Durations(lease=LEASE, give_up=DAY)


async def due(store, owner: str = OWNER, *, now: int = NOW, limit: int = 100) -> list[int]:
    """Claim what is due; return the ids."""
    claimed = await store.claims.due(owner, now=now, until=now + LEASE, limit=limit)
    return [task.id for task in claimed]


def ids(tasks) -> list[int]:
    """Return the tasks' ids."""
    return [task.id for task in tasks]


async def test_a_due_task_is_claimed(store) -> None:
    """The claimer gets the current row, and holds it until the lease ends."""
    task = await run(store)
    assert task.wake_at is not None
    assert await due(store, now=task.wake_at - 1) == []
    (claimed,) = await store.claims.due("b/1", now=task.wake_at, until=NOW + LEASE, limit=9)
    assert claimed == replace(task, owner="b/1", wake_at=NOW + LEASE, version=task.version + 1)
    assert await store.tasks.get(task.id) == claimed
    assert await due(store, now=NOW + LEASE - 1) == []


async def test_two_owners_never_claim_the_same_task(store) -> None:
    """Simultaneous claims divide the due tasks between them."""
    tasks = [await accept(store) for _ in range(20)]
    later = NOW + LEASE
    claims = [due(store, f"o/{owner}", now=later, limit=3) for owner in range(10)]
    shares = await asyncio.gather(*claims)
    claimed = [task_id for share in shares for task_id in share]
    assert sorted(claimed) == ids(tasks)
    assert max(map(len, shares)) == 3


async def test_a_task_that_was_lent(store) -> None:
    """It is due when it was to be, or at once if Evolink's id has arrived meanwhile."""
    await queue(store)
    (held,) = await start(store)
    sent = await store.tasks.save(held.submitting(NOW), "submitting", now=NOW)
    task = await store.tasks.save(sent.checking(NOW + LEASE), "checking", now=NOW)

    async def lend_and_give_back() -> None:
        read = await store.tasks.get(task.id)
        assert await store.claims.lend(read, "b/1", now=NOW, until=NOW + LEASE)
        if read != task:
            await store.tasks.record_remote(task.id, task.attempt, RemoteId("remote"), now=NOW)
        assert await store.claims.give_back(read, "b/1", read, now=NOW)

    await lend_and_give_back()
    assert await due(store) == []
    await lend_and_give_back()
    assert await due(store) == [task.id]


async def test_those_due_longest_are_claimed_first(store) -> None:
    """If not all can be claimed at once, nobody is passed over for ever."""
    tasks = [await accept(store, now=NOW - age) for age in (0, 20, 10)]
    assert await due(store, now=NOW + LEASE, limit=1) == [tasks[1].id]
    assert await due(store, now=NOW + LEASE, limit=1) == [tasks[2].id]


async def test_confirmed_queued_tasks_wait_for_their_turn(store) -> None:
    """They are not due by their timer, unless Cancel was pressed; unconfirmed ones are."""
    confirmed = await queue(store)
    assert await due(store, now=NOW + LEASE) == []
    assert (await store.claims.waiting(now=NOW)).next_wake is None
    unconfirmed = await accept(store)
    assert await due(store, now=NOW + LEASE - 1) == []
    assert await due(store, now=NOW + LEASE) == [unconfirmed.id]
    await store.tasks.request_cancel(confirmed.id, now=NOW, actor="20")
    assert (await store.claims.waiting(now=NOW)).steps
    assert await start(store) == []
    assert await due(store) == [confirmed.id]


async def test_a_lease_that_ran_out_is_anybodys(store) -> None:
    """The next holder gets the task, and the former one's transitions are refused from then on."""
    await queue(store)
    (held,) = await start(store)
    assert await due(store, "b/1", now=NOW + LEASE) == [held.id]
    with pytest.raises(Stale):
        await store.tasks.save(held.submitting(NOW), "submitting", now=NOW)
    assert (await store.tasks.get(held.id)).owner == "b/1"


async def test_a_started_task_is_preparing(store) -> None:
    """Starting is a transition with an event; the starter holds the task."""
    task = await queue(store)
    (started,) = await start(store)
    assert started == replace(
        task,
        state=State.PREPARING,
        owner=OWNER,
        wake_at=NOW + LEASE,
        version=task.version + 1,
    )
    assert await store.tasks.get(task.id) == started
    assert (await store.events.of_task(task.id))[-1].kind == "preparing"
    assert await start(store) == []


async def test_a_queued_task_starts_no_sooner_than_its_timer(store) -> None:
    """A requeued task waits; one whose accepting process died starts when the lease ends."""
    later = await queue(store)
    await store.tasks.save(later.requeued(NOW + 5), "queued", now=NOW)
    held = await accept(store)
    await store.tasks.record_card(held.id, 1, now=NOW)
    assert await start(store, now=NOW + 4) == []
    assert ids(await start(store, now=NOW + 5)) == [later.id]
    assert ids(await start(store, now=NOW + LEASE)) == [held.id]


async def test_starting_is_fair(store) -> None:
    """Users with fewer running tasks come first, then older tasks; nobody exceeds a user's cap."""
    many = [await queue(store) for _ in range(4)]
    await run_of(store, UserId(21))
    busy = await queue(store, user=21)
    new = await queue(store, user=22)
    assert ids(await start(store, limit=3)) == [many[0].id, new.id, many[1].id]
    assert ids(await start(store, user_running=2)) == [busy.id]
    assert ids(await start(store, user_running=3)) == [many[2].id]
    assert ids(await start(store)) == [many[3].id]


async def run_of(store, user_id: UserId):
    """Write a task of a user's that Evolink is drawing, without starting others."""
    task = await accept(store, user=user_id)
    await store.tasks.record_card(task.id, 1, now=NOW)
    running = replace(task, state=State.PREPARING).submitting(NOW)
    running = running.running(NOW, NOW + LEASE, None, NOW)
    return await store.tasks.save(running, "running", now=NOW)


async def test_what_failed_comes_behind_and_fewer_images_may_go_alone(store) -> None:
    """While one at a time tries, refused tasks come last, and too large ones wait."""
    await queue(store, request=Request(prompt="a", count=5))
    (refused,) = await start(store)
    later = refused.requeued(NOW, failures=1, reason=Pause.OUT_OF_CREDITS)
    await store.tasks.save(later, "refused", now=NOW)
    many = await queue(store, user=21, request=Request(prompt="a", count=5))
    few = await queue(store, user=22, request=Request(prompt="a", count=4))
    assert ids(await start(store, below=5)) == [few.id]
    assert ids(await start(store, alone_since=NOW)) == [many.id, refused.id]


async def test_refused_tasks_are_woken(store) -> None:
    """Tasks that wait after a refusal, as far as the credits suffice."""
    made = [await queue(store, user=n, request=Request(prompt="a", count=n)) for n in (1, 2, 3)]
    for task in await start(store):
        reason = Pause.OUT_OF_CREDITS if task.reserved > 1 else None
        again = task.requeued(NOW + LEASE, failures=1, reason=reason)
        await store.tasks.save(again, "refused", now=NOW)
    assert await store.claims.wake_refused(now=NOW, below=3) == 1
    assert ids(await start(store)) == [made[1].id]
    assert await store.claims.wake_refused(now=NOW) == 1
    assert ids(await start(store)) == [made[2].id]


async def test_when_others_were_taken(store) -> None:
    """Since a given time, with at least as many images, other than the task itself."""
    for user_id, submitted, count in ((21, NOW, 1), (22, NOW + 5, 3), (23, NOW + 9, 2)):
        await run(store, now=submitted, user=user_id, request=Request(prompt="a", count=count))
    task = await run(store, now=NOW + 7)
    taken = store.queue.taken
    assert sorted(await taken(since=NOW, images=1, other_than=task.id)) == [NOW, NOW + 5, NOW + 9]
    assert sorted(await taken(since=NOW + 1, images=2, other_than=0)) == [NOW + 5, NOW + 9]
    assert await taken(since=NOW + 10, images=1, other_than=0) == ()


async def test_no_more_are_started_than_there_are_places(store) -> None:
    """Everything that prepares, submits or runs holds a place, except what runs for too long."""
    slow = await run_of(store, UserId(21))
    await run_of(store, UserId(22))
    for _ in range(5):
        await queue(store)
    assert len(await start(store, max_running=4)) == 2
    assert await start(store, max_running=4) == []
    assert await start(store, max_running=1) == []
    after = slow.submitted_at + 1
    assert len(await start(store, max_running=3, slow_before=after)) == 1


async def test_processes_that_start_at_once_share_the_places(store) -> None:
    """Counting and starting are one transaction: caps hold over all processes."""
    for user_id in (1, 2, 3):
        for _ in range(10):
            await queue(store, user=user_id)
    rounds = [start(store, max_running=8, user_running=3, limit=4) for _ in range(10)]
    started = [task for share in await asyncio.gather(*rounds) for task in share]
    assert len({task.id for task in started}) == len(started) == 8
    assert sorted((await store.queue.running(slow_before=0)).values()) == [2, 3, 3]


async def test_renewing(store) -> None:
    """The leases that are named are renewed; no version changes, nor anybody else's row."""
    mine = [await accept(store) for _ in range(3)]
    forgotten = await accept(store)
    other = await accept(store, owner="b/1")
    free = await run(store)
    named = [task.id for task in (*mine, other, free)]
    renewed = await store.claims.renew(OWNER, named, until=NOW + 9 * LEASE)
    assert renewed == {task.id for task in mine}
    for task in mine:
        assert await store.tasks.get(task.id) == replace(task, wake_at=NOW + 9 * LEASE)
    for task in (forgotten, other, free):
        assert await store.tasks.get(task.id) == task
    await store.tasks.save(mine[0].waiting(NOW), "queued", now=NOW)


async def test_releasing(store) -> None:
    """A released task is due at once, from its state; the former holder is then refused."""
    await queue(store)
    (held,) = await start(store)
    other = await accept(store, owner="b/1")
    assert await store.claims.release(OWNER, now=NOW + 1) == 1
    back = await store.tasks.get(held.id)
    assert back == replace(held, owner=None, wake_at=NOW + 1, version=held.version + 1)
    with pytest.raises(Stale):
        await store.tasks.save(held.waiting(NOW), "waiting", now=NOW + 1)
    assert await store.tasks.get(other.id) == other
    assert await due(store, "c/1", now=NOW + 1) == [held.id]


async def test_a_restarted_instance_takes_back_what_it_held(store) -> None:
    """Only what its own former runs held; those are refused from then on."""
    mine = await accept(store, owner="a_b/1")
    others = [await accept(store, owner=owner) for owner in ("axb/1", "A_B/1", "a_bc/1", "a_b")]
    assert await store.claims.seize("a_b", now=NOW) == 1
    assert (await store.tasks.get(mine.id)).owner is None
    assert [await store.tasks.get(task.id) for task in others] == others
    with pytest.raises(Stale):
        await store.tasks.save(mine.waiting(NOW), "queued", now=NOW)
    assert await due(store, "a_b/2") == [mine.id]
    assert await store.claims.seize("a_b", now=NOW) == 1


async def test_the_next_wake(store) -> None:
    """It is the soonest timer or lease end; tasks that wait for a place don't count."""
    assert (await store.claims.waiting(now=NOW)).next_wake is None
    await queue(store)
    assert (await store.claims.waiting(now=NOW)).next_wake is None
    held = await accept(store)
    assert (await store.claims.waiting(now=NOW)).next_wake == held.wake_at
    sleeping = await run_of(store, USER)
    await store.tasks.wake(sleeping.id, now=NOW + 3, take_over=True)
    assert (await store.claims.waiting(now=NOW)).next_wake == NOW + 3


async def test_the_next_wake_of_a_task_that_is_held_back(store) -> None:
    """A queued task whose time is still to come is waited for, so that it starts on time."""
    await queue(store)
    (held,) = await start(store)
    await store.tasks.save(held.requeued(NOW + 7, failures=1), "queued", now=NOW)

    assert (await store.claims.waiting(now=NOW)).next_wake == NOW + 7
    assert (await store.claims.waiting(now=NOW + 7)).next_wake is None


async def test_nobody_claims_what_their_own_step_works_on(store) -> None:
    """The clock was set ahead, so every lease seems to have run out."""
    task = await run(store)
    (held,) = await store.claims.due("a/1", now=task.wake_at, until=NOW + LEASE, limit=9)
    now = NOW + 3_600_000
    until = now + LEASE
    assert await store.claims.due("a/1", now=now, until=until, limit=9, busy={held.id}) == ()
    assert await store.claims.due("b/1", now=now, until=until, limit=9, expired=0) == ()
    (taken,) = await store.claims.due("b/1", now=now, until=until, limit=9)
    assert taken.owner == "b/1"


async def test_timers_follow_a_clock_that_was_set_back(store) -> None:
    """Waiting tasks are due now, leases get their usual length, and no time is in the future."""
    waiting = await run(store)
    held = await run(store)
    await store.claims.due("a/1", now=NOW + 10_000, until=NOW + 10_000 + LEASE, limit=1)
    now = NOW - 3_600_000
    await store.claims.pull_in("a/1", lambda: now, ahead=0, durations=WAITS)
    rows = [await store.tasks.get(task.id) for task in (waiting, held)]
    assert sorted((row.wake_at, row.owner) for row in rows) == [(now, None), (now + LEASE, "a/1")]
    for row in rows:
        assert row.submitted_at == row.intent_at == now
        assert row.deadline == now + DAY


async def test_no_attempt_is_of_a_day_to_come(store) -> None:
    """A step had read that time before the clock was set back; the day's caps would miss it."""
    task = await run(store)
    await store.tasks.save(replace(task, intent_at=NOW + DAY), "read", now=NOW)
    assert (await store.tasks.get(task.id)).intent_at == NOW


async def test_timers_follow_a_clock_that_was_set_ahead(store) -> None:
    """The time since each moment stays the same; nothing is given up early."""
    task = await run(store)
    now = NOW + 3_600_000 + 5
    await store.claims.pull_in("a/1", lambda: now, ahead=3_600_000, durations=WAITS)
    moved = await store.tasks.get(task.id)
    assert (moved.submitted_at, moved.intent_at) == (now - 5, now - 5)
    assert task.deadline is not None
    assert moved.deadline == task.deadline + 3_600_000
    assert moved.wake_at == task.wake_at
    await store.claims.pull_in("a/1", lambda: now, ahead=3_600_000, durations=WAITS)
    assert (await store.tasks.get(task.id)).submitted_at == now


async def test_timers_follow_the_clock_as_it_is_when_they_are_written(store) -> None:
    """An update that had to wait for the database ends no lease that was renewed meanwhile."""
    await run(store)
    renewed = NOW + 10_000 + LEASE
    (held,) = await store.claims.due("a/1", now=NOW + 10_000, until=renewed, limit=1)
    now = NOW - LEASE

    async def time_passes() -> None:
        nonlocal now
        now = NOW + 10_000

    following = store.claims.pull_in("a/1", lambda: now, ahead=0, durations=WAITS)
    await asyncio.gather(following, time_passes())
    assert (await store.tasks.get(held.id)).wake_at == renewed


@pytest.mark.parametrize(
    ("until", "back", "expires"),
    [(7 * DAY, 0, 7 * DAY), (7 * DAY, DAY, 6 * DAY), (365 * DAY, 0, 7 * DAY)],
)
async def test_expiries_stay(store, until, back, expires) -> None:
    """Kept images keep their week, whatever the clock did; a longer one came from a wrong clock."""
    task = await run(store)
    ready = await store.tasks.save(task.ready(NOW), "ready", now=NOW)
    kept = await store.tasks.save(ready.kept(NOW, Reason.STOPPED, 1), "kept", now=NOW)
    await store.tasks.save(kept.closed(NOW + until), "closed", now=NOW)
    await store.claims.pull_in("a/1", lambda: NOW - back, ahead=0, durations=WAITS)
    kept = await store.tasks.get(task.id)
    assert kept.wake_at == NOW + expires
    await store.tasks.save(kept.to_delete(NOW), "delete_requested", now=NOW)
    await store.claims.pull_in("a/1", lambda: NOW - 2 * DAY, ahead=0, durations=WAITS)
    assert (await store.tasks.get(task.id)).wake_at == NOW - 2 * DAY, "what was asked for is due"
