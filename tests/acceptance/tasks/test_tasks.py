"""/tasks and the buttons of open tasks: look, stop, fetch."""

from dataclasses import replace

import pytest

from sandbox.discord.permissions import Permission
from sandbox.faults import Fault, told
from tests.acceptance.results_kit import answered, opened_form, order, posted, to_delete
from tests.acceptance.trouble import GENERATIONS


async def test_cancel_before_anything_is_paid(studio):
    """At once; its card says that the quota is given back, and who waits behind it moves up."""
    studio.evolink.behaviour.unfinished = True
    for prompt in ("one", "two", "three"):
        await studio.ann.slash("imagine", prompt=prompt)
    await studio.until(lambda: len(studio.evolink.books.submissions) == 3)
    waiting = await studio.slash("imagine", prompt="four", count=3)
    last = await studio.ann.slash("imagine", prompt="five")
    await studio.reads(last, "Waiting · number 2 in line", "Starts in about")
    await studio.ann.press(waiting, "Cancel")
    await studio.until(lambda: "Not charged" in waiting.text)
    await studio.reads(last, "Waiting · next in line")
    studio.evolink.behaviour.unfinished = False
    assert waiting.buttons == ["Again (uses 3)", "Edit and resend"]
    await studio.results(4)

    drawn = sorted(each.prompt for each in studio.evolink.books.submissions)
    assert drawn == ["five", "one", "three", "two"]
    quota = await studio.ann.slash("quota")
    await studio.reads(quota, "16 left")

    form = await opened_form(studio, await studio.ann.press(waiting, "Edit and resend"))
    await studio.ann.fill(form, Prompt="six")
    await posted(studio, "six")
    assert order(studio, "six").payload["n"] == 3


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (told(400, {"error": {"code": "content_policy_violation"}}), "content rules"),
        ({}, "Stopped waiting. You'll find the images in"),
        ({"drop": True, "apply_then_fail": True}, "The connection dropped"),
    ],
)
async def test_stopped_while_it_is_being_sent(studio, how, said):
    """The answer waits for Evolink's, so it doesn't promise images that won't come."""
    fault = Fault("POST", GENERATIONS, times=1, delay=1.0, **how)
    studio.evolink.faults.add(fault)
    card = await studio.ann.slash("imagine", prompt=f"a fox on its way, {len(how)}")
    await studio.until(lambda: fault.met)
    await studio.until(lambda: card.message and "Stop waiting" in card.message.buttons)
    assert card.message is not None
    pressed = await studio.ann.press(card.message, "Stop waiting")
    shown = await answered(studio, pressed)

    assert said in shown.text
    if "content" in said:
        assert "Not charged" in shown.text
        await studio.reads(card, "Couldn't draw this", "Not charged")


async def test_stop_waiting_lands_in_tasks(studio):
    """The card goes, nothing is posted; the images can be fetched and are charged as drawn."""
    studio.evolink.behaviour.unfinished = True
    card = await studio.ann.slash("imagine", prompt="not now", count=2)
    await studio.until(lambda: "Stop waiting" in card.message.buttons)
    await studio.ann.press(card.message, "Stop waiting")
    await studio.until(lambda: card.message.deleted)
    studio.evolink.behaviour.unfinished = False
    listed = await studio.slash_until("tasks", lambda answer: "Get images" in answer.buttons)
    fetched = await studio.ann.press(listed, "Get images")
    await studio.until(lambda: fetched.message and fetched.message.images)
    assert len(fetched.message.images) == 2
    assert fetched.ephemeral
    assert not studio.posted()
    quota = await studio.ann.slash("quota")
    await studio.reads(quota, "18 left")


async def test_no_way_to_post_keeps_the_images(studio):
    """Channel gone, no direct messages: the images wait, and count, fetched or not."""
    world = studio.world
    world.ann.takes_dms = False
    studio.evolink.behaviour.unfinished = True
    ann = studio.person(world.ann, world.art)
    await ann.slash("imagine", prompt="homeless")
    await studio.until(lambda: studio.evolink.books.submissions)
    world.delete_channel(world.art)
    studio.evolink.behaviour.unfinished = False
    listed = await studio.slash_until("tasks", lambda answer: "Get images" in answer.buttons)
    await studio.reads(await studio.ann.slash("quota"), "19 left")
    fetched = await studio.ann.press(listed, "Get images")
    await studio.until(lambda: fetched.message and fetched.message.images)
    quota = await studio.ann.slash("quota")
    await studio.reads(quota, "19 left")


