"""*Post to channel* on private results."""

import asyncio

from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault, limited, told
from tests.acceptance.results_kit import (
    answered,
    forged,
    left,
    number_of,
    opened_form,
    posted,
    to_delete,
)
from tests.acceptance.studio import Studio, opened


async def secret(studio: Studio, prompt: str, count: int = 1) -> Message:
    """A private result of Ann's."""
    asked = await studio.ann.slash("imagine", prompt=prompt, private=True, count=count)
    await studio.until(lambda: asked.message and asked.message.images)
    return await answered(studio, asked)


async def publish(studio: Studio, message: Message, text: str) -> Message:
    """Press until the task is settled and the answer reads so."""
    while True:
        answer = await answered(studio, await studio.ann.press(message, "Post to channel"))
        if text in answer.text:
            return answer
        assert "just changed" in answer.text, answer.picture()


async def test_what_was_private_is_posted_once_for_everybody(studio):
    """Pressed twice, or again after a restart, it is posted once, at no further cost."""
    shown = await secret(studio, "a secret fox", count=2)
    had = await left(studio)
    assert not studio.posted()
    answer = await publish(studio, shown, "Posted to the channel. Everyone there can see it.")
    result = await posted(studio, "a secret fox")
    assert str(result.id) in str(answer.components)
    assert [image.read() for image in result.images] == [image.read() for image in shown.images]
    await studio.bot.stop()
    await studio.restart()
    answer = await publish(studio, shown, "Posted to the channel. Everyone there can see it.")

    assert str(result.id) in str(answer.components)
    assert len(studio.posted()) == 1
    assert "Post to channel" not in result.buttons
    assert await left(studio) == had
    bob = studio.person(studio.world.bob)
    panel = await answered(studio, await bob.press(result, "2"))
    form = await opened_form(studio, await bob.press(panel, "Edit"))
    assert "a secret fox" in str(form.data)


async def test_an_answer_that_was_lost_is_looked_for(studio):
    """The post had reached Discord: it is found, not repeated, and the presser is told."""
    shown = await secret(studio, "a lost fox")
    path = rf"/channels/{studio.world.general.id}/messages$"
    studio.discord.faults.add(Fault("POST", path, times=1, apply_then_fail=True, drop=True))
    answer = await publish(studio, shown, "Posted to the channel. Everyone there can see it.")

    (result,) = studio.posted()
    assert str(result.id) in str(answer.components)


async def test_a_post_that_is_held_back_for_long(tmp_path):
    """It isn't sent after its lease has run out, but by the next step, and once.

    The rate limit means that nothing was posted, and recording the post would show what another
    process has posted meanwhile: nobody has to look.
    """
    async with opened(tmp_path, LEASE_SECONDS="1") as studio:
        studio.ann.say("an empty history would prove nothing")
        shown = await secret(studio, "a slow fox")
        here = f"/channels/{studio.world.general.id}/messages"
        studio.discord.faults.add(Fault("POST", f"{here}$", times=1, **limited(1.5)))
        await publish(studio, shown, "Posted to the channel. Everyone there can see it.")

        asked = [one.method for one in studio.discord.books.requests if here in one.path]
        assert asked == ["POST", "POST"]
        assert len(studio.posted()) == 1


async def test_where_the_bot_may_not_post(studio):
    """It says so; when it may again, the same button works."""
    world = studio.world
    shown = await secret(studio, "a muted fox")
    world.overwrite(world.general, world.bot, deny=Permission.SEND_MESSAGES)
    await publish(studio, shown, "doesn't let the bot")
    world.overwrite(world.general, world.bot)
    await publish(studio, shown, "Posted to the channel. Everyone there can see it.")
    await posted(studio, "a muted fox")


async def test_a_refused_page_whose_images_were_deleted_since(studio):
    """It is skipped: the rest is posted already, and every further press says so."""
    asked = await studio.ann.slash("imagine", prompt="twelve foxes", private=True, count=12)
    await studio.until(lambda: asked.followups and asked.followups[0].images)
    first, second = await answered(studio, asked), asked.followups[0]
    path = rf"/channels/{studio.world.general.id}/messages$"
    studio.discord.faults.add(Fault("POST", path, times=1))
    no = told(403, {"code": 50013, "message": "Missing Permissions"})
    studio.discord.faults.add(Fault("POST", path, times=1, **no))
    await publish(studio, first, "doesn't let the bot")
    for number in (11, 12):
        panel = await answered(studio, await studio.ann.press(second, str(number)))
        question = await to_delete(studio, panel, "Delete this image…")
        await studio.ann.press(question, "Delete")
        await studio.until(lambda question=question: "Deleted." in question.text)
    for _ in range(2):
        await publish(studio, first, "Posted to the channel. Everyone there can see it.")
    (result,) = studio.posted()
    assert len(result.images) == 10


