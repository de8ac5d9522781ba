"""Playing scenarios: once, with every death, with every two deaths, or with a freeze."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from simulator.audit import Finding
from simulator.engine import TRUE, Engine, Process
from simulator.life import Life
from simulator.scenarios import Scenario
from simulator.world import WAITS, Moment, Stage, World


@dataclass(frozen=True)
class Outcome:
    """What a run came to, and at which points its processes died."""

    scenario: str
    deaths: tuple[str, ...]
    findings: list[Finding]


@dataclass
class Tree:
    """All runs of a scenario: each moment at which a process may die is where another begins."""

    stage: Stage
    scenario: Scenario
    engine: Engine = TRUE
    #: Deaths in a run, at most.
    deaths: int = 1
    #: Whether a death is played that is not the first of its run.
    again: Callable[[], bool] = lambda: True
    _seen: set[bytes] = field(default_factory=set[bytes])

    async def runs(self) -> AsyncGenerator[Outcome]:
        """Play them one after the other."""
        async for outcome in self._from(None, ()):
            yield outcome

    async def _from(
        self, begin: Moment | None, deaths: tuple[str, ...]
    ) -> AsyncGenerator[Outcome]:
        world = World(self.stage, self.scenario, begin, deaths)
        if deaths:
            world.clock.now += self.scenario.down
        moments = list[tuple[str, Moment]]()

        def watch(point: str) -> None:
            moment = world.moment()
            if not moments or moments[-1][1] != moment:
                moments.append((f"{len(moments)}: {point}", moment))

        life = Life(watch) if len(deaths) < self.deaths else Life()
        instance = f"other{len(deaths)}" if self.scenario.elsewhere else "main"
        process = world.start(life, self.engine, instance=instance)
        try:
            await world.live(process)
        finally:
            await process.end()
        world.audit()
        yield Outcome(self.scenario.name, deaths, world.findings)
        for point, moment in moments:
            if self._is_new(moment) and (not deaths or self.again()):
                async for outcome in self._from(moment, (*deaths, point)):
                    yield outcome

    def _is_new(self, moment: Moment) -> bool:
        seen = repr((moment.matters, moment.database, moment.files)).encode()
        digest = hashlib.sha256(seen).digest()
        is_new = digest not in self._seen
        self._seen.add(digest)
        return is_new


#: Amid a transaction SQLite lets nobody else write; and an edit that arrives late is late, whatever
#: anybody does: there is no nonce for it, as there is for posts.
_UNFREEZABLE = ("before commit", "before edit card")
#: Uploads of one who was late live 72 hours; files that are gone may surprise it, in the log.
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
        if point not in _UNFREEZABLE:
            found = await _freeze(World(stage, scenario), number, engine)
            findings = [finding for finding in found if finding.promise not in _EXCUSED]
            yield Outcome(scenario.name, (f"frozen at {number}: {point}",), findings)


async def _freeze(world: World, at: int, engine: Engine) -> list[Finding]:
    life = Life(freezes_at=at)
    first = world.start(life, engine)
    working = asyncio.create_task(world.work(first))
    async with asyncio.timeout(10):
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
