"""Both stand-ins, and the unmodified bot between them."""

import shutil
import tempfile
from pathlib import Path

from sandbox.clock import Clock
from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from sandbox.process import BotProcess
from sandbox.settings import settings_for


class Stage:
    """What there is to play with: Discord, Evolink, their clock, and a bot or none.

    ``folder`` holds the bot's data and log; without one it is a temporary folder that goes at the
    end. ``bot`` is how it is started.
    """

    def __init__(
        self,
        speed: float = 1.0,
        openapi: Path | None = None,
        folder: Path | None = None,
        bot: type[BotProcess] = BotProcess,
    ) -> None:
        self.clock = Clock(speed)
        self.discord = Discord(clock=self.clock, openapi=openapi)
        self.evolink = Evolink(clock=self.clock)
        self.bot: BotProcess | None = None
        self._kind = bot
        self._folder = folder
        self._temporary: Path | None = None

    async def open(self, discord_port: int = 0, evolink_port: int = 0) -> None:
        """Start the stand-ins; port 0 is any free one."""
        await self.discord.start(port=discord_port)
        await self.evolink.start(port=evolink_port)

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables that lead a bot here."""
        return settings_for(self.discord, self.evolink)

    async def start_bot(self, **settings: str) -> BotProcess:
        """Start the bot and wait until it is connected.

        Raises:
            TimeoutError: it is not, within a minute; its log says why.
        """
        self.bot = self._kind(self.settings | settings, self._home())
        await self.bot.start()
        await self.discord.gateway.connected(timeout=60)
        return self.bot

    async def close(self) -> None:
        """Stop everything, and delete what was only for now."""
        if self.bot is not None and self.bot.running:
            await self.bot.stop()
        await self.discord.close()
        await self.evolink.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _home(self) -> Path:
        if self._folder is None:
            self._folder = self._temporary = Path(tempfile.mkdtemp(prefix="imagine-sandbox-"))
        return self._folder
