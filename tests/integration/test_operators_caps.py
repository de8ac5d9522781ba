"""The operator's caps of a day and a month: what counts to them, and the warning about credits."""

from bot.domain.ids import ServerId
from bot.domain.quota import Drawn, day_of
from bot.domain.quota_change import EVERYWHERE
from bot.domain.quota_settings import OperatorRules
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.window import DAY, Window, period
from bot.errors import NotTaken
from bot.services.work.credit_watch import CreditWatch
from bot.store.facts import OPERATOR
from bot.store.quotas import MONTH_KNOWN
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.integration.store_kit import GUILD, NOW, USER, accept, queue, run, settle, start

WHO = Requester(GUILD, USER)


async def drawn(store, count: int, now: int) -> None:
    """Have so many drawn."""
    await run(store, request=Request(prompt="x", count=count), now=now)


async def test_a_month_counts_what_was_drawn_before_today(store, other) -> None:
    """In UTC, each image once; without a cap nothing is summed, and a new cap counts at once."""
    month = period(Window.MONTH, NOW, "UTC")
    for now, count in ((month.since - 1, 7), (month.since, 2), (NOW - DAY, 3), (NOW, 4)):
        await drawn(store, count, now)
    await accept(store, request=Request(prompt="waits", count=1), now=NOW)
    # Evolink may have accepted it yesterday; it is sent again, so it counts once, today.
    await queue(store, now=NOW - DAY)
    (task,) = await start(store, now=NOW - DAY)
    task = await store.tasks.save(task.submitting(NOW - DAY), "submitting", now=NOW - DAY)
    await store.tasks.save(task.requeued(NOW, same_key=True), "queued", now=NOW)
    usage = await store.quotas.usage(WHO, now=NOW)
    assert (usage.before.images, usage.used_total) == (0, 6)
    await settle(store, EVERYWHERE, OperatorRules(day=9, month=100))
    # A second before midnight: a sum cached then doesn't hold for the next day.
    assert (await store.quotas.usage(WHO, now=day_of(NOW) - 1_000)).before.images == 2
    usage = await store.quotas.usage(WHO, now=NOW + 1)
    assert (usage.before.images, usage.used_total) == (5, 6)
    assert usage.operator_rules == OperatorRules(day=9, month=100)
    assert (await other.quotas.usage(WHO, now=NOW)).before.images == 5
    following = await store.quotas.usage(WHO, now=NOW + DAY)
    assert (following.before.images, following.used_total) == (9, 2)
    assert (await store.quotas.usage(WHO, now=month.until)).before.images == 0


async def test_a_reservation_knows_the_month(store, other) -> None:
    """The decision uses what others see; another process's cap counts at once."""
    await drawn(store, 3, NOW - DAY)
    seen = list[int]()
    for now in (NOW, NOW + 1, NOW + MONTH_KNOWN):
        await store.quotas.reserve(
            WHO, lambda book, now=now: seen.append(book.usage(now=now).before.images), now=now
        )
        await settle(other, EVERYWHERE, OperatorRules(month=50))
        assert (await store.quotas.usage(WHO, now=now)).before.images == 3
    assert seen == [0, 3, 3]


async def test_credits_are_those_that_evolink_told_and_else_those_expected(store) -> None:
    """What wasn't drawn costs nothing; an unknown outcome costs the expected amount."""
    three = Request(prompt="x", count=3)

    async def costs() -> int:
        return (await store.quotas.usage(WHO, now=NOW)).used_credits

    ready, scaled, failed, lost, late = [
        await run(store, request=three, credits_expected=6_000) for _ in range(5)
    ]
    await accept(store, request=three, credits_expected=6_000)
    assert await costs() == 6 * 6_000
    for task, kind in (
        (ready.ready(NOW, drawn=3, credits_used=6_120), "ready"),
        (scaled.ready(NOW, drawn=2), "ready"),
        (failed.failed(NOW, "x", drawn=0), "failed"),
        (lost.failed(NOW, "x"), "failed"),
        # An earlier attempt may have drawn, too.
        (late.ready(NOW, credits_used=6_120), "ready"),
    ):
        await store.tasks.save(task, kind, now=NOW)
    assert await costs() == 6_120 + 4_000 + 0 + 6_000 + 6_000 + 6_000
    await settle(store, EVERYWHERE, OperatorRules(credits_month=9))
    following = await store.quotas.usage(WHO, now=NOW + DAY)
    assert following.before == Drawn(3 + 2 + 0 + 3 + 3, 6_120 + 4_000 + 6_000 + 6_000)
    assert following.used_credits == 6_000


async def test_caps_that_cannot_be_read_are_none(store) -> None:
    """A later version, or a manual edit of the database, may leave them."""
    for value in ("x", [], {"day": "many", "month": None}, {"day": None}):
        await store.facts.put(OPERATOR, value)
        assert (await store.quotas.usage(WHO, now=NOW)).operator_rules == OperatorRules()


async def test_servers_by_use(store) -> None:
    """Most first; direct messages are server 0."""
    for server, count in ((GUILD, 2), (ServerId(GUILD + 1), 5), (None, 1)):
        await run(store, request=Request(prompt="x", count=count), server=server)
    when = period(Window.MONTH, NOW, "UTC")
    found = await store.quotas.servers(when, most=9, skip=0)
    assert found == ((ServerId(GUILD + 1), 5), (GUILD, 2), (0, 1))
    assert await store.quotas.servers(when, most=1, skip=1) == ((GUILD, 2),)


class Balance:
    """An account."""

    left: float | None = 500.0

    async def credits(self) -> float | None:
        if self.left == -1:
            raise NotTaken("out of reach")
        return self.left


async def test_few_credits_are_told_once(store) -> None:
    """Even after a restart; again after there were enough, or if the number changes."""
    account, channel = Balance(), FakeOperatorChannel()

    async def look() -> int:
        await CreditWatch(store=store, account=account, chat=channel).run_once()
        return len(channel.read)

    account.left = 1.5
    assert await look() == 0
    await settle(store, EVERYWHERE, OperatorRules(warn_below=100))
    assert (await look(), await look()) == (1, 1)
    assert channel.read == ["1.5 credits are left at Evolink, fewer than 100. Add some."]
    account.left = 100.0
    assert await look() == 1
    account.left = 99.5
    assert await look() == 2
    account.left = 1_234_567.5
    await settle(store, EVERYWHERE, OperatorRules(warn_below=10_000_000))
    assert await look() == 3
    assert channel.read.pop().startswith("1234567.5 credits")
    account.left = 100.0
    await settle(store, EVERYWHERE, OperatorRules(warn_below=100))
    assert await look() == 2
    account.left = 99.0
    channel.is_there = False
    assert await look() == 2
    channel.is_there = True
    assert await look() == 3
    await settle(store, EVERYWHERE, OperatorRules(warn_below=200))
    assert await look() == 4
    account.left = None
    assert await look() == 4
