"""Gateways are replaced by successors that take over, while people type and press."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import pytest_asyncio

from sandbox.person import Person
from tests.kit.forks import ForkedBot
from tests.kit.patience import PATIENCE, slowness, until
from tests.kit.ports import free_port
from tests.torture.audit import audit
from tests.torture.crowd import Crowd
from tests.torture.members import SHARDS, Member, Parts, opened
from tests.torture.test_rolling_restart import Typing

HANDS_OVER = "another process takes over"
HAS_HANDED_OVER = "another process has taken over"
GOES_ON = "this one goes on"
WITHOUT_CLAIM = "handled without a claim"
MUST_WAIT = "Discord allows no new session until"


@dataclass
class House:
    """Two gateways and a worker, and somebody who types and presses in each shard."""

    parts: Parts
    typing: Typing
    _number: int = 0

    @property
    def gateways(self) -> list[Member]:
        return [each for each in self.parts.members if each.shard is not None]

    @property
    def failures(self) -> int:
        return sum(self.typing.failed.values())

    async def take_over(self, member: Member) -> ForkedBot:
        """Start a successor without waiting until it is connected; return the old process."""
        old, self._number = member.bot, self._number + 1
        # As in Kubernetes, each has its own name.
        own = {"INSTANCE": f"heir-{self._number}", "METRICS_PORT": str(free_port())}
        member.bot = ForkedBot(old.settings | own, old.folder.parent / own["INSTANCE"])
        member.bot.clock_ahead = old.clock_ahead
        await member.bot.start(*member.arguments, "--take-over")
        return old

    async def take_over_later(self, member: Member, *, seconds: float) -> ForkedBot:
        """The same, with a successor that Discord makes wait before it can connect."""
        gateway = self.parts.discord.gateway
        gateway.starts, gateway.starts_renewed_in = 0, seconds
        old = await self.take_over(member)
        await says(member.bot, MUST_WAIT)
        return old

    @property
    def answered_once(self) -> bool:
        """Whether each got one answer, with another try only where the database was too slow."""
        logs = (
            file.read_text() for file in self.parts.members[0].bot.folder.parent.glob("*/*.log")
        )
        return self.answers(given=True) == {1} and (
            self.answers() == {1} or any(WITHOUT_CLAIM in each for each in logs)
        )

    def answers(self, *, given: bool = False) -> set[int]:
        """Return how often interactions were answered, or were tried to be."""
        every = self.parts.discord.books.to("POST", "/callback")
        counted = Counter(each.path for each in every if not given or each.status in {200, 204})
        return set(counted.values())

    async def ends(self, old: Sequence[ForkedBot] = ()) -> None:
        """Stop everything; nothing was lost, answered or posted twice."""
        parts = self.parts
        await parts.come_to_rest()
        rows = await parts.read()
        bots = [*old, *(member.bot for member in parts.members)]
        assert {await bot.stop() for bot in bots} == {0}
        assert not audit(parts.discord, parts.evolink, rows, parts.told())
        assert self.answers(given=True) == {1}


@pytest_asyncio.fixture
async def house(folder, seed, postgres) -> AsyncGenerator[House]:
    """All of them run."""
    settings = {"QUOTA_IMAGES": "100000", "MENTIONS": "true"}
    async with opened(folder, await postgres.database(), seed, settings) as parts:
        del parts.members[SHARDS + 1 :]
        for member in parts.members:
            await member.start()
        crowd = Crowd(parts.discord, random.Random(seed), SHARDS)  # noqa: S311 - no secret
        yield House(parts, Typing(parts, crowd, presses=True))
        for member in parts.members:
            member.bot.strike(signal.SIGCONT)
            await member.bot.kill()


async def is_ready(bot: ForkedBot, status: int = 200) -> None:
    """Wait until a process says that it is ready, as Kubernetes does; 503: that it isn't."""
    url = f"http://127.0.0.1:{bot.settings['METRICS_PORT']}/readyz"
    async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE * slowness()):
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(url) as answer:
                    if answer.status == status:
                        return
            await asyncio.sleep(0.05)


async def says(bot: ForkedBot, what: str) -> None:
    """Wait until a process has said something in its log."""
    await until(lambda: bot.log.exists() and what in bot.log.read_text())


