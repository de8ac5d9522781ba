"""Where only the user has installed the bot, an interaction carries five follow-ups."""

from collections.abc import AsyncIterator

import pytest_asyncio

from sandbox.discord.interactions import Interaction
from tests.acceptance.results_kit import answered
from tests.acceptance.studio import Studio, opened


@pytest_asyncio.fixture(loop_scope="session")
async def away(tmp_path) -> AsyncIterator[Studio]:
    """Every picture fills a message; the bot is not in the server, and Ann takes no messages."""
    async with opened(tmp_path, USER_INSTALL="true") as studio:
        studio.world.ann.installed = True
        yield studio


async def test_more_pages_than_it_can_carry(away) -> None:
    """What was posted stays, once; all of them wait in /tasks."""
    # Eight and a half million bytes each: two to a message.
    away.evolink.behaviour.noisy, away.evolink.behaviour.side = True, 1700
    world = away.world
    guild = world.add_guild("Elsewhere", members=(world.ann,))
    channel = world.add_channel(guild, "lobby")
    world.kick_bot(guild)
    ann = away.person(world.ann, channel)
    world.ann.takes_dms = False
    card: Interaction = await ann.slash("imagine", prompt="many foxes", count=15)
    await away.until(lambda: len(card.followups) == 5, 100)
    await away.quiet()

    assert card.message is not None
    pages = [card.message, *card.followups]
    assert [len(message.images) for message in pages] == [2] * 6
    every = away.discord.books.messages
    names = [image.name for message in every for image in message.images]
    assert len(names) == len(set(names)) == 12
    assert ann.direct_messages() == []

    page = await answered(away, await ann.slash("tasks"))
    assert "Ready to collect · 15 images" in page.text
    fetched = await answered(away, await ann.press(page, "Get images"))
    assert fetched.images
