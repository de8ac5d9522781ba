"""What the operator is told arrives: later, or twice, rather than never."""

import asyncio
from contextlib import suppress
from typing import cast

from bot.services.shared.alerts import MOST_UNTOLD, NEWS, QUIET, Alerts
from bot.services.shared.ports import Chat
from tests.integration.store_kit import NOW, opened


class Channel:
    """The operator's channel, which may be out of reach, or hang."""

    def __init__(self) -> None:
        self.read = list[str]()
        self.there = True
        self.hangs = False

    async def tell_operator(self, text: str) -> bool:
        if self.hangs:
            await asyncio.Event().wait()
        if self.there:
            self.read.append(text)
        return self.there


async def test_what_a_kill_cut_short_is_told_by_the_next_process(tmp_path) -> None:
    """It is noted once it was told, and then not told again."""
    channel = Channel()
    async with opened(tmp_path) as store:
        channel.hangs = True
        killed = Alerts(store, cast("Chat", channel), lambda: NOW)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await killed.warn("key", "The key is refused.")
        channel.hangs = False

        for _ in range(2):
            await Alerts(store, cast("Chat", channel), lambda: NOW + 1).warn("key", "Refused.")
    assert channel.read == ["Refused."]


async def test_what_did_not_arrive_is_told_once_the_channel_is_back(tmp_path) -> None:
    """Once, however many tasks met it meanwhile, and in its order."""
    channel = Channel()
    channel.there = False
    async with opened(tmp_path) as store:
        alerts = Alerts(store, cast("Chat", channel), lambda: NOW)
        for _ in range(5):
            await alerts.warn("key", "The key is refused.")
        await alerts.send("Task 1: lost.")
        await alerts.tell_again()
        assert channel.read == []
        channel.there = True
        for _ in range(2):
            await alerts.tell_again()
    assert channel.read == ["The key is refused.", "Task 1: lost."]


async def test_old_news_are_not_told_and_no_flood_of_them(tmp_path) -> None:
    """A channel that nobody mends costs neither memory nor, once it is back, patience."""
    channel, now = Channel(), [NOW]
    channel.there = False
    async with opened(tmp_path) as store:
        alerts = Alerts(store, cast("Chat", channel), lambda: now[0])
        for number in range(3 * MOST_UNTOLD):
            await alerts.send(str(number))
        now[0] += QUIET
        await alerts.send("newest")
        channel.there = True
        now[0] += NEWS - QUIET
        await alerts.tell_again()
    assert channel.read == ["newest"]
