"""Links to results that are wrong, for a moment or for ever: what was paid for comes, and whole."""

import asyncio
import hashlib

import pytest

from sandbox.discord.cdn import File
from sandbox.faults import Fault
from tests.acceptance.studio import opened
from tests.acceptance.trouble import Story
from tests.kit.odd_pictures import TORN, odd_pictures
from tests.kit.patience import slowness

AWAITED = "Couldn't get all of your images yet. Trying again."
WRONG = ["missing", "expired", "page", "empty", "half", "cut"]


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_link_that_is_wrong_at_first(studio, wrong):
    """It is tried again; nothing but the whole picture is shown."""
    studio.evolink.behaviour.cheap_pictures = False
    studio.evolink.behaviour.side = 256
    studio.evolink.behaviour.wrong_links = {0: wrong}
    studio.evolink.behaviour.wrong_times = 3
    await studio.ann.slash("imagine", prompt="a fox")
    (message,) = await studio.results()

    (whole,) = studio.evolink.books.downloads
    (image,) = message.images
    assert hashlib.sha256(image.read()).hexdigest() == whole.sha256


async def test_two_do_not_wait_for_a_third(studio):
    """The two come within a minute (here: six seconds) and say so; the third follows on its own."""
    studio.evolink.behaviour.wrong_links = {1: "missing"}
    studio.evolink.behaviour.wrong_times = None
    card = await studio.slash("imagine", prompt="foxes", count=3)
    await studio.until(lambda: AWAITED in card.text)
    first, second = await studio.results(2)

    assert [len(message.images) for message in (first, second)] == [1, 1]
    assert "Image 2 isn't here yet. The bot keeps trying for a day." in first.text
    assert not card.deleted
    studio.evolink.behaviour.wrong_links = {}
    await studio.results(3)
    await studio.until(lambda: card.deleted)
    await studio.reads(await studio.ann.slash("quota"), "17 left")
    assert len(studio.evolink.books.submissions) == 1
    assert "be downloaded from Evolink yet" in studio.log()


async def test_links_that_stay_wrong(tmp_path):
    """When their day is over (here: eight seconds) the card and the operator are told."""
    day = f"{8 * slowness():.0f}"
    async with opened(tmp_path, GIVE_UP_SECONDS=day, CAP_IMAGES_TOTAL="0") as studio:
        studio.evolink.behaviour.wrong_links = {2: "expired"}
        studio.evolink.behaviour.wrong_times = None
        some = Story(studio, "two of three")
        await some.ask(count=3)
        await some.reads("Some of your images never arrived from the image service")
        assert [len(message.images) for message in studio.posted(some.channel)] == [2]
        studio.evolink.behaviour.wrong_links = {0: "page"}
        none = Story(studio, "none of one")
        await none.ask()
        await none.reads("couldn't be downloaded. Try again.")

        await studio.reads(await some.person.slash("quota"), "18 left")
        await studio.reads(await none.person.slash("quota"), "20 left")
        assert studio.log().count("could not be downloaded from Evolink (task") == 2


async def test_links_that_are_signed_as_they_are_spelled(studio):
    """Not a byte of them changes, nor of their redirects."""
    studio.evolink.behaviour.signed_links = True
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()

    assert len(studio.evolink.books.downloads) == 1


async def test_every_file_that_browsers_show(tmp_path):
    """Odd pictures are posted, in a form that Discord understands."""
    files = {name: data for name, data in odd_pictures().items() if name not in TORN}
    async with opened(
        tmp_path, QUOTA_IMAGES="200", MAX_RUNNING="10", CAP_IMAGES_TOTAL="0"
    ) as studio:
        studio.evolink.behaviour.next_files = [*files.values()]
        while files and studio.evolink.behaviour.next_files:
            count = min(10, len(studio.evolink.behaviour.next_files))
            await studio.slash("imagine", prompt="odd", count=count)
            await studio.until(lambda: studio.evolink.books.submissions)
            left = len(studio.evolink.behaviour.next_files)
            await studio.until(lambda left=left: len(studio.evolink.behaviour.next_files) < left)
        await studio.until(lambda: len(_shown(studio)) == len(files), seconds=90)
        assert not [image.name for image in _shown(studio) if not image.width]


def _shown(studio) -> list[File]:
    return [image for message in studio.posted() for image in message.images]


async def test_half_a_picture_is_better_than_none(tmp_path):
    """If it stays torn for a day (here: three seconds), what there is comes in the end."""
    async with opened(tmp_path, GIVE_UP_SECONDS="3") as studio:
        studio.evolink.behaviour.next_files = [odd_pictures()["half.jpg"]]
        card = await studio.slash("imagine", prompt="a fox")
        await studio.until(lambda: AWAITED in card.text)
        listed = await studio.slash_until("tasks", lambda answer: "Get images" in answer.buttons)
        fetched = await studio.ann.press(listed, "Get images")
        await studio.until(lambda: fetched.message and fetched.message.images)


async def test_a_file_that_is_gone_is_downloaded_again(studio):
    """Before it is posted, and when the original is asked for: its link still lives."""
    fault = studio.discord.faults.add(Fault("POST", r"/channels/\d+/messages$", status=503))
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.until(lambda: fault.met)
    for file in studio.originals():
        file.unlink()
    fault.times = 0
    (message,) = await studio.results()
    assert message.images

    await studio.quiet()
    for file in studio.originals():
        file.unlink()
    menu = await studio.ann.press(message, "More…")
    await studio.until(lambda: menu.message and "Original file" in menu.message.buttons)
    answer = await studio.ann.press(menu.message, "Original file")
    await studio.until(lambda: answer.message and answer.message.images)


async def test_hanging_links_hold_up_nobody(tmp_path):
    """One user has forty of them; somebody else's image comes meanwhile."""
    many = {
        "QUOTA_OPEN_TASKS": "50",
        "QUOTA_IMAGES": "50",
        "MAX_RUNNING": "50",
        "USER_RUNNING": "50",
    }
    async with opened(tmp_path, CAP_IMAGES_TOTAL="0", **many) as studio:
        studio.evolink.behaviour.wrong_links = {0: "hanging"}
        for _ in range(40):
            await studio.ann.slash("imagine", prompt="slow")
        await studio.until(lambda: len(studio.evolink.books.submissions) == 40)
        await asyncio.sleep(2)
        studio.evolink.behaviour.wrong_links = {}
        story = Story(studio, "somebody else")
        await story.ask()
        await studio.until(lambda: studio.posted(story.channel), seconds=15)
