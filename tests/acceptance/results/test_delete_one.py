"""*Delete this image*: one of several goes, and the others stay."""

import asyncio

import pytest

from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault, told
from tests.acceptance.results_kit import answered, drawn, left, number_of, posted, to_delete
from tests.acceptance.studio import Studio

ONE = "Delete this image…"


async def asked(studio: Studio, result: Message, number: int) -> Message:
    """The question, from an image's panel."""
    panel = await answered(studio, await studio.ann.press(result, str(number)))
    return await to_delete(studio, panel, ONE)


def files(studio: Studio, result: Message) -> list[str]:
    """Which originals are kept."""
    folder = studio.folder / "data" / "results" / str(number_of(result))
    return sorted(path.name for path in folder.glob("?"))


async def test_one_of_four(studio):
    """Its message shows the other three under their own numbers; nothing is refunded."""
    result = await drawn(studio, "four foxes, one too many", count=4)
    before = [image.id for image in result.images]
    await studio.quiet()
    had = await left(studio)
    question = await asked(studio, result, 2)
    assert "Delete image 2?" in question.text
    assert "the others stay. Your quota isn't refunded." in question.text
    await studio.ann.press(question, "Delete")
    await studio.until(lambda: "Deleted." in question.text)

    assert [image.id for image in result.images] == [before[0], *before[2:]]
    assert result.buttons[:3] == ["1", "3", "4"]
    assert "3 of 4 images" in result.text
    assert files(studio, result) == ["0", "2", "3"]
    assert await left(studio) == had
    panel = await answered(studio, await studio.ann.press(result, "4"))
    assert "Image 4 of 4" in panel.text
    await studio.ann.press(panel, "4K (uses 1)")
    await posted(studio, "4K of [image 4]")


async def test_question_can_be_left(studio):
    """*Keep* leads back to the panel, and nothing is gone."""
    result = await drawn(studio, "four foxes to keep", count=4)
    await studio.quiet()
    question = await asked(studio, result, 3)
    await studio.ann.press(question, "Keep")
    await studio.until(lambda: ONE in question.buttons)

    assert "Image 3 of 4" in question.text
    assert len(result.images) == 4


async def test_open_panels(studio):
    """That image's panels close, whoever opened them; those of another and of all images stay."""
    result = await drawn(studio, "foxes with open panels", count=3)
    await studio.quiet()
    bob = studio.person(studio.world.bob, locale="zh-CN")
    panel = await answered(studio, await studio.ann.press(result, "1"))
    bobs = await answered(studio, await bob.press(result, "1"))
    other = await answered(studio, await bob.press(result, "2"))
    whole = await answered(studio, await studio.ann.press(result, "More…"))
    await studio.ann.press(await asked(studio, result, 1), "Delete")
    await studio.until(lambda: panel.text == "Image 1 was deleted.")
    await studio.until(lambda: bobs.text == "第 1 张图片已删除。")
    await studio.quiet()

    assert not panel.buttons
    assert not panel.images
    assert other.buttons
    assert whole.buttons
    await studio.ann.press(await asked(studio, result, 2), "Delete")
    await studio.until(lambda: not other.buttons)
    last = await answered(studio, await studio.ann.press(result, "More…"))
    await studio.ann.press(await to_delete(studio, last), "Delete")
    await studio.until(lambda: whole.text == "The images were deleted.")


async def test_panels_out_of_reach(studio):
    """They say that the image is gone once they are pressed; "all originals" returns the others."""
    result = await drawn(studio, "foxes with old panels", count=3)
    await studio.quiet()
    opened = await studio.ann.press(result, "1")
    panel = await answered(studio, opened)
    studio.discord.faults.add(
        Fault(method="PATCH", path=opened.token, **told(401, {"code": 50027, "message": "no"}))
    )
    whole = await answered(studio, await studio.ann.press(result, "More…"))
    await studio.ann.press(await asked(studio, result, 1), "Delete")
    await studio.until(lambda: len(result.images) == 2)
    await studio.quiet()
    for gone in ("Original file", "4K (uses 1)", "Vary (uses 4)"):
        answer = await answered(studio, await studio.ann.press(panel, gone))
        assert "no longer available" in answer.text
    archive = await answered(studio, await studio.ann.press(whole, "All originals"))
    assert archive.body.files


async def test_one_after_the_other(studio):
    """The message goes with its last image, and the task counts as deleted."""
    result = await drawn(studio, "two foxes that go", count=2)
    await studio.quiet()
    first, second = await asked(studio, result, 1), await asked(studio, result, 2)
    await asyncio.gather(*(studio.ann.press(each, "Delete") for each in (first, second)))
    await studio.until(lambda: "Deleted." in first.text and "Deleted." in second.text)

    assert result.deleted
    assert files(studio, result) == []
    listed = await answered(studio, await studio.ann.slash("tasks"))
    assert "Deleted" in listed.text


