"""The loop: people type, the bot is killed and restarted, and the audit runs at the end."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path

from tests.kit.patience import until
from tests.torture import mishaps
from tests.torture.audit import Rows
from tests.torture.crowd import Crowd
from tests.torture.mishaps import Mishaps
from tests.torture.progress import ACCEPTED, OPEN, until_reached
from tests.torture.report import Report, report
from tests.torture.stage import Stage, opened

#: At which requests the bot is killed, unless at a random moment; important ones twice.
MOMENTS = (
    mishaps.CALLBACK,
    mishaps.PAGE,
    mishaps.PAGE,
    mishaps.CARD,
    mishaps.LOOK,
    mishaps.ATTACHMENT,
    mishaps.GENERATION,
    mishaps.GENERATION,
    mishaps.READ,
    mishaps.RESULT,
    mishaps.UPLOAD,
    mishaps.REMOVAL,
)
#: How some drawings fail.
FAILURES = ("content_policy_violation", "generation_timeout", "service_unavailable")
#: What the operator reads about a failure that the code doesn't expect.
UNFORESEEN = "unexpected error"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of it."""

    tasks: int
    kills: int
    seed: int
    #: As ``stage.opened`` has them.
    trusted: bool = False
    fresh: bool = False
    #: As in ``Mishaps``. With nonces, one kill in four comes after a freeze: a post that was frozen
    #: between the deadline's check and the wire is protected only by its nonce.
    nonces: bool = False
    #: Tasks that are open at a time.
    in_flight: int = 30


async def run(plan: Plan, folder: Path) -> Report:
    """Run the loop with its data in ``folder``."""
    async with opened(folder, seed=plan.seed, trusted=plan.trusted, fresh=plan.fresh) as stage:
        running = asyncio.create_task(Loop(plan, stage).run())
        with suppress(TimeoutError):
            await until(running.done, 120 + plan.tasks, every=0.1)
        if not running.done():
            hanging = _stacks()
            running.cancel()
            raise AssertionError(f"seed {plan.seed} does not end:\n{hanging}")
        return running.result()


def _stacks() -> str:
    """Return the stacks of everything under way."""
    out = StringIO()
    for work in asyncio.all_tasks():
        work.print_stack(limit=4, file=out)
    return out.getvalue()