async def test_nobody_notices(house):
    """Gateways are replaced, and replaced again: everybody who types or presses gets one answer."""
    gone = list[ForkedBot]()
    async with house.typing.under_way():
        for member in (*house.gateways, *house.gateways):
            old = await house.take_over(member)
            await is_ready(member.bot)
            if len(gone) == SHARDS:
                # Nobody stops it: it stays, but does nothing any more.
                await says(old, HAS_HANDED_OVER)
                await is_ready(old, 503)
                await house.typing.goes_on()
                assert old.running
            assert await old.stop() == 0
            await house.typing.goes_on()
            gone.append(old)
    assert not house.failures
    assert house.answered_once
    assert len(house.parts.discord.gateway.sessions) == SHARDS
    await house.ends(gone)


async def test_a_successor_that_dies_before_it_is_connected(house):
    """The old one answers all the time, and hands over to the next one."""
    member, gateway = house.gateways[0], house.parts.discord.gateway
    async with house.typing.under_way():
        old = await house.take_over_later(member, seconds=3600.0)
        await says(old, HANDS_OVER)
        await house.typing.goes_on()
        await member.bot.kill()
        await says(old, GOES_ON)
        await house.typing.goes_on()
        gateway.starts, member.bot = 1000, old
        await house.take_over(member)
        await says(old, HAS_HANDED_OVER)
        await house.typing.goes_on()
    assert not house.failures
    assert house.answered_once
    await house.ends([old])


async def test_whoever_hands_over_dies(house):
    """Nobody has its shards until the successor is connected, which then answers alone."""
    member, gateway = house.gateways[0], house.parts.discord.gateway
    async with house.typing.under_way():
        old = await house.take_over_later(member, seconds=2.0)
        gateway.starts = 1000
        await old.kill()
        await is_ready(member.bot)
        # What was typed before that may stay unanswered.
        await house.typing.goes_on()
        before = house.failures
        await house.typing.goes_on()
        assert house.failures == before
    await house.ends()


async def test_whoever_hands_over_is_frozen(house):
    """It is replaced all the same; once awake, it repeats nothing that its successor has done."""
    member = house.gateways[0]
    async with house.typing.under_way():
        old = await house.take_over(member)
        await says(old, HANDS_OVER)
        old.strike(signal.SIGSTOP)
        await is_ready(member.bot)
        await house.typing.goes_on()
        before = house.failures
        old.strike(signal.SIGCONT)
        await says(old, HAS_HANDED_OVER)
        await house.typing.goes_on()
        assert house.failures == before
    await house.ends([old])


async def test_what_is_delivered_to_both_is_answered_once(house):
    """A command, or a message that mentions the bot."""
    parts, world = house.parts, house.parts.discord.world
    member = house.gateways[(world.studio.id >> 22) % SHARDS]
    person = Person(parts.discord, world.ann, world.general)
    admin = Person(parts.discord, world.admin, world.general)
    await admin.slash("imagine-admin settings", mentions=True)
    old = await house.take_over(member)
    await says(old, HANDS_OVER)
    old.strike(signal.SIGSTOP)
    await is_ready(member.bot)
    member.bot.strike(signal.SIGSTOP)
    # The database knows which tasks were already asked for, but not which lookups were.
    typing = [person.slash("imagine", prompt=f"a fox, number {number:05d}") for number in range(5)]
    typing += [person.slash("tasks") for _ in range(5)]
    typed = [asyncio.create_task(each) for each in typing]
    said = [person.say(f"<@{world.bot.id}> a hare") for _ in range(3)]
    await asyncio.sleep(0.2)
    sessions = parts.discord.gateway.sessions.values()
    assert sum(each.shard[0] == member.shard for each in sessions) == 2
    for bot in (old, member.bot):
        bot.strike(signal.SIGCONT)
    await asyncio.gather(*typed)
    await says(old, HAS_HANDED_OVER)
    await parts.come_to_rest()
    assert house.answered_once
    replies = [
        int(each.body["message_reference"]["message_id"])
        for each in parts.discord.books.to("POST", "/messages")
        if isinstance(each.body, dict) and "message_reference" in each.body
    ]
    cards = Counter(replies)
    assert {each.id: 1 for each in said}.items() <= cards.items()
    assert await old.stop() == await member.bot.stop() == 0
