"""*Post to channel* on private results."""

from results_kit import answered, forged, left, number_of, opened_form, posted
from studio import Studio, opened

from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault, limited


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
        assert "has just changed" in answer.text, answer.picture()


async def test_what_was_private_is_posted_once_for_everybody(studio):
    """Twice pressed, also after a restart, it is there once; it costs nothing more."""
    shown = await secret(studio, "a secret fox", count=2)
    had = await left(studio)
    assert not studio.posted()
    answer = await publish(studio, shown, "Posted for everybody.")
    result = await posted(studio, "a secret fox")
    assert str(result.id) in str(answer.components)
    assert [image.read() for image in result.images] == [image.read() for image in shown.images]
    await studio.bot.stop()
    await studio.restart()
    answer = await publish(studio, shown, "Posted for everybody.")

    assert str(result.id) in str(answer.components)
    assert len(studio.posted()) == 1
    assert "Post to channel" not in result.buttons
    assert await left(studio) == had
    form = await opened_form(studio, await studio.person(studio.world.bob).press(result, "Edit"))
    assert "a secret fox" in str(form.data)


async def test_an_answer_that_was_lost_is_looked_for(studio):
    """The post had reached Discord: pressed again, it is found, not repeated."""
    shown = await secret(studio, "a lost fox")
    path = rf"/channels/{studio.world.general.id}/messages$"
    studio.discord.faults.add(Fault("POST", path, times=1, apply_then_fail=True, drop=True))
    await publish(studio, shown, "may have been posted")
    await publish(studio, shown, "Posted for everybody.")

    assert len(studio.posted()) == 1


async def test_a_post_that_is_held_back_for_long(tmp_path):
    """Whoever presses again meanwhile may have it posted: it is looked for before it is sent."""
    async with opened(tmp_path, LEASE_SECONDS="1") as studio:
        studio.ann.say("an empty history would prove nothing")
        shown = await secret(studio, "a slow fox")
        here = f"/channels/{studio.world.general.id}/messages"
        studio.discord.faults.add(Fault("POST", f"{here}$", times=1, **limited(1.5)))
        await publish(studio, shown, "may have been posted")
        await publish(studio, shown, "Posted for everybody.")

        asked = [one.method for one in studio.discord.books.requests if here in one.path]
        assert asked == ["POST", "GET", "POST"]


async def test_where_the_bot_may_not_post(studio):
    """It says so; when it may again, the same button works."""
    world = studio.world
    shown = await secret(studio, "a muted fox")
    world.overwrite(world.general, world.bot, deny=Permission.SEND_MESSAGES)
    await publish(studio, shown, "does not let the bot")
    world.overwrite(world.general, world.bot)
    await publish(studio, shown, "Posted for everybody.")
    await posted(studio, "a muted fox")


async def test_nobody_else_publishes(studio):
    """A forged button finds no such task; nothing is posted."""
    shown = await secret(studio, "a secret owl")
    bob = studio.person(studio.world.bob)
    await bob.slash("imagine", prompt="bobs owl")
    result = await posted(studio, "bobs owl")
    custom_id = f"task:{number_of(shown)}:publish"
    answer = await answered(studio, await bob.press(forged(result, custom_id), custom_id))

    assert "no such task" in answer.text
    assert len(studio.posted()) == 1
