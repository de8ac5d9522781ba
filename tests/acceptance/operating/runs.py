"""A bot that runs to its end."""

from sandbox.imagine.settings import settings_for
from tests.acceptance.studio import SHORT_WAITS, Studio
from tests.kit.forks import ForkedBot


async def run_once(studio: Studio, *arguments: str, **settings: str) -> tuple[int, str]:
    """Return its exit code, and what it said."""
    every = settings_for(studio.discord, studio.evolink) | SHORT_WAITS | settings
    bot = ForkedBot(every, studio.folder)
    before = bot.log.stat().st_size if bot.log.exists() else 0
    await bot.start(*arguments)
    return await bot.ended(), bot.log.read_bytes()[before:].decode()
