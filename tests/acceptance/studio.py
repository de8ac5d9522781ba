"""The bot's process between the two stand-ins, and the people at Discord."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

from sandbox.clock import Clock
from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import Message
from sandbox.discord.places import Channel, User
from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from sandbox.imagine.process import ROOT, BotProcess
from sandbox.imagine.settings import settings_for
from sandbox.person import Person, Upload
from tests.kit.forks import ForkedBot
from tests.kit.patience import PATIENCE, slowness, until
from tests.kit.pictures import png
from tests.kit.waits import SHORT_WAITS

#: Discord's own description of its API; requests are checked against it where it is at hand.
OPENAPI = ROOT.parent / "shared" / "reference" / "discord-openapi.json"

#: How Evolink draws here: small and fast.
DRAWING = {
    "cheap_pictures": True,
    "drawing_seconds": 0.3,
    "seconds_per_extra_image": 0.02,
    "pending_seconds": 0.05,
    "estimated_time": 1,
}
#: Nothing waits this long: a task that is due later is one that is kept until it expires.
LATER_MS = 60_000
UNDER_WAY = "SELECT count(*) FROM task WHERE wake_at < ? AND ? IN (0, user_id)"


class Studio:
    """Both stand-ins, the bot's process, and the people in the server."""

    def __init__(self, folder: Path) -> None:
        openapi = OPENAPI if OPENAPI.exists() else None
        self.discord = Discord(openapi=openapi)
        self.evolink = Evolink(clock=Clock())
        self.folder = folder
        self.bot: BotProcess
        self._log_from = 0
        self._calm()

    def _calm(self) -> None:
        """Take back whatever a test changed about the stand-ins."""
        for one in (self.discord, self.evolink):
            vars(one.behaviour).update(vars(type(one.behaviour)()))
            one.faults.clear()
        vars(self.evolink.behaviour).update(DRAWING)
        # Three times as long as in reality, and longer on a busy machine. Whether the bot is quick
        # enough, test_burst.py measures by its CPU time.
        self.discord.behaviour.ack_seconds = 9.0 * slowness()
        self.evolink.credits = 10_000.0
        self.discord.gateway.delay = 0.0

    @property
    def world(self):
        return self.discord.world

    async def open(self) -> None:
        await self.discord.start()
        await self.evolink.start()

    async def close(self) -> None:
        if self.bot.running:
            await self.bot.stop()
        await self.discord.close()
        await self.evolink.close()

    async def start(self, **settings: str) -> None:
        """Start the bot and wait until it is connected."""
        every = settings_for(self.discord, self.evolink) | SHORT_WAITS | settings
        self.bot = ForkedBot(every, self.folder)
        await self.restart()

    def originals(self) -> list[Path]:
        """The files of all results."""
        found = (self.folder / "data" / "results").glob("*/*")
        return [path for path in found if path.name.isdecimal()]

    async def restart(self) -> None:
        # Wait until Discord has seen the old connection go, or we would take it for the new one.
        await self.discord.gateway.disconnected()
        await self.bot.start()
        try:
            await self.discord.gateway.connected(timeout=30 * slowness())
        except TimeoutError:
            raise AssertionError(self.log()) from None

    def renew(self) -> None:
        """Reset it for the next test: another server, empty books, no faults."""
        self._calm()
        self.discord.books.forget()
        self.evolink.books.forget()
        self._log_from = self.bot.log.stat().st_size
        self.world.found()

    async def quiet(self, user_id: int = 0, seconds: float = PATIENCE) -> None:
        """Wait until the bot has nothing left to do, for one user or for all."""
        address = f"file:{self.folder}/data/imagine.db?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as rows:

            def rests() -> bool:
                soon = time.time() * 1000 + LATER_MS
                return rows.execute(UNDER_WAY, (soon, user_id)).fetchone() == (0,)

            await self.until(rests, seconds)

    def log(self) -> str:
        """What the bot has said, in this test."""
        return self.bot.log.read_bytes()[self._log_from :].decode()

    def person(self, user: User, channel: Channel | None = None, locale: str = "en-US") -> Person:
        return Person(self.discord, user=user, channel=channel or self.world.general, locale=locale)

    @property
    def ann(self) -> Person:
        return self.person(self.world.ann)

    def posted(self, channel: Channel | None = None) -> list[Message]:
        """What the bot posted as messages of its own in a channel, with images."""
        channel = channel or self.world.general
        return [
            message
            for message in channel.messages()
            if message.author_id == self.world.bot.id and message.images
        ]

    async def until(self, what: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until something is true; fail with what there is."""
        try:
            await until(what, seconds)
        except TimeoutError:
            shown = "\n".join(message.picture() for message in self.discord.books.messages)
            raise AssertionError(f"not in {seconds} s:\n{shown}\n\n{self.log()[-6000:]}") from None

    async def results(self, number: int = 1, channel: Channel | None = None) -> list[Message]:
        await self.until(lambda: len(self.posted(channel)) >= number)
        return self.posted(channel)

    async def slash(self, path: str, **values: object) -> Message:
        """Type a command as Ann and return the answer."""
        interaction = await self.ann.slash(path, **values)
        await self.until(lambda: interaction.message and not interaction.message.loading)
        assert interaction.message is not None
        return interaction.message

    async def slash_until(self, path: str, what: Callable[[Message], object]) -> Message:
        """Type a command as Ann again and again until its answer is as it should be."""
        async with asyncio.timeout(PATIENCE * slowness()):
            while not what(answer := await self.slash(path)):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
        return answer

    async def reads(self, interaction: Interaction, *texts: str) -> Message:
        """Wait until the answer of an interaction reads all of these."""

        def there() -> bool:
            message = interaction.message
            return message is not None and all(text in message.text for text in texts)

        await self.until(there)
        assert interaction.message is not None
        return interaction.message


@asynccontextmanager
async def opened(folder: Path, **settings: str) -> AsyncGenerator[Studio]:
    """Run both stand-ins and a bot with these settings."""
    studio = Studio(folder)
    await studio.open()
    try:
        await studio.start(**settings)
        yield studio
    finally:
        await studio.close()


def picture(name: str = "a.png", **kwargs) -> Upload:
    """A small picture to attach."""
    return Upload(name, png(**kwargs))