@dataclass
class Loop:
    """One run."""

    plan: Plan
    stage: Stage
    kills: Counter[str] = field(default_factory=Counter[str])
    #: Tasks whose cards were shown so far, according to the bot; the audit asks Discord.
    accepted: int = 0
    #: Exit codes of processes that nobody stopped.
    exits: list[int] = field(default_factory=list[int])
    stalled: bool = False
    background: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    def __post_init__(self) -> None:
        self.chance = random.Random(self.plan.seed)  # noqa: S311 - decides about faults, not secrets
        self.crowd = Crowd(self.stage.discord, self.chance)
        self.mishaps = Mishaps(
            self.stage.discord, self.stage.evolink, self.chance, nonces=self.plan.nonces
        )

    async def run(self) -> Report:
        """Type and kill as planned, let it come to rest, and audit."""
        began = time.monotonic()
        await self.stage.start()
        self.mishaps.begin()
        goings_on = self._type(), self.crowd.close_a_door(), self.mishaps.reset_gateway()
        self.background = [asyncio.create_task(work) for work in goings_on]
        try:
            await self._kill_all()
            await self._until(lambda: self.accepted >= self.plan.tasks)
        except TimeoutError:
            self.stalled = True  # the audit tells why
        finally:
            for work in self.background:
                work.cancel()
            await asyncio.gather(*self.background, return_exceptions=True)
        faults = self.mishaps.clear()
        await self.crowd.settle()
        await self.stage.rest()
        if code := await self.stage.bot.stop():
            self.exits.append(code)
        return self._report(time.monotonic() - began, faults)

    async def _type(self) -> None:
        """Keep some tasks open, typing mostly while the bot is up."""
        stage, chance = self.stage, self.chance
        while True:
            self.accepted = stage.count(ACCEPTED)
            answers = stage.discord.gateway.is_connected or chance.random() < 0.1
            if answers and stage.count(OPEN) < self.plan.in_flight:
                self.crowd.type_one()
                if chance.random() < 0.03:
                    stage.evolink.behaviour.next_failures.append(chance.choice(FAILURES))
            await asyncio.sleep(0.03)

    async def _kill_all(self) -> None:
        plan, chance = self.plan, self.chance
        for number in range(plan.kills):
            due = (number + chance.random()) * plan.tasks / plan.kills
            await self._until(lambda due=due: self.accepted >= due)
            if plan.nonces and number % 4 == 1:
                await self._freeze()
                continue
            match chance.choices(["any time", "at a request", "while it starts"], [4, 5, 1])[0]:
                case "at a request":
                    await self._kill_at_a_request()
                case "while it starts":
                    await self._kill("any time")
                    await self.stage.bot.start()
                    await asyncio.sleep(chance.uniform(0.0, 1.5 if plan.fresh else 0.15))
                    await self._kill("while it starts")
                case _:
                    await asyncio.sleep(chance.uniform(0.0, 0.3))
                    await self._kill("any time")
            await asyncio.sleep(chance.uniform(0.0, 0.2))
            await self.stage.start()

    async def _freeze(self) -> None:
        """Freeze the bot for longer than its leases last; another instance continues meanwhile.

        Like a paused virtual machine, it wakes up in the middle of its work; then it is killed.
        """
        chance = self.chance
        frozen = await self.stage.freeze()
        await asyncio.sleep(self.stage.lease + chance.uniform(0.2, 1.0))
        frozen.strike(signal.SIGCONT)
        await asyncio.sleep(chance.uniform(0.3, 1.5))
        await frozen.kill()
        self.kills["after a freeze"] += 1

    async def _kill_at_a_request(self) -> None:
        """Kill during a request: before its effect, after it, or just after the answer."""
        chance, request, strike = self.chance, self.chance.choice(MOMENTS), self.stage.bot.strike
        how = chance.choice(["before", "after", "answered"])
        if how == "answered":
            loop = asyncio.get_running_loop()
            rule = replace(request, then=lambda: loop.call_later(chance.uniform(0, 0.01), strike))
        else:
            rule = replace(request, drop=True, apply_then_fail=how == "after", then=strike)
        rule.times = 1
        rules = self.mishaps.faults_of(request).rules
        rules.insert(0, rule)
        try:
            async with asyncio.timeout(1.0):
                while self.stage.bot.running:  # noqa: ASYNC110 - what is awaited is another process
                    await asyncio.sleep(0.005)
        except TimeoutError:
            await self._kill("any time")
        else:
            await self._kill(f"{how} {request.method} {request.path}")
        finally:
            rules.remove(rule)

    async def _kill(self, moment: str) -> None:
        await self.stage.bot.kill()
        self.kills[moment] += 1

    async def _until(self, what: Callable[[], bool]) -> None:
        """Wait for something; restart the bot whenever it ends by itself."""
        await until_reached(what, lambda: self.accepted, self.background, self._look_after)

    async def _look_after(self) -> None:
        if not self.stage.bot.running:
            self.exits.append(await self.stage.bot.stop())
            await self.stage.start()

    def _report(self, seconds: float, faults: int) -> Report:
        stage = self.stage
        return report(
            discord=stage.discord,
            evolink=stage.evolink,
            rows=Rows.read(stage.database),
            told=stage.told(),
            logs=[stage.bot.log],
            seed=self.plan.seed,
            seconds=seconds,
            unanswered=self.crowd.unanswered,
            kills=self.kills,
            faults=faults,
            exits=self.exits,
        )
