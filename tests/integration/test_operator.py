"""What the operator is told arrives: later, or twice, rather than never."""

import asyncio
from contextlib import suppress

from bot.errors import StoreUnavailable
from bot.services.shared.alerts import MOST_UNTOLD, NEWS, QUIET, Alerts
from bot.services.shared.durable_writes import DurableWrites
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.integration.store_kit import NOW, opened
from tests.kit.patience import PATIENCE, slowness


async def test_what_a_kill_cut_short_is_told_by_the_next_process(tmp_path) -> None:
    """It is noted once it was told, and then not told again."""
    channel = FakeOperatorChannel()
    async with opened(tmp_path) as store:
        channel.hangs = True
        killed = Alerts(store, channel, lambda: NOW)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await killed.warn("key", "The key is refused.")
        channel.hangs = False

        for _ in range(2):
            await Alerts(store, channel, lambda: NOW + 1).warn("key", "Refused.")
    assert channel.read == ["Refused."]


async def test_two_processes_tell_of_a_trouble_once_an_hour_together(tmp_path) -> None:
    """Whichever told last: the other one reads that, though it remembers an earlier time."""
    channel, now = FakeOperatorChannel(), NOW
    async with opened(tmp_path) as store:
        one, other = (Alerts(store, channel, lambda: now) for _ in range(2))
        await one.warn("key", "first")
        now = NOW + QUIET
        await other.warn("key", "second")
        now = NOW + QUIET + 1
        await one.warn("key", "third")
    assert channel.read == ["first", "second"]


async def test_what_did_not_arrive_is_told_once_the_channel_is_back(tmp_path) -> None:
    """Once, however many tasks met it meanwhile, and in its order."""
    channel = FakeOperatorChannel()
    channel.is_there = False
    async with opened(tmp_path) as store:
        alerts = Alerts(store, channel, lambda: NOW)
        for _ in range(5):
            await alerts.warn("key", "The key is refused.")
        await alerts.send("Task 1: lost.")
        await alerts.tell_again()
        assert channel.read == []
        channel.is_there = True
        for _ in range(2):
            await alerts.tell_again()
    assert channel.read == ["The key is refused.", "Task 1: lost."]


async def test_old_news_are_not_told_and_no_flood_of_them(tmp_path) -> None:
    """A channel that nobody mends costs neither memory nor, once it is back, patience."""
    channel, now = FakeOperatorChannel(), [NOW]
    channel.is_there = False
    async with opened(tmp_path) as store:
        alerts = Alerts(store, channel, lambda: now[0])
        for number in range(3 * MOST_UNTOLD):
            await alerts.send(str(number))
        now[0] += QUIET
        await alerts.send("newest")
        channel.is_there = True
        now[0] += NEWS - QUIET
        await alerts.tell_again()
    assert channel.read == ["newest"]


async def test_what_was_paid_for_does_not_wait_for_the_operator(tmp_path) -> None:
    """It is written as soon as the database is back, whether Discord takes the alert or not."""
    channel = FakeOperatorChannel(hangs=True)
    failures = [StoreUnavailable("database is locked")]

    async def write() -> str:
        if failures:
            raise failures.pop()
        return "written"

    async with opened(tmp_path) as store, asyncio.timeout(PATIENCE * slowness()):
        durable = DurableWrites(Alerts(store, channel, lambda: NOW).send_soon)
        assert await durable.until_written(write) == "written"