async def test_pressed_twice(studio):
    """Both presses say that it is gone; it went once."""
    result = await drawn(studio, "three foxes, pressed twice", count=3)
    await studio.quiet()
    questions = [await asked(studio, result, 2) for _ in range(2)]
    await asyncio.gather(*(studio.ann.press(each, "Delete") for each in questions))
    await studio.until(lambda: len(result.images) == 2)
    await studio.quiet()

    assert len(result.edits) == 2


async def test_second_page(studio):
    """Only the page with the image changes; its numbers still continue the first page's."""
    await drawn(studio, "twelve foxes, one too many", count=12)
    first, second = await studio.results(2)
    await studio.quiet()
    await studio.ann.press(await asked(studio, second, 11), "Delete")
    await studio.until(lambda: len(second.images) == 1)

    assert len(first.images) == 10
    assert "image 12" in second.text
    assert "page 2/2" in second.text
    await studio.ann.press(await asked(studio, second, 12), "Delete")
    await studio.until(lambda: second.deleted)
    assert len(first.images) == 10


async def test_message_already_gone(studio):
    """A moderator was faster; the original goes all the same."""
    result = await drawn(studio, "three foxes, moderated", count=3)
    await studio.quiet()
    question = await asked(studio, result, 1)
    studio.discord.platform.delete(result)
    await studio.ann.press(question, "Delete")
    await studio.until(lambda: "Deleted." in question.text)

    assert files(studio, result) == ["1", "2"]


async def test_where_the_bot_may_not(studio):
    """The bot says so and the image stays; once it has the permission, the button works."""
    world = studio.world
    result = await drawn(studio, "three foxes out of reach", count=3)
    await studio.quiet()
    question = await asked(studio, result, 1)
    world.overwrite(world.general, world.bot, deny=Permission.VIEW_CHANNEL)
    refused = await studio.ann.press(question, "Delete")
    await studio.until(lambda: refused.followups)
    assert "Discord doesn't let the bot" in refused.followups[0].text
    world.overwrite(world.general, world.bot)

    assert files(studio, result) == ["0", "1", "2"]
    await studio.ann.press(question, "Delete")
    await studio.until(lambda: len(result.images) == 2)


async def test_of_a_private_result(studio):
    """A message that only the interaction could reach stays, and the question says so."""
    card = await studio.ann.slash("imagine", prompt="secret foxes", private=True, count=2)
    await studio.until(lambda: card.message and card.message.images)
    await studio.quiet()
    question = await asked(studio, card.message, 1)
    assert "a message the bot can't change still shows it" in question.text
    await studio.ann.press(question, "Delete")
    await studio.until(lambda: "Deleted." in question.text)
    await studio.ann.press(card.message, "Post to channel")
    published = await posted(studio, "secret foxes")

    assert len(published.images) == 1


async def test_by_nobody_else(studio):
    """Except a moderator of the channel; others aren't offered it."""
    world = studio.world
    result = await drawn(studio, "foxes of anns", count=2)
    await studio.quiet()
    bob = studio.person(world.bob)
    assert ONE not in (await answered(studio, await bob.press(result, "1"))).buttons
    question = await asked(studio, result, 1)
    question.only_for = world.bob.id
    refused = await bob.press(question, "Delete")
    await studio.until(lambda: refused.followups)

    assert "Only the person who asked for this" in refused.followups[0].text
    assert len(result.images) == 2


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_killed_half_way(own, method):
    """The next process goes on: the others stay, once."""
    result = await drawn(own, "four foxes and a death", count=4)
    await own.quiet()
    question = await asked(own, result, 2)
    fault = own.discord.faults.add(Fault(method, f"/messages/{result.id}$", times=1, delay=0.7))
    pressing = asyncio.create_task(own.ann.press(question, "Delete"))
    await own.until(lambda: fault.met)
    await own.bot.kill()
    await pressing
    await own.restart()
    await own.until(lambda: len(result.images) == 3)
    await own.quiet()

    assert files(own, result) == ["0", "2", "3"]
    assert result.buttons[:3] == ["1", "3", "4"]


async def test_while_discord_fails(studio):
    """Nobody is shown it any more, and it goes as soon as Discord works again."""
    result = await drawn(studio, "three foxes and an outage", count=3)
    await studio.quiet()
    question = await asked(studio, result, 1)
    failing = studio.discord.faults.add(
        Fault("PATCH", f"/messages/{result.id}$", **told(503, {"message": "unavailable"}))
    )
    await studio.ann.press(question, "Delete")
    await studio.until(lambda: failing.met)
    panel = await answered(studio, await studio.ann.press(result, "More…"))
    assert "2 images" in panel.text
    studio.discord.faults.remove(failing)
    await studio.until(lambda: len(result.images) == 2)
    await studio.quiet()

    assert files(studio, result) == ["1", "2"]
