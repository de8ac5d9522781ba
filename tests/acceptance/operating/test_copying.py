"""An installation that moves to PostgreSQL and back, with people who use it."""

from tests.acceptance.operating.runs import run_once
from tests.acceptance.studio import opened, picture


async def test_moved_while_evolink_draws_and_back(tmp_path, postgres) -> None:
    """Each task is delivered once and charged once; quota, history and old buttons work."""
    file, server = f"sqlite+aiosqlite:///{tmp_path}/data/imagine.db", await postgres.empty()
    async with opened(tmp_path) as studio:
        await studio.slash("imagine", prompt="ein Fuchs im Schnee", image=picture())
        (first,) = await studio.results()
        await studio.quiet()
        studio.evolink.behaviour.unfinished = True
        # Kill it after Evolink's id is written; before, the outcome would be unknown.
        await studio.reads(await studio.ann.slash("imagine", prompt="a paper boat"), "Drawing")
        await studio.bot.kill()

        code, said = await run_once(studio, "copy", file, server)
        assert (code, "2 tasks among them" in said) == (0, True), said
        assert (await run_once(studio))[0] == 78
        await studio.start(DATABASE_URL=server)
        studio.evolink.behaviour.unfinished = False
        await studio.results(2)
        await studio.ann.press(first, "Again (uses 1)")
        await studio.results(3)
        await studio.reads(await studio.ann.slash("quota"), "17 left")
        await studio.reads(await studio.ann.slash("tasks"), "ein Fuchs", "a paper boat")
        code, said = await run_once(studio, "copy", server, file)
        assert (code, "stop the bot first" in said) == (69, True), said
        await studio.bot.stop()

        code, said = await run_once(studio, "copy", server, file)
        assert (code, "3 tasks among them" in said) == (0, True), said
        await studio.start()
        await studio.ann.press(first, "Again (uses 1)")
        await studio.results(4)
        await studio.reads(await studio.ann.slash("quota"), "16 left")
        assert len(studio.evolink.books.submissions) == len(studio.posted()) == 4


async def test_a_copy_to_nowhere(tmp_path) -> None:
    """What is wrong is one sentence on standard error, without the password, and an exit code."""
    async with opened(tmp_path) as studio:
        await studio.bot.stop()
        file = f"sqlite+aiosqlite:///{tmp_path}/data/imagine.db"
        gone = "postgresql+asyncpg://imagine:horse-battery@127.0.0.1:1/imagine"
        code, said = await run_once(studio, "copy", file, gone)
        assert code == 69
        assert "TO: imagine on 127.0.0.1 can't be reached" in said
        assert "horse-battery" not in said
        assert (await run_once(studio, "copy", file, file))[0] == 78
        assert (await run_once(studio, "copy", file))[0] == 2
        await studio.restart()
