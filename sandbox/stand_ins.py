"""Discord and Evolink side by side, on one clock, with whichever bot runs between them."""

from pathlib import Path
from typing import Protocol

from sandbox.clock import Clock
from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink


class Bot(Protocol):
    """The process of a bot, as far as the page shows and controls it."""

    log: Path

    @property
    def running(self) -> bool:
        """Whether it is up."""
        ...

    async def start(self) -> None:
        """Start it; it may take a while to connect."""

    async def stop(self) -> int:
        """Ask it to stop, and wait; return its exit code."""
        ...

    async def kill(self) -> None:
        """End it with SIGKILL."""


class StandIns:
    """Both stand-ins. ``bot`` is ``None`` while the bot, if any, was started elsewhere.

    ``speed`` is how many sandbox seconds pass in a real one. ``openapi`` is Discord's OpenAPI
    document, to check requests against.
    """

    def __init__(self, speed: float = 1.0, openapi: Path | None = None) -> None:
        self.clock = Clock(speed)
        self.discord = Discord(clock=self.clock, openapi=openapi)
        self.evolink = Evolink(clock=self.clock)
        self.bot: Bot | None = None

    async def open(self, discord_port: int = 0, evolink_port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 is any free one."""
        await self.discord.start(port=discord_port)
        await self.evolink.start(port=evolink_port)

    async def close(self) -> None:
        """Stop listening, and delete every file."""
        await self.discord.close()
        await self.evolink.close()
