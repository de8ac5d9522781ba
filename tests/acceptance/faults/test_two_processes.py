"""Two processes with one token, by mistake: a server at home that somebody has forgotten."""

import asyncio

from tests.acceptance.studio import Studio, opened
from tests.kit.forks import ForkedBot


async def _drawn(studio: Studio, prompt: str, number: int, *, private: bool) -> None:
    asked = await studio.ann.slash("imagine", prompt=prompt, private=private)
    await studio.until(lambda: len(studio.evolink.books.submissions) == number)
    shown = asked.message
    assert shown is not None
    await studio.until(lambda: shown.deleted or shown.images)


async def test_whoever_is_faster_draws(tmp_path):
    """Both hear of each command; one answers, and draws; the other draws nothing, and says so.

    A second one that took the first one's card for its own drew, charged and posted it all again.
    """
    async with opened(tmp_path / "a") as studio:
        other = ForkedBot(studio.bot.settings | {"INSTANCE": "other"}, tmp_path / "b")
        await other.start()
        try:
            await studio.until(lambda: len(studio.discord.gateway.sessions) == 2)
            for number, private in enumerate((False, True, False), start=1):
                await _drawn(studio, f"fox {number}", number, private=private)
            logs = [bot.log.read_text() for bot in (studio.bot, other)]
            await asyncio.sleep(1)
        finally:
            await other.stop()

        assert len(studio.evolink.books.submissions) == 3
        assert len(studio.posted()) == 2
        assert any("Another process is running with this bot's token" in log for log in logs)
