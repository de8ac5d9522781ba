"""Who is told what when Evolink, or something in front of it, says that we ask too often."""

import asyncio
from collections.abc import Callable

from bot.domain.durations import Durations
from bot.domain.queue_status import Pause
from bot.domain.task import Task
from bot.errors import OutOfCredits, RateLimited, Withheld
from bot.files import FileStorage
from bot.services.shared.alerts import Alerts
from bot.services.shared.pauses import Pauses
from bot.store.store import Store
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.integration.store_kit import NOW, accept, opened
from tests.kit.patience import until


def _pauses(
    store: Store,
    storage: FileStorage,
    told: FakeOperatorChannel,
    *,
    blocked_seconds: float = 0.0,
    clock: Callable[[], int] = lambda: NOW,
) -> Pauses:
    return Pauses(
        store=store,
        alerts=Alerts(store, told, lambda: NOW),
        storage=storage,
        durations=Durations(),
        clock=clock,
        blocked_seconds=lambda: blocked_seconds,
    )


async def refuse(pauses: Pauses, task: Task, error: Withheld) -> None:
    """Have Evolink refuse a task, and the operator be told of it."""
    if (news := (await pauses.begin(task, error)).news) is not None:
        await pauses.tell(news, task, error.message)


async def test_a_page_in_front_is_no_trouble_of_the_accounts(tmp_path) -> None:
    """The operator hears of what two tasks have met, not of what blocks this process."""
    async with opened(tmp_path) as store:
        storage, told = FileStorage(tmp_path / "files"), FakeOperatorChannel()
        storage.prepare()
        pauses = _pauses(store, storage, told, blocked_seconds=30.0)
        one, two = await accept(store), await accept(store, user=21)

        await refuse(pauses, one, RateLimited("slow down", 5.0))
        assert told.read == []
        await refuse(pauses, two, RateLimited("slow down", 5.0))
        assert ["too many requests" in text for text in told.read] == [True]


async def test_nothing_makes_a_pause_last_for_ever(tmp_path) -> None:
    """Whatever Evolink asks for, we try again after an hour."""
    async with opened(tmp_path) as store:
        storage, told = FileStorage(tmp_path / "files"), FakeOperatorChannel()
        storage.prepare()
        pauses = _pauses(store, storage, told, blocked_seconds=0.0)
        task = await accept(store)

        refusal = await pauses.begin(task, RateLimited("slow down", 1e9))
        assert refusal.until == NOW + 60 * 60 * 1000


async def test_refusals_at_the_same_moment_are_both_counted(store, other, tmp_path) -> None:
    """Two processes met one each, so the account is at fault; neither overwrites the other."""
    storage, told = FileStorage(tmp_path / "files"), FakeOperatorChannel()
    storage.prepare()
    mine, theirs = (_pauses(each, storage, told, blocked_seconds=0.0) for each in (store, other))
    one, two = await accept(store), await accept(store, user=21)
    # Both have read that there is no trouble.
    assert (await mine.trouble(), await theirs.trouble()) == (None, None)
    refused = OutOfCredits("no", None)
    await asyncio.gather(refuse(mine, one, refused), refuse(theirs, two, refused))
    trouble = await mine.trouble()
    assert trouble is not None
    assert (trouble.shared, trouble.said, trouble.told) == (True, True, True)
    assert ["out of credits" in text for text in told.read] == [True]


async def test_submissions_without_an_answer(store, tmp_path) -> None:
    """Two in a row hold the others back; then one tries at a time, after longer each time.

    What each of them drew is unknown: lost to its user, and counted as drawn.
    """
    storage, told, ahead = FileStorage(tmp_path / "files"), FakeOperatorChannel(), 0
    storage.prepare()
    pauses = _pauses(store, storage, told, clock=lambda: NOW + ahead)
    tasks = [await accept(store, user=user) for user in range(30, 36)]
    await pauses.unanswered(tasks[0])
    assert (await pauses.room(9)).places == 9
    assert await pauses.for_everybody() is None
    for task in tasks[1:3]:  # the second was under way, too
        await pauses.unanswered(task)
        assert (await pauses.room(9)).places == 0
        assert await pauses.for_everybody() is Pause.NO_ANSWER
    waited = list[int]()
    for task in tasks[3:]:
        began = ahead
        while (await pauses.room(9)).places == 0:
            ahead += 1_000
        waited.append((ahead - began) // 1_000)
        assert (await pauses.room(9)).alone
        await pauses.unanswered(task)
    assert waited == [60, 120, 240]
    assert ["doesn't answer" in text for text in told.read] == [True]
    await pauses.end(tasks[3])
    assert (await pauses.room(9)).places == 9
    await until(lambda: "resumed" in told.read[-1])


async def test_a_submission_that_is_taken_between_two_without_an_answer(store, tmp_path) -> None:
    """Only unanswered ones in a row hold the others back."""
    storage, told = FileStorage(tmp_path / "files"), FakeOperatorChannel()
    storage.prepare()
    pauses = _pauses(store, storage, told)
    one, two, three = [await accept(store, user=user) for user in (30, 31, 32)]
    await pauses.unanswered(one)
    await pauses.end(two)
    await pauses.unanswered(three)
    assert await pauses.for_everybody() is None
    assert told.read == []


async def test_what_evolink_says_ends_the_pause(store, tmp_path) -> None:
    """A rejection is an answer, and so is a refusal, which pauses by its own rules."""
    storage, told = FileStorage(tmp_path / "files"), FakeOperatorChannel()
    storage.prepare()
    pauses = _pauses(store, storage, told)
    one, two, three, four = [await accept(store, user=user) for user in range(30, 34)]
    await pauses.unanswered(one)
    await pauses.answered(two)
    await pauses.unanswered(three)
    assert await pauses.for_everybody() is None
    # It is the first refusal, although another task had met another kind of trouble.
    refusal = await pauses.begin(four, OutOfCredits("no", None))
    assert refusal.news is None
    assert await pauses.for_everybody() is None


async def test_no_answer_neither_shortens_nor_ends_another_pause(store, tmp_path) -> None:
    """Evolink has asked for ten minutes; an earlier task's callback says nothing about that."""
    storage, told = FileStorage(tmp_path / "files"), FakeOperatorChannel()
    storage.prepare()
    pauses = _pauses(store, storage, told, clock=lambda: NOW + ahead)
    ahead = 0
    one, two, three = [await accept(store, user=user) for user in range(30, 33)]
    await refuse(pauses, one, RateLimited("slow down", 600.0))
    for task in (two, three):
        await pauses.unanswered(task)
    await pauses.answered(two)
    ahead = 599_000
    assert (await pauses.room(9)).places == 0
    ahead = 601_000
    assert (await pauses.room(9)).alone


async def test_whoever_was_told_of_a_pause_hears_of_its_end(store, tmp_path) -> None:
    """Whatever Evolink refuses once it answers again."""
    storage, told = FileStorage(tmp_path / "files"), FakeOperatorChannel()
    storage.prepare()
    pauses = _pauses(store, storage, told)
    one, two, three = [await accept(store, user=user) for user in range(30, 33)]
    for task in (one, two):
        await pauses.unanswered(task)
    await refuse(pauses, three, OutOfCredits("no", None))
    await pauses.end(two)
    await until(lambda: "resumed" in told.read[-1])
