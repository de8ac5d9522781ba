"""The whole bot as a process, between the two stand-ins, on real wires."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from sandbox.clock import Clock
from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import Message
from sandbox.discord.places import Channel, User
from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from sandbox.person import Person, Upload
from sandbox.process import ROOT, BotProcess
from sandbox.settings import settings_for

#: Discord's own description of its API; requests are checked against it where it is at hand.
OPENAPI = ROOT.parent / "shared" / "reference" / "discord-openapi.json"

#: Everything waits less than in real life, and is otherwise as it is.
SHORT_WAITS = {
    "EDIT_SECONDS": "0.2",
    "POLL_FLOOR_SECONDS": "0.1",
    "POLL_CEILING_SECONDS": "0.5",
    "ESTIMATE_SECONDS": "0.4",
    "RETRY_SECONDS": "0.1",
    "PAUSE_SECONDS": "0.5",
    "UNKNOWN_AFTER_SECONDS": "1.5",
    "LEASE_SECONDS": "5",
    "LOG_FORMAT": "json",
}


class Studio:
    """Both stand-ins, the bot's process, and the people in the server."""

    def __init__(self, folder: Path) -> None:
        openapi = OPENAPI if OPENAPI.exists() else None
        self.discord = Discord(openapi=openapi)
        self.evolink = Evolink(clock=Clock())
        self.folder = folder
        self.evolink.behaviour.cheap_pictures = True
        self.evolink.behaviour.drawing_seconds = 0.3
        self.evolink.behaviour.seconds_per_extra_image = 0.02
        self.evolink.behaviour.pending_seconds = 0.05
        self.evolink.behaviour.estimated_time = 1
        self.bot: BotProcess

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
        self.bot = BotProcess(every, self.folder)
        await self.restart()

    async def restart(self) -> None:
        await self.bot.start()
        try:
            await self.discord.gateway.connected(timeout=30)
        except TimeoutError:
            raise AssertionError(self.log()) from None

    def log(self) -> str:
        return self.bot.log.read_text()

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

    async def until(self, what: Callable[[], object], seconds: float = 40) -> None:
        """Wait until something is true; fail with what there is."""
        try:
            async with asyncio.timeout(seconds):
                while not what():  # noqa: ASYNC110 - what is awaited lies in another process
                    await asyncio.sleep(0.02)
        except TimeoutError:
            shown = "\n".join(message.picture() for message in self.discord.books.messages)
            raise AssertionError(f"not in {seconds} s:\n{shown}\n\n{self.log()[-6000:]}") from None

    async def results(self, number: int = 1, channel: Channel | None = None) -> list[Message]:
        await self.until(lambda: len(self.posted(channel)) >= number)
        return self.posted(channel)

    async def slash(self, path: str, **values: object) -> Message:
        """Type a command as Ann and return the answer."""
        interaction = await self.ann.slash(path, **values)
        await self.until(lambda: interaction.message is not None)
        assert interaction.message is not None
        return interaction.message

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


@pytest.fixture
async def studio(tmp_path) -> AsyncIterator[Studio]:
    """A running bot with its defaults, but short waits."""
    async with opened(tmp_path) as running:
        yield running
        assert not running.discord.books.violations, running.discord.books.violations


def png(width: int = 64, height: int = 64, colour: str = "red", kind: str = "PNG") -> bytes:
    """A small picture."""
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()


def picture(name: str = "a.png", **kwargs) -> Upload:
    """A small picture to attach."""
    return Upload(name, png(**kwargs))
