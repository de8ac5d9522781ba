"""A new database counts from one again; what the old one posted keeps its meaning."""

import shutil

from sandbox.faults import Fault
from tests.acceptance.results_kit import answered, drawn, forged


async def begin_anew(studio) -> None:
    """Start the bot with an empty data folder."""
    await studio.bot.stop()
    shutil.rmtree(studio.folder / "data")
    await studio.restart()


async def test_a_new_data_folder_loses_no_picture(own):
    """Task 1 of today is drawn moments after task 1 of the folder before: both are posted."""
    before = await drawn(own, "a fox of before")
    await begin_anew(own)
    await own.person(own.world.bob, own.world.art).slash("imagine", prompt="a fox of today")
    (today,) = await own.results(channel=own.world.art)

    assert not before.deleted
    assert today.images[0].read() != before.images[0].read()


async def test_a_post_without_an_answer_is_no_other_databases(own):
    """The search doesn't take the old folder's post, under the same number, for the new one."""
    before = await drawn(own, "a fox of before")
    await begin_anew(own)
    path = rf"/channels/{own.world.general.id}/messages$"
    own.discord.faults.add(Fault("POST", path, times=1, status=503))
    today = await drawn(own, "a fox of today")

    assert [message.id for message in own.posted()] == [before.id, today.id]


async def test_buttons_of_the_folder_before(own):
    """They don't redraw somebody's new picture: nothing is drawn or charged."""
    before = await drawn(own, "a fox of before")
    await begin_anew(own)
    today = await drawn(own, "a secret of today", own.person(own.world.bob))
    submitted = len(own.evolink.books.submissions)
    for button in ("Again (uses 1)", "Vary (uses 4)", "Edit", "4K (uses 1)", "Remix", "More…"):
        answer = await answered(own, await own.ann.press(before, button))
        assert "isn't yours" in answer.text, button
    # Ids as an earlier version would have written them, even on the new task's message.
    for message in (before, today):
        for custom_id in ("task:1:again", "task:1:more", "result:1:0:redraw", "result:1:0:use"):
            press = await own.ann.press(forged(message, custom_id), custom_id)
            assert "isn't yours" in (await answered(own, press)).text, custom_id

    assert len(own.evolink.books.submissions) == submitted


async def test_a_backup_that_is_put_back(own):
    """What the backup knows works as before; later posts match no task, though rows repeat."""
    kept = await drawn(own, "a fox that was saved")
    await own.quiet()
    await own.bot.stop()
    shutil.copytree(own.folder / "data", own.folder / "backup")
    await own.restart()
    lost = await drawn(own, "a fox that was lost")
    await own.bot.stop()
    # Only the database is put back: the files of the lost task stay where they are.
    for name in ("imagine.db", "imagine.db-wal", "imagine.db-shm"):
        (own.folder / "data" / name).unlink(missing_ok=True)
        if (own.folder / "backup" / name).exists():
            shutil.copy(own.folder / "backup" / name, own.folder / "data" / name)
    await own.restart()
    bobs = await drawn(own, "bobs fox, row two once more", own.person(own.world.bob))

    assert not lost.deleted
    menu = await answered(own, await own.ann.press(bobs, "More…"))
    assert menu.images[0].read() != lost.images[0].read()
    answer = await answered(own, await own.ann.press(lost, "More…"))
    assert "isn't yours" in answer.text
    await own.ann.press(kept, "Again (uses 1)")
    await own.until(lambda: len(own.posted()) == 4)
    assert "a fox that was saved" in own.posted()[-1].text
