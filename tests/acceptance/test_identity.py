"""Another database counts from one again; what was posted from the one before stays what it was."""

import shutil

from results_kit import drawn

from sandbox.faults import Fault


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
    """Looked for, it is not taken for what the folder before posted under the same number."""
    before = await drawn(own, "a fox of before")
    await begin_anew(own)
    path = rf"/channels/{own.world.general.id}/messages$"
    own.discord.faults.add(Fault("POST", path, times=1, status=503))
    today = await drawn(own, "a fox of today")

    assert [message.id for message in own.posted()] == [before.id, today.id]
