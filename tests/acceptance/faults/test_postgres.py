"""The main job with PostgreSQL in place of a file."""

import asyncio

from tests.acceptance.studio import opened, picture


async def test_killed_while_evolink_draws(tmp_path, postgres):
    """The next process delivers the images once; quota and history know the task."""
    async with opened(tmp_path, DATABASE_URL=await postgres.database()) as studio:
        studio.evolink.behaviour.drawing_seconds = 2.0
        card = await studio.slash("imagine", prompt="ein Fuchs im Schnee", image=picture())
        await studio.until(lambda: studio.evolink.books.reads)
        await studio.bot.kill()
        await studio.restart()
        await studio.results()
        await studio.until(lambda: card.deleted)

        assert len(studio.evolink.books.submissions) == 1
        assert len(studio.posted()) == 1
        await studio.reads(await studio.ann.slash("quota"), "19 left")
        await studio.reads(await studio.ann.slash("tasks"), "ein Fuchs")


async def test_the_database_crashes_while_evolink_draws(tmp_path, postgres):
    """Nothing is lost, nothing happens twice; a command meanwhile is refused, and costs nothing."""
    async with opened(tmp_path, DATABASE_URL=await postgres.database()) as studio:
        studio.evolink.behaviour.drawing_seconds = 3.0
        await studio.slash("imagine", prompt="a fox")
        await studio.until(lambda: studio.evolink.books.reads)
        await asyncio.to_thread(postgres.stop)
        try:
            told = await studio.ann.slash("imagine", prompt="a hare")
            await studio.until(lambda: told.ephemeral and told.message and not told.loading)
        finally:
            await asyncio.to_thread(postgres.start)
        await studio.results()

        assert len(studio.evolink.books.submissions) == 1
        assert len(studio.posted()) == 1
        await studio.reads(await studio.ann.slash("quota"), "19 left")
