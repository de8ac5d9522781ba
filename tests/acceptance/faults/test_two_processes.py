"""Two processes with one token, by mistake: a server at home that somebody has forgotten."""

import asyncio
import sqlite3
from contextlib import closing

from sandbox.imagine.process import BotProcess
from tests.acceptance.studio import Studio, opened
from tests.kit.forks import ForkedBot


async def _drawn(studio: Studio, prompt: str, number: int, *, private: bool) -> None:
    asked = await studio.ann.slash("imagine", prompt=prompt, private=private)
    await studio.until(lambda: len(studio.evolink.books.submissions) == number)
    shown = asked.message
    assert shown is not None
    await studio.until(lambda: shown.deleted or shown.images)


def _allows_mentions(bot: BotProcess) -> bool:
    """Tell whether a process has written what the admin allowed."""
    address = f"file:{bot.folder}/data/imagine.db?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as rows:
        return (
            rows.execute("SELECT 1 FROM quota_setting WHERE kind = 'policy'").fetchone() is not None
        )


async def test_whoever_is_faster_draws(tmp_path):
    """Both receive each command; one answers and draws; the other draws nothing, and says so.

    Once, a second one took the first one's card for its own, and drew, charged and posted it again.
    """
    async with opened(tmp_path / "a") as studio:
        other = ForkedBot(studio.bot.settings | {"INSTANCE": "other"}, tmp_path / "b")
        await other.start()
        try:
            await studio.until(lambda: len(studio.discord.gateway.sessions) == 2)
            for number, private in enumerate((False, True, False), start=1):
                await _drawn(studio, f"fox {number}", number, private=private)
            await asyncio.sleep(1)
        finally:
            await other.stop()

        assert len(studio.evolink.books.submissions) == 3
        assert len(studio.posted()) == 2
        logs = [bot.log.read_text() for bot in (studio.bot, other)]
        assert any("Another process is running with this bot's token" in log for log in logs)


async def test_whoever_replies_first_draws(tmp_path):
    """The same where a message mentions the bot: one reply, one drawing, one result."""
    async with opened(tmp_path / "a", MENTIONS="true") as studio:
        other = ForkedBot(studio.bot.settings | {"INSTANCE": "other"}, tmp_path / "b")
        await other.start()
        try:
            await studio.until(lambda: len(studio.discord.gateway.sessions) == 2)
            admin = studio.person(studio.world.admin)
            await admin.slash("imagine-admin settings", mentions=True)
            # The process that was slower to answer has it in its own database, too.
            await studio.until(lambda: all(map(_allows_mentions, (studio.bot, other))))
            for number in (1, 2, 3):
                studio.ann.say(f"<@{studio.world.bot.id}> fox {number}")
                await studio.results(number)
            await studio.until(
                lambda: any(
                    "Another process is" in bot.log.read_text() for bot in (studio.bot, other)
                )
            )
        finally:
            await other.stop()

        assert len(studio.evolink.books.submissions) == 3
        assert len(studio.posted()) == 3