async def test_keeping_and_deleting_is_no_way_round_the_quota(studio):
    """Images that were stopped, viewed and deleted without being collected count like any other."""
    admin = studio.person(studio.world.admin)
    await admin.slash("imagine-admin quota user", user=studio.world.ann, images="3")
    for round_ in range(3):
        studio.evolink.behaviour.unfinished = True
        card = await studio.ann.slash("imagine", prompt=f"for nothing {round_}")
        await studio.until(lambda card=card: "Stop waiting" in card.message.buttons)
        await studio.ann.press(card.message, "Stop waiting")
        studio.evolink.behaviour.unfinished = False
        listed = await studio.slash_until(
            "tasks", lambda answer: {"Get images", "More…"} <= set(answer.buttons)
        )
        menu = await studio.ann.press(listed, "More…")
        await studio.until(lambda menu=menu: menu.message and "Details" in menu.message.buttons)
        details = await studio.ann.press(menu.message, "Details")
        await studio.reads(details, "1 image charged")
        await studio.ann.press(await to_delete(studio, menu.message), "Delete")
        await studio.slash_until("tasks", lambda answer: "Get images" not in answer.buttons)
    refused = await studio.ann.slash("imagine", prompt="one more")
    await studio.reads(refused, "used all your images")
    assert len(studio.evolink.books.submissions) == 3


async def test_a_channel_that_is_gone_leaves_a_direct_message(studio):
    """Where the channel was deleted, the images come as a direct message."""
    world = studio.world
    studio.evolink.behaviour.unfinished = True
    ann = studio.person(world.ann, world.art)
    await ann.slash("imagine", prompt="homeless")
    await studio.until(lambda: studio.evolink.books.submissions)
    world.delete_channel(world.art)
    studio.evolink.behaviour.unfinished = False
    await studio.until(lambda: any(message.images for message in ann.direct_messages()))


async def test_permissions_that_were_taken_away(studio):
    """Where the bot may no longer post, the card becomes the result."""
    world = studio.world
    studio.evolink.behaviour.unfinished = True
    card = await studio.ann.slash("imagine", prompt="still here")
    await studio.until(lambda: studio.evolink.books.submissions)
    world.overwrite(world.general, world.bot, deny=Permission.SEND_MESSAGES)
    studio.evolink.behaviour.unfinished = False
    await studio.until(lambda: card.message.images)

    assert not card.message.deleted


async def test_somebody_elses_task(studio):
    """Nobody stops a task that is not theirs; it is drawn and posted."""
    studio.evolink.behaviour.unfinished = True
    card = await studio.ann.slash("imagine", prompt="mine")
    await studio.until(lambda: "Stop waiting" in card.message.buttons)
    bob = studio.person(studio.world.bob)
    answer = await bob.press(card.message, "Stop waiting")

    assert answer.ephemeral
    studio.evolink.behaviour.unfinished = False
    await studio.results()


@pytest.mark.parametrize("number", [999, 2**62, 2**63, 10**19 - 1])
async def test_a_forged_button(studio, number):
    """A number that is no task of yours is answered with a sentence."""
    await studio.ann.slash("imagine", prompt="a fox")
    (result,) = await studio.results()
    forged = _with_custom_id(result, f"task:{number}:stop")
    answer = await studio.ann.press(forged, f"task:{number}:stop")

    assert answer.ephemeral
    assert "task" in answer.message.text


def _with_custom_id(message, custom_id: str):
    """Change the button of a message behind the bot's back, as a forged interaction would."""
    text = repr(message.body.components)
    start = text.index("'custom_id': '") + len("'custom_id': '")
    old = text[start : text.index("'", start)]

    def swap(part):
        if isinstance(part, dict):
            return {
                key: custom_id if key == "custom_id" and value == old else swap(value)
                for key, value in part.items()
            }
        return [swap(one) for one in part] if isinstance(part, list | tuple) else part

    message.become(replace(message.body, components=tuple(swap(message.body.components))))
    return message