async def test_nobody_else_publishes(studio):
    """A forged button finds no such task; nothing is posted."""
    shown = await secret(studio, "a secret owl")
    bob = studio.person(studio.world.bob)
    await bob.slash("imagine", prompt="bobs owl")
    result = await posted(studio, "bobs owl")
    custom_id = f"task:{number_of(shown)}:publish"
    answer = await answered(studio, await bob.press(forged(result, custom_id), custom_id))

    assert "isn't yours" in answer.text
    assert len(studio.posted()) == 1


def slow(studio: Studio, seconds: float) -> Fault:
    """Have the next post in #general reach Discord late."""
    path = rf"/channels/{studio.world.general.id}/messages$"
    return studio.discord.faults.add(Fault("POST", path, times=1, delay=seconds))


async def test_two_presses_at_once(studio):
    """One message, and both are told of it."""
    shown = await secret(studio, "a fox twice")
    await studio.quiet()
    slow(studio, 0.5)
    presses = [studio.ann.press(shown, "Post to channel") for _ in range(2)]
    answers = [await answered(studio, press) for press in await asyncio.gather(*presses)]

    (result,) = studio.posted()
    assert [str(result.id) in str(answer.components) for answer in answers] == [True, True]


async def test_killed_while_it_is_posted(own):
    """The next process posts it once, even if nobody presses again; another press gets its link."""
    own.ann.say("an empty history would prove nothing")
    shown = await secret(own, "a fox that was interrupted")
    await own.quiet()
    fault = slow(own, 1.0)
    await own.ann.press(shown, "Post to channel")
    await own.until(lambda: fault.met)
    await own.bot.kill()
    await own.restart()
    await own.quiet()
    await publish(own, shown, "Posted to the channel. Everyone there can see it.")

    assert len(own.posted()) == 1


async def test_deleted_while_it_is_posted(studio):
    """The post, which everybody would have seen for ever, goes as well."""
    shown = await secret(studio, "a fox that was regretted")
    await studio.quiet()
    menu = await answered(studio, await studio.ann.press(shown, "More…"))
    question = await to_delete(studio, menu)
    fault = slow(studio, 1.0)
    await studio.ann.press(shown, "Post to channel")
    await studio.until(lambda: fault.met)
    sure = await studio.ann.press(question, "Delete")
    await studio.until(lambda: sure.message and "Deleted." in sure.message.text)
    await studio.quiet()

    assert [each.text for each in studio.posted() if "regretted" in each.text] == []
    answer = await answered(studio, await studio.ann.press(shown, "Post to channel"))
    assert "no longer available" in answer.text


async def test_deleted_while_discord_is_failing(studio):
    """It was to be posted once Discord works again, but not after it was deleted."""
    shown = await secret(studio, "a fox that was withdrawn")
    await studio.quiet()
    menu = await answered(studio, await studio.ann.press(shown, "More…"))
    question = await to_delete(studio, menu)
    path = rf"/channels/{studio.world.general.id}/messages$"
    failing = studio.discord.faults.add(Fault("POST", path, status=503))
    await studio.ann.press(shown, "Post to channel")
    await studio.until(lambda: failing.met)
    sure = await studio.ann.press(question, "Delete")
    await studio.until(lambda: sure.message and "Deleted." in sure.message.text)
    studio.discord.faults.remove(failing)
    await studio.quiet()
    await asyncio.sleep(1)

    assert [each for each in studio.posted() if "withdrawn" in each.text] == []


async def test_what_everybody_sees_is_not_published(studio):
    """A forged button below a public result posts nothing a second time."""
    await studio.ann.slash("imagine", prompt="a public fox")
    result = await posted(studio, "a public fox")
    await studio.quiet()
    custom_id = f"task:{number_of(result)}:publish"
    answer = await answered(studio, await studio.ann.press(forged(result, custom_id), custom_id))

    assert "isn't yours" in answer.text
    assert len(studio.posted()) == 1
