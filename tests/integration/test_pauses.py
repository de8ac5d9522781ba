"""Who is told what when Evolink, or something in front of it, says that we ask too often."""

import asyncio

from bot.domain.durations import Durations
from bot.domain.task import Task
from bot.errors import OutOfCredits, RateLimited, Withheld
from bot.files import FileStorage
from bot.services.shared.alerts import Alerts
from bot.services.shared.pauses import Pauses
from bot.store.store import Store
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.integration.store_kit import NOW, accept, opened


def _pauses(
    store: Store, storage: FileStorage, told: FakeOperatorChannel, *, blocked_seconds: float
) -> Pauses:
    return Pauses(
        store=store,
        alerts=Alerts(store, told, lambda: NOW),
        storage=storage,
        durations=Durations(),
        clock=lambda: NOW,
        blocked_seconds=lambda: blocked_seconds,
    )


async def refuse(pauses: Pauses, task: Task, error: Withheld) -> None:
    """Have Evolink refuse a task, and the operator be told of it."""
    if (news := (await pauses.begin(task, error)).news) is not None:
        await pauses.tell(news, task, error)


async def test_a_page_in_front_is_no_trouble_of_the_accounts(tmp_path) -> None:
    """The operator hears of what two tasks have met, not of what shuts this process out."""
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
    """Whatever Evolink asks for, it is tried again after an hour."""
    async with opened(tmp_path) as store:
        storage, told = FileStorage(tmp_path / "files"), FakeOperatorChannel()
        storage.prepare()
        pauses = _pauses(store, storage, told, blocked_seconds=0.0)
        task = await accept(store)

        refusal = await pauses.begin(task, RateLimited("slow down", 1e9))
        assert refusal.until == NOW + 60 * 60 * 1000


async def test_refusals_at_the_same_moment_are_both_counted(store, other, tmp_path) -> None:
    """Two processes have met one each, so the account is at fault; neither overwrites the other."""
    storage, told = FileStorage(tmp_path / "files"), FakeOperatorChannel()
    storage.prepare()
    mine, theirs = (_pauses(each, storage, told, blocked_seconds=0.0) for each in (store, other))
    one, two = await accept(store), await accept(store, user=21)
    # Both know that there is none.
    assert (await mine.trouble(), await theirs.trouble()) == (None, None)
    refused = OutOfCredits("no", None)
    await asyncio.gather(refuse(mine, one, refused), refuse(theirs, two, refused))
    trouble = await mine.trouble()
    assert trouble is not None
    assert (trouble.shared, trouble.said, trouble.told) == (True, True, True)
    assert ["out of credits" in text for text in told.read] == [True]
