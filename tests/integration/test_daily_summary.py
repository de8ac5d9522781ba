"""The line that the operator reads once a day."""

import asyncio
from contextlib import suppress

from bot.domain.draft import Draft
from bot.domain.ids import ServerId, UserId
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.window import DAY
from bot.services.work.daily_summary import DailySummary
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.integration.store_kit import NOW, queue, run

MINUTE, HOUR = 60_000, 3_600_000
ANN = Requester(ServerId(10), UserId(20))


def summary_of(store, channel: FakeOperatorChannel, now: int) -> DailySummary:
    """As a process tells it that starts now."""
    return DailySummary(store=store, chat=channel, clock=lambda: now, image_price=0.03)


async def test_a_day(store) -> None:
    """What was drawn, how tasks ended, what was refused, and what is still open."""
    channel = FakeOperatorChannel()
    await summary_of(store, channel, NOW).run_once()
    request = Request(prompt="a fox", count=3)
    for drawn in (0, None):
        task = await run(store, request=request, now=NOW + MINUTE)
        failed = task.failed(NOW + MINUTE, "x", drawn=drawn)
        await store.tasks.save(failed, "failed", now=NOW)
    task = await run(store, request=request, now=NOW + MINUTE)
    task = await store.tasks.save(task.ready(NOW, drawn=2), "ready", now=NOW)
    await store.tasks.save(task.delivered(NOW + MINUTE, 2), "delivered", now=NOW)
    await queue(store, now=NOW + DAY - 5 * HOUR)
    waits = await queue(store, now=NOW + DAY - MINUTE)
    for number, reason in enumerate(("QuotaReached", "QueueFull", ""), 1):
        await store.drafts.save(
            Draft(prompt="x"), number, ANN, now=NOW + MINUTE, forget=0, reason=reason
        )
    await summary_of(store, channel, NOW + DAY).run_once()
    (text,) = channel.read
    assert text == (
        "The last 24 hours: 5 images ($0.15); tasks: 1 delivered, 2 failed; 2 requests refused. "
        f"2 open, the oldest (task {waits.id - 1}) for 5 h."
    )
    # A minute later, that is more than a day ago.
    await summary_of(store, channel, NOW + 2 * DAY + 2 * MINUTE).run_once()
    assert "0 images ($0.00); no task ended; 0 requests refused" in channel.read[-1]


async def test_once_a_day_whatever_happens(store) -> None:
    """Even after restarts; it is repeated until it arrives; the first day has nothing to report."""
    channel = FakeOperatorChannel()
    for now in (NOW, NOW + MINUTE):
        await summary_of(store, channel, now).run_once()
    assert channel.read == []
    channel.is_there = False
    await summary_of(store, channel, NOW + DAY).run_once()
    channel.hangs = True
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await summary_of(store, channel, NOW + DAY).run_once()
    channel.is_there, channel.hangs = True, False
    for now in (NOW + DAY, NOW + DAY + MINUTE, NOW + 2 * DAY - MINUTE):
        await summary_of(store, channel, now).run_once()
    assert len(channel.read) == 1
    await summary_of(store, channel, NOW + 2 * DAY).run_once()
    assert len(channel.read) == 2
    assert (
        "0 images ($0.00); no task ended; 0 requests refused. Nothing is open." in channel.read[0]
    )


async def test_a_clock_that_is_set_back_tells_nothing_again(store) -> None:
    """Nor another process with a clock behind, around midnight; one years ahead was wrong."""
    channel = FakeOperatorChannel()
    midnight = NOW - NOW % DAY
    for now in (midnight - DAY, midnight, midnight - MINUTE, midnight + MINUTE):
        await summary_of(store, channel, now).run_once()
    assert len(channel.read) == 1
    await summary_of(store, channel, midnight + 999 * DAY).run_once()
    await summary_of(store, channel, midnight + DAY).run_once()
    assert len(channel.read) == 3
