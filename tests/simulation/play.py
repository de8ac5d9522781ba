"""Playing scenarios: once, with every death, with every two deaths, or with a freeze."""

import asyncio
import hashlib
import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from tests.kit.patience import PATIENCE
from tests.simulation.audit import Finding
from tests.simulation.engine import TRUE, Engine
from tests.simulation.life import Life
from tests.simulation.scenario import Scenario
from tests.simulation.world import WAITS, Moment, Stage, World


@dataclass(frozen=True)
class Outcome:
    """The result of a run, and the points at which its processes died."""

    scenario: str
    deaths: tuple[str, ...]
    findings: list[Finding]
    #: How each task ended, and what was charged: "delivered 1".
    ends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Branch:
    """Where a run begins: what the previous process left behind."""

    moment: Moment | None
    deaths: tuple[str, ...]


@dataclass
class Tree:
    """All runs of a scenario: each moment at which a process may die starts another run.

    All first deaths are played; of the second ones, during the recovery, all (``share`` is 1) or
    those in that share of the recoveries.
    """

    stage: Stage
    scenario: Scenario
    engine: Engine = TRUE
    share: float = 0
    _seen: set[bytes] = field(default_factory=set[bytes])

    def __post_init__(self) -> None:
        self._chance = random.Random(self.scenario.name)  # noqa: S311 - no secret

    async def runs(self) -> AsyncGenerator[Outcome]:
        """Play them one after the other."""
        first = list[Branch]()
        yield await self._play(Branch(None, ()), first)
        for branch in first:
            second = list[Branch]()
            watched = self._chance.random() < self.share
            yield await self._play(branch, second if watched else None)
            for again in second if self.share == 1 else self._one_of(second):
                yield await self._play(again, None)

    async def _play(self, branch: "Branch", next_ones: "list[Branch] | None") -> Outcome:
        """Play from a moment on; record the moments at which this process may die."""
        deaths = branch.deaths
        world = World(self.stage, self.scenario, branch.moment, deaths)
        if deaths:
            world.clock.now += self.scenario.down

        def watch(point: str) -> None:
            moment = world.moment()
            if next_ones is not None and self._is_new(moment):
                next_ones.append(Branch(moment, (*deaths, f"{life.points}: {point}")))

        life = Life() if next_ones is None else Life(watch)
        instance = f"other{len(deaths)}" if self.scenario.elsewhere else "main"
        process = world.start(life, self.engine, instance=instance)
        try:
            await world.live(process)
        finally:
            await process.end()
        world.audit()
        return Outcome(self.scenario.name, deaths, world.findings, world.ends())

    def _one_of(self, branches: "list[Branch]") -> "list[Branch]":
        return self._chance.sample(branches, min(1, len(branches)))

    def _is_new(self, moment: Moment) -> bool:
        seen = repr((moment.matters, moment.database, moment.files)).encode()
        digest = hashlib.sha256(seen).digest()
        is_new = digest not in self._seen
        self._seen.add(digest)
        return is_new


#: During a transaction, SQLite lets nobody else write.
_UNFREEZABLE = "before commit"
#: A late process's uploads live 72 hours; it may log errors about files that are gone.
_EXCUSED = ("uploads deleted", "no fault of its own")


async def freezes(
    stage: Stage, scenario: Scenario, engine: Engine = TRUE
) -> AsyncGenerator[Outcome]:
    """Freeze a process at each point until its lease has run out and another has done its work.

    Then it goes on as if nothing had happened, as suspended machines do.
    """
    points = list[str]()
    world = World(stage, scenario)
    process = world.start(Life(points.append), engine)
    await world.work(process)
    await process.end()
    for number, point in enumerate(points, start=1):
        if point != _UNFREEZABLE:
            found = await _freeze(World(stage, scenario), number, engine)
            findings = [finding for finding in found if finding.promise not in _EXCUSED]
            yield Outcome(scenario.name, (f"frozen at {number}: {point}",), findings)


async def _freeze(world: World, at: int, engine: Engine) -> list[Finding]:
    life = Life(freezes_at=at)
    # Discord remembers a nonce for minutes; a machine may be suspended for longer.
    world.discord.nonce_life = 0
    first = world.start(life, engine)
    working = asyncio.create_task(world.work(first))
    async with asyncio.timeout(PATIENCE):
        await life.frozen.wait()
    second = world.start(Life(), engine, instance="other")
    world.clock.now += WAITS.lease + 1
    try:
        await world.work(second)
        life.thaw()
        await working
        await world.work(second)
    finally:
        working.cancel()
        for process in (first, second):
            await process.end()
    world.audit()
    return world.findings


async def lost_commits(
    stage: Stage, scenario: Scenario, engine: Engine = TRUE, share: float = 1
) -> AsyncGenerator[Outcome]:
    """Lose the answer to each write: it is committed, but its writer sees it fail.

    ``share``: only to this share of them, at random.
    """
    chance = random.Random(scenario.name)  # noqa: S311 - no secret
    number, writes = 0, 1
    while number <= writes:
        lost = (f"lost: write {number}",) if number else ()
        world = World(stage, scenario, deaths=lost)
        process = world.start(Life(), engine)
        process.files.loses = number
        try:
            await world.live(process)
        finally:
            await process.end()
        world.audit()
        yield Outcome(scenario.name, lost, world.findings, world.ends())
        number, writes = number + 1, process.files.writes
        while chance.random() >= share:
            number += 1
