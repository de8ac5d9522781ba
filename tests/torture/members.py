"""Several of the bot's processes on one PostgreSQL, each with its own links, which can be cut."""

import asyncio
import json
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
from sqlalchemy import make_url
from yarl import URL

from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from sandbox.faults import Faults
from sandbox.imagine.settings import settings_for
from tests.kit.forks import ForkedBot
from tests.kit.link import Link, link
from tests.kit.patience import PATIENCE, slowness, until
from tests.kit.proxy import proxy
from tests.torture.audit import TABLES, UNREST, Rows
from tests.torture.stage import LIMITS, SETTINGS

#: How each is started, and the seconds by which its machine's clock is ahead.
MEMBERS: Mapping[str, tuple[str, float]] = {
    "g0": ("--role gateway --shards 0/2", 120.0),
    "g1": ("--role gateway --shards 1/2", -180.0),
    "w0": ("--role worker", 300.0),
    "w1": ("--role worker", -300.0),
    "w2": ("--role worker", 0.0),
}
#: The exit code of a process that couldn't reach what it needs; it should be restarted.
LATER = 69
#: How many shards its gateways have.
SHARDS = 2


@dataclass(eq=False)
class Member:
    """One process."""

    name: str
    arguments: Sequence[str]
    bot: ForkedBot
    #: Its links.
    database: Link
    chat: Link
    discord: Discord

    async def start(self) -> None:
        """Start it; wait until a gateway is connected, or has ended."""
        before = set(self.discord.gateway.sessions)
        await self.bot.start(*self.arguments)
        if self.shard is not None:
            await until(lambda: self._connected(before) or not self.bot.running)

    def mend(self) -> None:
        """Remove every fault."""
        self.bot.strike(signal.SIGCONT)
        self.database.fate = lambda: None
        self.database.mend()
        self.chat.mend()

    @property
    def shard(self) -> int | None:
        """A gateway's shard."""
        return int(self.name[1:]) if "gateway" in self.arguments else None

    def _connected(self, before: set[str]) -> bool:
        sessions = list(self.discord.gateway.sessions.values())
        return any(
            each.connection and each.shard[0] == self.shard and each.id not in before
            for each in sessions
        )


@dataclass
class Parts:
    """Both stand-ins, and the bot's processes."""

    discord: Discord
    evolink: Evolink
    operator_id: int
    members: list[Member]
    rows: Any
    #: Seconds that a lease lasts.
    lease: float
    #: Exit codes of processes that nobody stopped.
    exits: list[int] = field(default_factory=list[int])

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
            for member in self.members
            for line in member.bot.log.read_text().splitlines()
            if line.startswith("{")
        ]
        said = [line["text"] for line in lines if line["event"] == "for the operator"]
        messages = self.discord.books.messages
        return said + [m.text for m in messages if m.channel_id == self.operator_id]

    async def come_to_rest(self) -> None:
        """Wait until nothing is left to do; if that takes too long, the audit says what is left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE * slowness()):
                while await self.count(UNREST):  # noqa: ASYNC110 - what is awaited is another process
                    await asyncio.sleep(0.1)

    async def look_after(self, member: Member) -> None:
        """Restart a process that has ended by itself, as an init system does."""
        if not member.bot.running:
            code = await member.bot.stop()
            if code != LATER:
                self.exits.append(code)
            await member.start()


@asynccontextmanager
async def opened(
    folder: Path, url: str, seed: int, settings: Mapping[str, str]
) -> AsyncGenerator[Parts]:
    """Set the stage, without starting a bot."""
    slower = slowness()
    discord, evolink = Discord(faults=Faults(seed)), Evolink(credits=1e9, faults=Faults(seed + 1))
    discord.behaviour.rate_limits = False
    discord.behaviour.ack_seconds *= slower
    behaviour = evolink.behaviour
    behaviour.cheap_pictures, behaviour.side = True, 32
    behaviour.drawing_seconds, behaviour.pending_seconds = 0.2, 0.05
    behaviour.estimated_time = None
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
        "DATA_DIR": str(folder / "data"),
        **settings,
    }
    async with AsyncExitStack() as stack:
        stack.push_async_callback(evolink.close)
        stack.push_async_callback(discord.close)
        # Discord's addresses can't change: they are in links, too.
        forward = URL((await stack.enter_async_context(proxy())).url)
        members = list[Member]()
        for name, (arguments, ahead) in MEMBERS.items():
            address = make_url(url)
            assert address.port is not None
            database = await stack.enter_async_context(link(address.port))
            chat = await stack.enter_async_context(link(forward.port or 0))
            own = {
                "INSTANCE": name,
                "DATABASE_URL": address.set(port=database.port).render_as_string(),
                "HTTP_PROXY": f"http://127.0.0.1:{chat.port}",
                "NO_PROXY": f"127.0.0.1:{URL(evolink.url).port}",
            }
            bot = ForkedBot(every | own, folder / name)
            bot.clock_ahead = ahead
            stack.push_async_callback(_end, bot)
            members.append(Member(name, arguments.split(), bot, database, chat, discord))
        plain = make_url(url).set(drivername="postgresql").render_as_string()
        rows = await asyncpg.connect(plain)
        stack.push_async_callback(rows.close)
        yield Parts(discord, evolink, alerts.id, members, rows, LIMITS["LEASE_SECONDS"] * slower)


async def _end(bot: ForkedBot) -> None:
    if bot.running:
        # While suspended, it wouldn't end.
        bot.strike(signal.SIGCONT)
        await bot.kill()
