"""The loop: people type, the bot is killed and started again, and at the end the audit speaks."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from sandbox.faults import Fault, Faults
from sandbox.process import BotProcess
from sandbox.settings import settings_for
from torture import weather
from torture.audit import Finding, Rows, audit
from torture.crowd import Crowd
from torture.nursery import Nursery
from torture.weather import Weather

#: Everything waits less than in real life, and quotas are not what is tried here.
SETTINGS = {
    "EDIT_SECONDS": "1",
    "POLL_FLOOR_SECONDS": "0.2",
    "POLL_CEILING_SECONDS": "0.6",
    "ESTIMATE_SECONDS": "0.4",
    "RETRY_SECONDS": "0.1",
    "PAUSE_SECONDS": "0.3",
    "UNKNOWN_AFTER_SECONDS": "1.5",
    "LEASE_SECONDS": "5",
    "EVOLINK_TIMEOUT_SECONDS": "1.5",
    "DISCORD_TIMEOUT_SECONDS": "4",
    "QUOTA_IMAGES": "1000000",
    "QUOTA_OPEN_TASKS": "1000",
    "CAP_IMAGES_TOTAL": "0",
    "MAX_RUNNING": "40",
    "USER_RUNNING": "8",
    "LOG_FORMAT": "json",
    # What is measured is the bot: coverage would slow it down, and dies with it anyway.
    "COVERAGE_PROCESS_CONFIG": "",
    "COVERAGE_PROCESS_START": "",
}
#: Where the bot is killed when it is not killed just so; rarer ones more often than they come.
MOMENTS = (
    weather.CALLBACK,
    weather.PAGE,
    weather.PAGE,
    weather.CARD,
    weather.LOOK,
    weather.ATTACHMENT,
    weather.GENERATION,
    weather.GENERATION,
    weather.READ,
    weather.RESULT,
    weather.UPLOAD,
    weather.REMOVAL,
)


class Bot(Protocol):
    """The bot's process."""

    log: Path

    @property
    def running(self) -> bool: ...
    @property
    def pid(self) -> int: ...
    async def start(self) -> None: ...
    async def kill(self) -> None: ...
    async def stop(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of it."""

    tasks: int
    kills: int
    seed: int
    #: EVOLINK_IDEMPOTENCY; Evolink's stand-in honours keys only where they are trusted.
    trusted: bool = False
    #: Whether each start is a ``python -m bot`` of its own, imports and all.
    fresh: bool = False
    #: Tasks that are open at a time.
    in_flight: int = 30
    #: Seconds until everything must be at rest once the faults are lifted.
    patience: float = 60.0


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of it."""

    plan: Plan
    seconds: float
    accepted: int
    unanswered: int
    pictures: int
    submissions: int
    kills: Counter[str]
    ends: Counter[str]
    faults: int
    findings: Sequence[Finding]


async def run(plan: Plan, folder: Path) -> Report:
    """Run the loop with its data in ``folder``."""
    async with _opened(plan, folder) as loop:
        return await loop.run()


@asynccontextmanager
async def _opened(plan: Plan, folder: Path) -> AsyncGenerator["Loop"]:
    discord = Discord(faults=Faults(plan.seed))
    evolink = Evolink(credits=1e9, faults=Faults(plan.seed + 1))
    # So many tasks in so few channels would wait for Discord's limits most of the time.
    discord.behaviour.rate_limits = False
    behaviour = evolink.behaviour
    behaviour.cheap_pictures, behaviour.side = True, 32
    behaviour.drawing_seconds, behaviour.seconds_per_extra_image = 0.4, 0.02
    behaviour.pending_seconds, behaviour.estimated_time = 0.05, None
    behaviour.honours_idempotency = plan.trusted
    await discord.start()
    await evolink.start()
    operator = discord.world.add_channel(discord.world.studio, "operator")
    settings = settings_for(discord, evolink) | SETTINGS
    settings["OPERATOR_CHANNEL_ID"] = str(operator.id)
    settings["EVOLINK_IDEMPOTENCY"] = "trusted" if plan.trusted else "untrusted"
    bot = (BotProcess if plan.fresh else Nursery)(settings, folder)
    try:
        yield Loop(plan, folder, discord, evolink, operator.id, bot)
    finally:
        if bot.running:
            await bot.kill()
        if isinstance(bot, Nursery):
            await bot.close()
        await discord.close()
        await evolink.close()


@dataclass
class Loop:
    """One run."""

    plan: Plan
    folder: Path
    discord: Discord
    evolink: Evolink
    operator_id: int
    bot: Bot
    kills: Counter[str] = field(default_factory=Counter[str])
    #: Exits that nobody asked for.
    exits: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self.chance = random.Random(self.plan.seed)  # noqa: S311 - decides about faults, not secrets
        self.crowd = Crowd(self.discord, self.chance)
        self.weather = Weather(self.discord, self.evolink, self.chance)

    @property
    def database(self) -> Path:
        """The bot's database."""
        return self.folder / "data" / "imagine.db"

    async def run(self) -> Report:
        """Type and kill until it is enough; let it come to rest; audit."""
        began = time.monotonic()
        await self._start()
        self.weather.begin()
        background = [
            asyncio.create_task(work)
            for work in (
                self._type(),
                self.crowd.close_a_door(),
                self.weather.reset_gateway(),
                self._fail_drawings(),
            )
        ]
        try:
            await self._kill_all()
            await self._until(lambda: self.crowd.accepted >= self.plan.tasks)
        finally:
            for work in background:
                work.cancel()
            await asyncio.gather(*background, return_exceptions=True)
        faults = sum(rule.met for one in (self.discord, self.evolink) for rule in one.faults.rules)
        self.weather.clear()
        await self.crowd.settle()
        await self._rest()
        return self._report(time.monotonic() - began, faults, await self.bot.stop())

    async def _type(self) -> None:
        """Keep some tasks open, mostly while somebody could answer."""
        while True:
            open_tasks = len([task for task in Rows.read(self.database).tasks if not task["ended_at"]])
            if open_tasks < self.plan.in_flight and self.crowd.accepted < self.plan.tasks:
                if self.discord.gateway.is_connected or self.chance.random() < 0.1:
                    self.crowd.type_one()
            await asyncio.sleep(0.04)

    async def _fail_drawings(self) -> None:
        while True:
            await asyncio.sleep(self.chance.uniform(0.5, 3.0))
            codes = ["content_policy_violation", "generation_timeout"]
            self.evolink.behaviour.next_failures.append(self.chance.choice(codes))

    async def _kill_all(self) -> None:
        plan, chance = self.plan, self.chance
        for number in range(plan.kills):
            due = (number + chance.random()) * plan.tasks / plan.kills
            await self._until(lambda due=due: self.crowd.accepted >= due)
            match chance.choices(["any time", "at a request", "while it starts"], [4, 5, 1])[0]:
                case "at a request":
                    await self._kill_at_a_request()
                case "while it starts":
                    await self._kill("any time")
                    await self.bot.start()
                    await asyncio.sleep(chance.uniform(0.0, 1.5 if plan.fresh else 0.15))
                    await self._kill("while it starts")
                case _:
                    await asyncio.sleep(chance.uniform(0.0, 0.3))
                    await self._kill("any time")
            await asyncio.sleep(chance.uniform(0.0, 0.2))
            await self._start()

    async def _kill_at_a_request(self) -> None:
        """Kill while a request is under way: before its effect, after it, or just answered."""
        chance, request = self.chance, self.chance.choice(MOMENTS)
        how = chance.choice(["before", "after", "answered"])
        if how == "answered":
            loop = asyncio.get_running_loop()
            rule = replace(
                request, then=lambda: loop.call_later(chance.uniform(0, 0.01), self._strike)
            )
        else:
            rule = replace(
                request, drop=True, apply_then_fail=how == "after", then=self._strike
            )
        faults = self.weather.of(request)
        rule.times = 1
        faults.rules.insert(0, rule)
        try:
            async with asyncio.timeout(2.0):
                while self.bot.running:  # noqa: ASYNC110 - what is awaited is another process
                    await asyncio.sleep(0.005)
        except TimeoutError:
            await self._kill("any time")
        else:
            await self._kill(f"{how} {request.method} {request.path}")
        finally:
            faults.rules.remove(rule)

    def _strike(self) -> None:
        if self.bot.running:
            os.kill(self.bot.pid, signal.SIGKILL)

    async def _kill(self, moment: str) -> None:
        await self.bot.kill()
        self.kills[moment] += 1

    async def _start(self) -> None:
        """Start the bot as an init system does: again, when it ends by itself."""
        for _ in range(5):
            await self.bot.start()
            with suppress(TimeoutError):
                async with asyncio.timeout(20):
                    while self.bot.running:
                        if self.discord.gateway.is_connected:
                            return
                        await asyncio.sleep(0.01)
            await self.bot.kill()
        raise AssertionError(f"the bot does not start:\n{self.bot.log.read_text()[-4000:]}")

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.plan.patience):
                while not Rows.read(self.database).at_rest():  # noqa: ASYNC110 - in another process
                    await asyncio.sleep(0.1)

    async def _until(self, what: Callable[[], bool]) -> None:
        """Wait for something; start the bot again when it ends by itself."""
        while not what():
            if not self.bot.running:
                self.exits.append(await self.bot.stop())
                await self._start()
            await asyncio.sleep(0.01)

    def _report(self, seconds: float, faults: int, code: int) -> Report:
        told = [m for m in self.discord.books.messages if m.channel_id == self.operator_id]
        findings = audit(self.discord, self.evolink, self.database, told)
        for exit_code in [*self.exits, *([code] if code else [])]:
            findings.append(Finding("the bot goes on", f"it ended by itself, with {exit_code}"))
        rows = Rows.read(self.database)
        return Report(
            plan=self.plan,
            seconds=seconds,
            accepted=self.crowd.accepted,
            unanswered=self.crowd.unanswered,
            pictures=sum(len(m.images) for m in self.discord.books.messages if not m.deleted),
            submissions=len(self.evolink.books.submissions),
            kills=self.kills,
            ends=Counter(f"{row['state']} {row['reason'] or ''}".strip() for row in rows.tasks),
            faults=faults,
            findings=findings,
        )
