"""Both stand-ins and the bot's process between them, for a long run."""

import asyncio
import json
import signal
import sqlite3
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from sandbox.faults import Faults
from sandbox.imagine.process import BotProcess
from sandbox.imagine.settings import settings_for
from tests.kit.forks import ForkedBot
from tests.kit.patience import slowness, until
from tests.torture.audit import UNREST

#: A kill is no power cut: written data survives, whether on disk or not. Flushing it (4 ms each
#: time, some 20 times a task) proves nothing here and takes most of the time.
MEMORY = Path("/dev/shm")  # noqa: S108 - folders of our own in it, with names that nobody guesses

#: Every wait is shorter than in reality; quotas are not tested here.
SETTINGS = {
    "EDIT_SECONDS": "0.7",
    "POLL_FLOOR_SECONDS": "0.4",
    "POLL_CEILING_SECONDS": "0.8",
    "ESTIMATE_SECONDS": "0.8",
    "RETRY_SECONDS": "0.1",
    "PAUSE_SECONDS": "0.3",
    "QUOTA_IMAGES": "1000000",
    "QUOTA_OPEN_TASKS": "100000",
    "CAP_IMAGES_TOTAL": "0",
    "QUEUE_LIMIT": "100000",
    "MAX_RUNNING": "40",
    "USER_RUNNING": "8",
    "LOG_FORMAT": "json",
    # We test the bot: coverage would slow it down, and its data die with it anyway.
    "COVERAGE_PROCESS_START": "",
}
#: Time limits of the bot, which are longer on a slower machine.
LIMITS = {
    "LEASE_SECONDS": 3.0,
    "EVOLINK_TIMEOUT_SECONDS": 1.5,
    "DISCORD_TIMEOUT_SECONDS": 4.0,
    "UNKNOWN_AFTER_SECONDS": 1.5,
}


class Bot(Protocol):
    """The bot's process."""

    log: Path

    @property
    def running(self) -> bool: ...
    async def start(self) -> None: ...
    def strike(self, number: signal.Signals = ...) -> None: ...
    async def kill(self) -> None: ...
    async def stop(self) -> int: ...


@dataclass
class Stage:
    """What a run takes place on."""

    folder: Path
    discord: Discord
    evolink: Evolink
    #: The channel that the operator reads.
    operator_id: int
    bot: Bot
    #: Another instance on the same database; it does not run.
    spare: Bot
    #: Seconds that a claim lasts.
    lease: float

    @property
    def database(self) -> Path:
        """The bot's database."""
        return self.folder / "data" / "imagine.db"

    async def start(self) -> None:
        """Start the bot as an init system does: again if it ends by itself."""
        for _ in range(5):
            if await self._started():
                return
            await self.bot.kill()
        raise AssertionError(f"the bot does not start:\n{self.bot.log.read_text()[-4000:]}")

    async def _started(self) -> bool:
        gateway = self.discord.gateway
        before = gateway.identifies
        await self.bot.start()
        with suppress(TimeoutError):
            await until(lambda: not self.bot.running or gateway.identifies > before, every=0.01)
        return self.bot.running and gateway.identifies > before

    async def rest(self, seconds: float = 60.0) -> bool:
        """Wait until nothing is left to do; return whether that happened."""
        with suppress(TimeoutError):
            await until(lambda: not self.count(UNREST), seconds, every=0.1)
        return not self.count(UNREST)

    async def freeze(self) -> Bot:
        """Freeze the bot and start the other instance; return the frozen one."""
        self.bot.strike(signal.SIGSTOP)
        while self._is_locked():
            # In the middle of a write it would hold SQLite's lock, which isn't a lease.
            self.bot.strike(signal.SIGCONT)
            await asyncio.sleep(0.003)
            self.bot.strike(signal.SIGSTOP)
        self.bot, self.spare = self.spare, self.bot
        await self.start()
        return self.spare

    def _is_locked(self) -> bool:
        with closing(sqlite3.connect(self.database, timeout=0, isolation_level=None)) as found:
            try:
                found.execute("BEGIN IMMEDIATE")
                found.execute("ROLLBACK")
            except sqlite3.OperationalError:
                return True
            return False

    def count(self, query: str) -> int:
        """Ask the database for a number."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as found:
            return int(found.execute(query).fetchone()[0])

    def told(self) -> list[str]:
        """Return what the operator could read: in the channel, or in the log where that failed."""
        lines = [json.loads(x) for x in self.bot.log.read_text().splitlines() if x[:1] == "{"]
        said = [line["text"] for line in lines if line["event"] == "for the operator"]
        messages = self.discord.books.messages
        return said + [m.text for m in messages if m.channel_id == self.operator_id]


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    seed: int = 0,
    trusted: bool = False,
    fresh: bool = False,
    settings: Mapping[str, str] | None = None,
) -> AsyncGenerator[Stage]:
    """Set the stage, without starting the bot.

    ``trusted``: EVOLINK_IDEMPOTENCY; Evolink's stand-in honours keys only where they are trusted.
    ``fresh``: each start of the bot is a ``python -m bot`` of its own, imports and all.
    """
    slower = slowness()
    # If the bot can ask again, let it do so for long enough to get an answer.
    limits = LIMITS | ({"UNKNOWN_AFTER_SECONDS": 15.0} if trusted else {})
    discord = Discord(faults=Faults(seed))
    evolink = Evolink(credits=1e9, faults=Faults(seed + 1))
    # So many tasks in so few channels would mostly wait for Discord's rate limits.
    discord.behaviour.rate_limits = False
    discord.behaviour.ack_seconds *= slower
    behaviour = evolink.behaviour
    behaviour.cheap_pictures, behaviour.side = True, 32
    behaviour.drawing_seconds, behaviour.seconds_per_extra_image = 1.2, 0.02
    behaviour.pending_seconds, behaviour.estimated_time = 0.05, None
    behaviour.honours_idempotency = trusted
    await discord.start()
    await evolink.start()
    alerts = discord.world.add_channel(discord.world.studio, "operator")
    every = {
        **settings_for(discord, evolink),
        **SETTINGS,
        "OPERATOR_CHANNEL_ID": str(alerts.id),
        **{name: str(seconds * slower) for name, seconds in limits.items()},
        **({"EVOLINK_IDEMPOTENCY": "trusted"} if trusted else {}),
        **(settings or {}),
    }
    kind = BotProcess if fresh else ForkedBot
    bots = [kind(every | {"INSTANCE": name}, folder) for name in ("main", "spare")]
    try:
        yield Stage(
            folder, discord, evolink, alerts.id, *bots, lease=LIMITS["LEASE_SECONDS"] * slower
        )
    finally:
        for bot in bots:
            if bot.running:
                await bot.kill()
        await discord.close()
        await evolink.close()
