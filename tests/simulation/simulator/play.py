"""Playing scenarios: once, with every death, with every two deaths, or with a freeze."""

import hashlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from simulator.audit import Finding
from simulator.engine import TRUE, Engine
from simulator.life import Life
from simulator.scenarios import Scenario
from simulator.world import WAITS, Moment, Stage, World


@dataclass(frozen=True)
class Outcome:
    """What a run came to, and at which points its processes died."""

    deaths: tuple[str, ...]
    findings: list[Finding]


@dataclass
class Tree:
    """All runs of a scenario: the last process's death at each point is a branch of its own."""

    stage: Stage
    scenario: Scenario
    engine: Engine = TRUE
    #: Deaths in a run, at most.
    deaths: int = 1
    #: Which second deaths are played; all, unless told otherwise.
    chosen: Callable[[], bool] = lambda: True
    _seen: set[bytes] = field(default_factory=set[bytes])

    async def runs(self) -> AsyncGenerator[Outcome]:
        """Play them one after the other."""
        async for outcome in self._from(None, ()):
            yield outcome

    async def _from(self, moment: Moment | None, deaths: tuple[str, ...]) -> AsyncGenerator[Outcome]:
        world = World(self.stage, self.scenario, moment)
        if deaths:
            world.clock.now += self.scenario.down
        left = list[tuple[str, Moment]]()

        def watch(name: str) -> None:
            moment = world.moment()
            if not left or left[-1][1] != moment:
                left.append((f"{len(left)}: {name}", moment))

        last = len(deaths) == self.deaths
        life = Life() if last else Life(watch)
        instance = f"other{len(deaths)}" if self.scenario.elsewhere else "main"
        process = world.start(life, self.engine, instance=instance)
        try:
            await world.live(process)
        finally:
            await process.end()
        world.audit()
        yield Outcome(deaths, world.findings)
        for name, moment in left:
            if self._is_new(moment) and (not deaths or self.chosen()):
                async for outcome in self._from(moment, (*deaths, name)):
                    yield outcome

    def _is_new(self, moment: Moment) -> bool:
        digest = hashlib.sha256(repr(moment).encode()).digest()
        is_new = digest not in self._seen
        self._seen.add(digest)
        return is_new


