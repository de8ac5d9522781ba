"""A gateway and two workers on PostgreSQL, each killed and each frozen, while people draw."""

import asyncio
import json
import random
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
from sqlalchemy import make_url

from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from sandbox.faults import Fault
from sandbox.imagine.settings import settings_for
from tests.kit.forks import ForkedBot
from tests.kit.patience import PATIENCE, slowness, until
from tests.torture.audit import TABLES, UNREST, Finding, Rows, audit
from tests.torture.crowd import Crowd
from tests.torture.stage import LIMITS, SETTINGS
from tests.torture.story import story

#: Tasks that people keep open, and seconds by which the workers' clocks are off.
IN_FLIGHT, AHEAD = 10, 300.0
_OPEN = "SELECT count(*) FROM task WHERE ended_at IS NULL"
_ACCEPTED = "SELECT count(*) FROM task WHERE card_id IS NOT NULL"


@dataclass
class Parts:
    """Both stand-ins, and the bot's processes with what each is started as."""

    discord: Discord
    evolink: Evolink
    operator_id: int
    bots: dict[ForkedBot, tuple[str, ...]]
    rows: Any
    #: Seconds that a lease lasts.
    lease: float
    #: Exits that nobody asked for.
    exits: list[int] = field(default_factory=list[int])

    async def start(self, bot: ForkedBot) -> None:
        """Start one; a gateway is connected then."""
        before = self.discord.gateway.identifies
        await bot.start(*self.bots[bot])
        if "gateway" in self.bots[bot]:
            await until(lambda: self.discord.gateway.identifies > before)

    async def count(self, query: str) -> int:
        """Ask the database for a number."""
        return await self.rows.fetchval(query)

    async def read(self) -> Rows:
        """Read the whole database, in one moment of it."""
        async with self.rows.transaction(isolation="repeatable_read"):
            tables = [
                [dict(row) for row in await self.rows.fetch(f"SELECT * FROM {table}")]  # noqa: S608 - a constant
                for table in TABLES
            ]
        return Rows(*tables)

    def told(self) -> list[str]:
        """Return what the operator could read."""
        lines = [
            json.loads(line)
            for bot in self.bots
            for line in bot.log.read_text().splitlines()
            if line.startswith("{")
        ]
        said = [line["text"] for line in lines if line["event"] == "for the operator"]
        messages = self.discord.books.messages
        return said + [m.text for m in messages if m.channel_id == self.operator_id]

    async def come_to_rest(self) -> None:
        """Wait until nothing is left to be done; the audit says what is, if it doesn't come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE * slowness()):
                while await self.count(UNREST):  # noqa: ASYNC110 - what is awaited is another process
                    await asyncio.sleep(0.1)


@asynccontextmanager
async def opened(folder: Path, url: str) -> AsyncGenerator[Parts]:
    """Set the stage; no bot runs yet."""
    slower = slowness()
    lease = LIMITS["LEASE_SECONDS"] * slower
    discord, evolink = Discord(), Evolink(credits=1e9)
    discord.behaviour.rate_limits = False
    discord.behaviour.ack_seconds *= slower
    behaviour = evolink.behaviour
    behaviour.cheap_pictures, behaviour.side = True, 32
    # A task takes less time than a slow edit: one that nothing holds back comes after its end.
    behaviour.drawing_seconds, behaviour.pending_seconds = 0.2, 0.05
    behaviour.estimated_time = None
    # Others' edits meanwhile would come before them. Whoever has died holds the task that long.
    discord.faults.add(Fault("PATCH", "@original$", probability=0.15, delay=lease / 2))
    for method, path in (("PATCH", "@original$"), ("POST", r"/channels/\d+/messages$")):
        discord.faults.add(Fault(method, path, probability=0.1, status=503))
    await discord.start()
    await evolink.start()
    alerts = discord.world.add_channel(discord.world.studio, "operator")
    every = {
        **settings_for(discord, evolink),
        **SETTINGS,
        **{name: str(seconds * slower) for name, seconds in LIMITS.items()},
        "POLL_FLOOR_SECONDS": "0.1",
        "ESTIMATE_SECONDS": "0.2",
        "OPERATOR_CHANNEL_ID": str(alerts.id),
        "DATABASE_URL": url,
        "DATA_DIR": str(folder / "data"),
    }
    bots = {
        ForkedBot(every | {"INSTANCE": name}, folder / name): ("--role", role)
        for name, role in (("g", "gateway"), ("w1", "worker"), ("w2", "worker"))
    }
    for bot, ahead in zip(bots, (0.0, AHEAD, -AHEAD), strict=True):
        bot.clock_ahead = ahead
    address = make_url(url).set(drivername="postgresql").render_as_string()
    try:
        for bot, arguments in bots.items():
            await bot.start(*arguments)
        await discord.gateway.connected(timeout=30 * slower)
        rows = await asyncpg.connect(address)
        yield Parts(discord, evolink, alerts.id, bots, rows, lease)
        await rows.close()
    finally:
        for bot in bots:
            if bot.running:
                await bot.kill()
        await discord.close()
        await evolink.close()


async def _type(parts: Parts, crowd: Crowd) -> None:
    """Keep some tasks open."""
    while True:
        if await parts.count(_OPEN) < IN_FLIGHT and parts.discord.gateway.is_connected:
            crowd.type_one()
            if crowd.chance.random() < 0.3:
                # Its card stays, and tells so.
                parts.evolink.behaviour.next_failures.append("content_policy_violation")
        await asyncio.sleep(0.05)


async def _strike_each(parts: Parts, chance: random.Random) -> None:
    """Kill each process and start it again; then freeze each for longer than its leases last."""
    for bot in parts.bots:
        await asyncio.sleep(chance.uniform(0.5, 1.5))
        await bot.kill()
        await asyncio.sleep(chance.uniform(0.0, 1.0))
        await parts.start(bot)
    for bot in parts.bots:
        await asyncio.sleep(chance.uniform(0.5, 1.5))
        bot.strike(signal.SIGSTOP)
        await asyncio.sleep(parts.lease + chance.uniform(0.2, 1.0))
        bot.strike(signal.SIGCONT)


def _told(parts: Parts, findings: Sequence[Finding], rows: Rows, seed: int) -> str:
    logs = [bot.log for bot in parts.bots]
    stories = [
        line
        for finding in findings[:5]
        for line in story(finding, parts.discord, parts.evolink, rows, *logs)
    ]
    return "\n".join([f"seed {seed}", *map(str, findings), *stories])


async def test_each_process_is_killed_and_frozen(tmp_path, postgres):
    """No task is lost, charged, submitted or posted twice; no edit comes after the last word."""
    seed = random.SystemRandom().randrange(1_000_000)
    chance = random.Random(seed)  # noqa: S311 - decides about kills, not secrets
    async with opened(tmp_path, await postgres.database()) as parts:
        crowd = Crowd(parts.discord, chance)
        typing = asyncio.create_task(_type(parts, crowd))
        try:
            async with asyncio.timeout(10 * PATIENCE * slowness()):
                await _strike_each(parts, chance)
        finally:
            typing.cancel()
            await asyncio.gather(typing, return_exceptions=True)
        parts.discord.faults.clear()
        await crowd.settle()
        await parts.come_to_rest()
        rows = await parts.read()
        assert [await bot.stop() for bot in parts.bots] == [0, 0, 0]

        findings = audit(parts.discord, parts.evolink, rows, parts.told())
        assert not findings, _told(parts, findings, rows, seed)
