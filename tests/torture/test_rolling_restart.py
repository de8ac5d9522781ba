"""All processes are replaced, one after the other, while people draw."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from sandbox.person import InteractionFailed, Person, Refused
from tests.kit.patience import until
from tests.torture.audit import audit
from tests.torture.crowd import Crowd
from tests.torture.members import SHARDS, Member, Parts, opened


@dataclass
class Typing:
    """Somebody in a server of each shard, who draws again and again."""

    parts: Parts
    crowd: Crowd
    #: Whether they also press buttons of what they get.
    presses: bool = False
    #: How many commands were answered in time, by shard; and how many were not.
    answered: dict[int, int] = field(default_factory=lambda: defaultdict[int, int](int))
    failed: dict[int, int] = field(default_factory=lambda: defaultdict[int, int](int))
    _number: int = 0

    async def run(self, shard: int) -> None:
        """Type until cancelled, in a channel of this shard."""
        person = self.somebody(shard)
        while True:
            self._number += 1
            try:
                asked = await person.slash("imagine", prompt=f"a fox, number {self._number:05d}")
                if self.presses and asked.message is not None and asked.message.buttons:
                    # The card may have gone meanwhile.
                    with suppress(Refused):
                        await person.press(asked.message, asked.message.buttons[0])
            except InteractionFailed:
                self.failed[shard] += 1
            else:
                self.answered[shard] += 1
            await asyncio.sleep(0.1)

    def somebody(self, shard: int) -> Person:
        """Return a person in a server of this shard, in a channel of it."""
        # Discord's rule for what belongs to a shard.
        room = next(
            each
            for each in self.crowd.channels
            if each.guild is not None and (each.guild.id >> 22) % SHARDS == shard
        )
        return Person(self.parts.discord, self.crowd.people[shard], room)

    @asynccontextmanager
    async def under_way(self) -> AsyncGenerator[None]:
        """Somebody types in each shard inside the block."""
        working = [asyncio.create_task(self.run(shard)) for shard in range(SHARDS)]
        try:
            await asyncio.sleep(1)
            assert not any(each.done() for each in working)
            await self.goes_on()
            yield
        finally:
            for each in working:
                each.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    async def goes_on(self) -> None:
        """Wait until both are answered again."""
        before = dict(self.answered)
        await until(lambda: all(self.answered[n] > before.get(n, 0) + 2 for n in range(SHARDS)))


async def _replace(member: Member) -> None:
    """Start its successor, which waits for the place; then stop it."""
    old = member.bot
    member.bot = type(old)(old.settings, old.folder)
    member.bot.clock_ahead = old.clock_ahead
    starting = asyncio.create_task(member.start())
    await until(lambda: member.bot.running)
    await asyncio.sleep(0.5)
    assert await old.stop() == 0
    await starting


async def test_nothing_is_lost_and_only_one_shard_waits(folder, seed, postgres):
    """Replacing a worker goes unnoticed; during a gateway's, only its own servers go unanswered."""
    settings = {"QUOTA_IMAGES": "100000"}
    async with opened(folder, await postgres.database(), seed, settings) as parts:
        for member in parts.members:
            await member.start()
        crowd = Crowd(parts.discord, random.Random(seed), SHARDS)  # noqa: S311 - no secret
        typing = Typing(parts, crowd)
        async with typing.under_way():
            for member in sorted(parts.members, key=lambda each: each.name, reverse=True):
                before = dict(typing.failed)
                await _replace(member)
                await typing.goes_on()
                noticed = {
                    shard for shard, times in typing.failed.items() if times > before.get(shard, 0)
                }
                assert noticed <= ({member.shard} - {None}), member.name
        await parts.come_to_rest()
        rows = await parts.read()
        assert [await member.bot.stop() for member in parts.members] == [0] * 5
        assert not audit(parts.discord, parts.evolink, rows, parts.told())
        # Everybody who saw a card got images; a card that a gateway was about to show when it was
        # stopped wasn't drawn.
        shown = [row for row in rows.tasks if row["card_id"] is not None]
        assert {row["state"] for row in shown} == {"delivered"}
        # Somebody who types all the time hits the gap once or twice.
        assert all(times <= 3 for times in typing.failed.values()), typing.failed
