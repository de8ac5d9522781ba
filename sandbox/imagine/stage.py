"""Both stand-ins, with the unmodified bot between them."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from typing_extensions import override

from sandbox.imagine.process import BotProcess
from sandbox.imagine.settings import settings_for
from sandbox.stand_ins import StandIns


class Stage(StandIns):
    """The stand-ins, and how to start the bot.

    ``folder`` holds the bot's data and log; by default it is a temporary folder, deleted at the
    end. ``kind`` is the class that runs the bot.
    """

    def __init__(
        self,
        speed: float = 1.0,
        openapi: Path | None = None,
        folder: Path | None = None,
        kind: type[BotProcess] = BotProcess,
    ) -> None:
        super().__init__(speed, openapi)
        self.discord.world.bot.name = "imagine"
        self._kind = kind
        self._folder = folder
        self._temporary: Path | None = None

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables that point a bot at these stand-ins."""
        return settings_for(self.discord, self.evolink)

    async def start_bot(self, **settings: str) -> BotProcess:
        """Start the bot and wait until it is connected.

        Raises:
            TimeoutError: it hasn't connected within a minute; its log says why.
        """
        bot = self._kind(self.settings | settings, self._home())
        self.bot = bot
        await bot.start()
        await self.discord.gateway.connected(timeout=60)
        return bot

    @override
    async def close(self) -> None:
        """Stop everything, and delete what was temporary."""
        if self.bot is not None and self.bot.running:
            with suppress(TimeoutError):  # it was killed
                await self.bot.stop()
        await super().close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _home(self) -> Path:
        if self._folder is None:
            self._folder = self._temporary = Path(tempfile.mkdtemp(prefix="imagine-sandbox-"))
        return self._folder
