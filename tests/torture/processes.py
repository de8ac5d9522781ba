"""Two gateways and three workers, each killed, frozen and cut off, while people draw."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.faults import Fault
from tests.kit.link import Link, Lost
from tests.torture.crowd import Crowd
from tests.torture.members import LATER, SHARDS, Member, Parts, opened
from tests.torture.mishaps import Mishaps
from tests.torture.progress import ACCEPTED, OPEN, until_reached
from tests.torture.report import Report, report

#: How many processes are struck at the same time.
LANES = 2
#: The most seconds that Discord takes to do what it was asked, even if its answer can't be sent
#: any more. The bot allows ten.
LATEST = 8.0
#: About one COMMIT in so many is lost, or its answer is; within twice as many, one certainly is.
LOSES = 150


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The size of a run."""

    tasks: int
    #: By SIGKILL; as many other strikes come in between.
    kills: int
    seed: int
    #: Tasks that are open at a time.
    in_flight: int = 20

    @property
    def quota(self) -> int:
        """Images for each user of a server: some reach the limit, others don't."""
        return max(12, self.tasks // 7)


async def run(plan: Plan, folder: Path, url: str) -> Report:
    """Run it with a database of its own at ``url``."""
    settings = {"QUOTA_IMAGES": str(plan.quota)}
    async with opened(folder, url, plan.seed, settings) as parts:
        return await Loop(plan, parts).run()


@dataclass
class Loop:
    """One run."""

    plan: Plan
    parts: Parts
    strikes: Counter[str] = field(default_factory=Counter[str])
    #: Tasks whose cards were shown so far, according to the bot; the audit asks Discord.
    accepted: int = 0
    stalled: bool = False
    #: COMMITs until one is lost.
    _to_lose: int = LOSES
    _struck: set[Member] = field(default_factory=set[Member])
    _background: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    def __post_init__(self) -> None:
        self.chance = random.Random(self.plan.seed)  # noqa: S311 - decides about faults, not secrets
        parts = self.parts
        self.crowd = Crowd(parts.discord, self.chance, SHARDS)
        # Only its nonce protects a post that was frozen between the deadline's check and the wire.
        self.mishaps = Mishaps(parts.discord, parts.evolink, self.chance, nonces=True)

    async def run(self) -> Report:
        """Type and strike as planned, let it come to rest, and audit."""
        began, parts, planned = time.monotonic(), self.parts, iter(self._planned())
        # One after the other, since the first makes the tables.
        for member in parts.members:
            await member.start()
        self._begin()
        goings_on = (
            self._type(),
            self._look_after(),
            self.crowd.close_a_door(),
            self.mishaps.reset_gateway(),
        )
        self._background = [asyncio.create_task(work) for work in goings_on]
        lanes = [asyncio.create_task(self._strike(planned)) for _ in range(LANES)]
        try:
            await asyncio.gather(*lanes)
            await self._until(lambda: self.accepted >= self.plan.tasks)
        except TimeoutError:
            self.stalled = True  # the audit tells why
        finally:
            for work in (*self._background, *lanes):
                work.cancel()
            await asyncio.gather(*self._background, *lanes, return_exceptions=True)
        for member in parts.members:
            member.mend()
            await parts.look_after(member)
        faults = self.mishaps.clear()
        await self.crowd.settle()
        await parts.come_to_rest()
        rows = await parts.read()
        codes = [await member.bot.stop() for member in parts.members]
        # A process started during the last faults may have ended; nothing restarts it any more.
        parts.exits += [code for code in codes if code not in {0, LATER}]
        return report(
            discord=parts.discord,
            evolink=parts.evolink,
            rows=rows,
            told=parts.told(),
            logs=[member.bot.log for member in parts.members],
            seed=self.plan.seed,
            seconds=time.monotonic() - began,
            unanswered=self.crowd.unanswered,
            kills=self.strikes,
            faults=faults,
            exits=parts.exits,
            quota=self.plan.quota,
        )

    def _begin(self) -> None:
        parts = self.parts
        # A task takes less time than a slow edit, so an edit that isn't held back comes after its
        # end, and after others' edits meanwhile. A dead process holds its task for as long as that.
        delay = min(parts.lease / 2, LATEST)
        slow = Fault("PATCH", "@original$", probability=0.15, delay=delay)
        parts.discord.faults.add(slow)
        self.mishaps.begin()
        for member in parts.members:
            member.database.fate = self._fate

    def _fate(self) -> Lost | None:
        self._to_lose -= 1
        if self._to_lose:
            return None
        self._to_lose = self.chance.randint(1, 2 * LOSES)
        self.strikes["a COMMIT lost"] += 1
        return self.chance.choice(list(Lost))

    async def _type(self) -> None:
        """Keep some tasks open, mostly while somebody could answer."""
        parts, chance = self.parts, self.chance
        while True:
            self.accepted = await parts.count(ACCEPTED)
            if await parts.count(OPEN) < self.plan.in_flight:
                self.crowd.type_one()
                if chance.random() < 0.2:
                    # Its card stays, and says so.
                    parts.evolink.behaviour.next_failures.append("content_policy_violation")
            await asyncio.sleep(0.05)

    async def _look_after(self) -> None:
        """Restart what has ended by itself."""
        while True:
            for member in self.parts.members:
                if member not in self._struck:
                    self._struck.add(member)
                    await self.parts.look_after(member)
                    self._struck.discard(member)
            await asyncio.sleep(0.1)

    def _planned(self) -> Iterator[tuple[float, str, Member]]:
        """Yield after how many tasks what happens to whom: each process and each kind in turn."""
        plan, chance = self.plan, self.chance
        kinds = chance.sample(list(_STRIKES), len(_STRIKES))
        members = chance.sample(self.parts.members, len(self.parts.members))
        for number in range(plan.kills):
            due = plan.tasks * number / plan.kills
            yield due, "killed", members[number % len(members)]
            yield due, kinds[number % len(kinds)], chance.choice(members)

    async def _strike(self, planned: Iterator[tuple[float, str, Member]]) -> None:
        for due, kind, member in planned:
            await self._until(lambda due=due: self.accepted >= due)
            await self._until(lambda member=member: member not in self._struck)
            self._struck.add(member)
            self.strikes[kind] += 1
            await _STRIKES.get(kind, _kill)(self, member)
            self._struck.discard(member)

    async def out(self) -> None:
        """Wait for longer than leases last."""
        await asyncio.sleep(self.parts.lease + self.chance.uniform(0.2, 1.0))

    async def _until(self, what: Callable[[], bool]) -> None:
        await until_reached(what, lambda: self.accepted, self._background)


async def _kill(loop: Loop, member: Member) -> None:
    await asyncio.sleep(loop.chance.uniform(0.0, 0.5))
    await member.bot.kill()
    await asyncio.sleep(loop.chance.uniform(0.0, 1.0))
    await member.start()


async def _freeze(loop: Loop, member: Member) -> None:
    """Like a paused virtual machine, it wakes up in the middle of its work."""
    member.bot.strike(signal.SIGSTOP)
    await loop.out()
    member.bot.strike(signal.SIGCONT)


async def _cut(loop: Loop, way: Link, *, silently: bool) -> None:
    way.cut(silently=silently)
    await loop.out()
    way.mend()


_STRIKES: Mapping[str, Callable[[Loop, Member], Awaitable[None]]] = {
    "frozen": _freeze,
    "the database silent": lambda loop, member: _cut(loop, member.database, silently=True),
    "the database refusing": lambda loop, member: _cut(loop, member.database, silently=False),
    "Discord silent": lambda loop, member: _cut(loop, member.chat, silently=True),
    "Discord refusing": lambda loop, member: _cut(loop, member.chat, silently=False),
}
