"""The loop: people type, the bot is killed and started again, and at the end the audit speaks."""

import asyncio
import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from sandbox.faults import Fault, Faults
from sandbox.process import BotProcess
from sandbox.settings import settings_for
from torture import weather
from torture.audit import UNREST, Finding, Rows, audit
from torture.books import asked
from torture.crowd import Crowd
from torture.nursery import Nursery
from torture.story import story
from torture.weather import Weather

#: A kill is no power cut: what was written is there, on disk or not. Flushing it (4 ms each time, some
#: 20 times a task) proves nothing here and takes most of the time.
MEMORY = Path("/dev/shm")  # noqa: S108 - folders of our own in it, with names that nobody guesses

#: Everything waits less than in real life, and quotas are not what is tried here.
SETTINGS = {
    "EDIT_SECONDS": "1.5",
    "POLL_FLOOR_SECONDS": "0.4",
    "POLL_CEILING_SECONDS": "0.8",
    "ESTIMATE_SECONDS": "0.8",
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
#: How some drawings fail.
FAILURES = ("content_policy_violation", "generation_timeout", "service_unavailable")
#: Findings that are told in full.
STORIES = 5


class Bot(Protocol):
    """The bot's process."""

    log: Path

    @property
    def running(self) -> bool: ...
    def strike(self) -> None: ...
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
    #: The whole stories of the first few findings.
    stories: str

    def __str__(self) -> str:
        """Return the numbers, and the stories where there are findings."""
        kills = ", ".join(f"{moment}: {count}" for moment, count in self.kills.most_common())
        ends = ", ".join(f"{end}: {count}" for end, count in self.ends.most_common())
        return (
            f"seed {self.plan.seed}, {self.seconds:.0f} s\n"
            f"{self.accepted} tasks accepted, {self.submissions} submitted, "
            f"{self.pictures} pictures posted, {self.faults} faults met, "
            f"{self.unanswered} commands and presses unanswered\n"
            f"{self.kills.total()} kills: {kills}\nends: {ends}\n"
            f"{len(self.findings)} broken promises\n{self.stories}"
        )


async def run(plan: Plan, folder: Path) -> Report:
    """Run the loop with its data in ``folder``."""
    async with opened(plan, folder) as loop:
        return await loop.run()


@asynccontextmanager
async def opened(plan: Plan, folder: Path) -> AsyncGenerator["Loop"]:
    """Set everything up; nothing runs yet."""
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
    #: Tasks whose cards were shown, so far, by the bot's own word; the audit asks Discord.
    accepted: int = 0
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
        await self.start()
        self.weather.begin()
        background = [
            asyncio.create_task(work)
            for work in (
                self._type(),
                self.crowd.close_a_door(),
                self.weather.reset_gateway(),
            )
        ]
        try:
            await self._kill_all()
            await self._until(lambda: self.accepted >= self.plan.tasks)
        finally:
            for work in background:
                work.cancel()
            await asyncio.gather(*background, return_exceptions=True)
        faults = sum(rule.met for one in (self.discord, self.evolink) for rule in one.faults.rules)
        self.weather.clear()
        await self.crowd.settle()
        await self.rest()
        return self._report(time.monotonic() - began, faults, await self.bot.stop())

    async def _type(self) -> None:
        """Keep some tasks open, mostly while somebody could answer."""
        while True:
            open_tasks = self._count("SELECT count(*) FROM task WHERE ended_at IS NULL")
            self.accepted = self._count("SELECT count(*) FROM task WHERE card_id IS NOT NULL")
            answers = self.discord.gateway.is_connected or self.chance.random() < 0.1
            if answers and open_tasks < self.plan.in_flight:
                self.crowd.type_one()
                if self.chance.random() < 0.03:
                    self.evolink.behaviour.next_failures.append(self.chance.choice(FAILURES))
            await asyncio.sleep(0.03)

    async def _kill_all(self) -> None:
        plan, chance = self.plan, self.chance
        for number in range(plan.kills):
            due = (number + chance.random()) * plan.tasks / plan.kills
            await self._until(lambda due=due: self.accepted >= due)
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
            await self.start()

    async def _kill_at_a_request(self) -> None:
        """Kill while a request is under way: before its effect, after it, or just answered."""
        chance, request = self.chance, self.chance.choice(MOMENTS)
        how = chance.choice(["before", "after", "answered"])
        if how == "answered":
            loop = asyncio.get_running_loop()
            rule = replace(
                request, then=lambda: loop.call_later(chance.uniform(0, 0.01), self.bot.strike)
            )
        else:
            rule = replace(
                request, drop=True, apply_then_fail=how == "after", then=self.bot.strike
            )
        faults = self.weather.of(request)
        rule.times = 1
        faults.rules.insert(0, rule)
        try:
            async with asyncio.timeout(1.0):
                while self.bot.running:  # noqa: ASYNC110 - what is awaited is another process
                    await asyncio.sleep(0.005)
        except TimeoutError:
            await self._kill("any time")
        else:
            await self._kill(f"{how} {request.method} {request.path}")
        finally:
            faults.rules.remove(rule)

    async def _kill(self, moment: str) -> None:
        await self.bot.kill()
        self.kills[moment] += 1

    async def start(self) -> None:
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

    async def rest(self) -> None:
        """Wait until nothing is left to be done."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.plan.patience):
                while self._count(UNREST):  # noqa: ASYNC110 - what is awaited is another process
                    await asyncio.sleep(0.1)

    def _count(self, query: str) -> int:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as found:
            return int(found.execute(query).fetchone()[0])

    async def _until(self, what: Callable[[], bool]) -> None:
        """Wait for something; start the bot again when it ends by itself."""
        while not what():
            if not self.bot.running:
                self.exits.append(await self.bot.stop())
                await self.start()
            await asyncio.sleep(0.01)

    def _report(self, seconds: float, faults: int, code: int) -> Report:
        findings = audit(self.discord, self.evolink, self.database, self.told())
        for exit_code in [*self.exits, *([code] if code else [])]:
            findings.append(Finding("the bot goes on", f"it ended by itself, with {exit_code}"))
        rows = Rows.read(self.database)
        return Report(
            plan=self.plan,
            seconds=seconds,
            accepted=sum(one.card is not None for one in asked(self.discord, self.evolink).values()),
            unanswered=self.crowd.unanswered,
            pictures=sum(len(m.images) for m in self.discord.books.messages if not m.deleted),
            submissions=len(self.evolink.books.submissions),
            kills=self.kills,
            ends=Counter(f"{row['state']} {row['reason'] or ''}".strip() for row in rows.tasks),
            faults=faults,
            findings=findings,
            stories="\n".join(line for one in findings[:STORIES] for line in self._story(one)),
        )

    def _story(self, finding: Finding) -> Iterator[str]:
        return story(finding, self.discord, self.evolink, self.database, self.bot.log)

    def told(self) -> list[str]:
        """Return what the operator could read: in the channel, or in the log where that failed."""
        lines = [json.loads(x) for x in self.bot.log.read_text().splitlines() if x[:1] == "{"]
        said = [line["text"] for line in lines if line["event"] == "for the operator"]
        messages = self.discord.books.messages
        return said + [m.text for m in messages if m.channel_id == self.operator_id]
