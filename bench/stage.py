"""A process between both stand-ins, and what measurements do with it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.discord import Asked, Discord
from bench.evolink import Evolink
from bench.process import BOT, Measured, Watched
from bench.tasks import Seen, Tasks

#: Nothing is limited; every duration is the default.
SETTINGS = {
    "DISCORD_TOKEN": "bench",
    "EVOLINK_API_KEY": "bench",
    "NO_PROXY": "127.0.0.1",
    "DOWNLOAD_NETWORKS": "127.0.0.0/8",
    "QUOTA_IMAGES": "1000000",
    "QUOTA_OPEN_TASKS": "1000000",
    "CAP_IMAGES_TOTAL": "0",
    "QUEUE_LIMIT": "1000000",
    "MAX_RUNNING": "100000",
    "USER_RUNNING": "100000",
    "LOG_FORMAT": "json",
    # Tests that run this would measure coverage, too.
    "COVERAGE_PROCESS_START": "",
}
#: A process that uses less of a core than this is at rest.
QUIET = 0.02
#: People who have no past tasks.
_people = count(1_000_000)


@dataclass
class Stage:
    """The process of a measurement, and its stand-ins."""

    process: Measured
    discord: Discord
    evolink: Evolink

    async def start(self, *arguments: str, seconds: float = 120) -> None:
        """Start the process, and wait until it is connected."""
        self.discord.connected.clear()
        await self.process.start(*arguments)
        connecting = asyncio.ensure_future(self.discord.connected.wait())
        ending = asyncio.ensure_future(self.process.ended(seconds))
        await asyncio.wait([connecting, ending], return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not connecting.done():
            connecting.cancel()
            raise AssertionError(f"it does not start:\n{self.process.log.read_text()[-4000:]}")

    async def imagine(
        self, number: int, *, references: int = 0, user: int | None = None
    ) -> Sequence[Seen]:
        """Have ``number`` people type ``/imagine`` at once, or ``user`` that many times."""
        return [
            await self.discord.imagine(user or next(_people), references) for _ in range(number)
        ]

    async def quiet(self) -> None:
        """Wait until the process has next to nothing left to do; ten seconds at most."""
        for _ in range(20):
            before = self.process.cpu_seconds()
            await asyncio.sleep(0.5)
            if self.process.cpu_seconds() - before < QUIET / 2:
                return

    async def until(self, tasks: Sequence[Seen], moment: str, seconds: float = 180) -> None:
        """Wait until every task has reached a moment: a field of ``Seen``.

        Raises:
            AssertionError: not all have, in time.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while left := sum(not getattr(each, moment) for each in tasks):
            if loop.time() > end:
                log = self.process.log.read_text()[-3000:]
                raise AssertionError(f"{left} of {len(tasks)} not {moment}; the log ends:\n{log}")
            await asyncio.sleep(0.05)

    async def shown(self, asked: Asked) -> float:
        """Wait for a command's answer; return how many seconds it took."""
        async with asyncio.timeout(60):
            await asked.done.wait()
        return asked.shown - asked.sent


@asynccontextmanager
async def opened(
    *,
    module: tuple[str, ...] = BOT,
    watched: Watched | None = None,
    picture: bytes,
    settings: dict[str, str] | None = None,
    folder: Path | None = None,
) -> AsyncGenerator[Stage]:
    """Open both stand-ins, and prepare a process in an empty folder or in ``folder``.

    ``picture`` is both what users attach and every result.
    """
    tasks = Tasks()
    discord, evolink = Discord(tasks, picture), Evolink(tasks, picture)
    await discord.start()
    await evolink.start()
    addresses = {
        "DISCORD_API_URL": f"{discord.url}/api/v10",
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "EVOLINK_API_URL": evolink.url,
        "EVOLINK_FILES_URL": evolink.url,
    }
    with TemporaryDirectory(prefix="bench-") as empty:
        every = {**SETTINGS, **addresses, **(settings or {})}
        process = Measured(every, folder or Path(empty), module, watched=watched)
        try:
            yield Stage(process, discord, evolink)
        finally:
            if process.running:
                await process.kill()
            await evolink.close()
            await discord.close()
