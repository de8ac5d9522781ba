"""*Again* on results, and *Try again* on what failed through nobody's fault."""

import time

from results_kit import answered, drawn, left, opened_form, order, posted
from studio import opened, picture, png

from sandbox.faults import Fault
from sandbox.person import Upload

GENERATIONS = r"^/v1/images/generations$"


async def test_a_task_of_unknown_outcome_is_tried_again(tmp_path):
    """The press makes a new task with the same references, charged as any other."""
    async with opened(tmp_path, UNKNOWN_AFTER_SECONDS="0.5") as studio:
        studio.evolink.faults.add(Fault("POST", GENERATIONS, times=1, drop=True))
        card = await studio.ann.slash("imagine", prompt="a fox", count=2, image=picture())
        ended = await studio.reads(card, "Not charged")
        await studio.ann.press(ended, "Try again · 2")
        (result,) = await studio.results()

        assert len(result.images) == 2
        (order,) = studio.evolink.books.submissions
        assert order.prompt.startswith("a fox")
        assert len(order.references) == 1
        assert "18 left" in (await studio.slash("quota")).text


async def test_whoever_presses_pays(studio):
    """Somebody else's press is their own task, on their own quota."""
    studio.evolink.behaviour.next_failures.append("service_error")
    card = await studio.ann.slash("imagine", prompt="a fox")
    await studio.reads(card, "Not charged")
    bob = studio.person(studio.world.bob)
    await bob.press(card.message, "Try again · 1")
    (result,) = await studio.results()

    assert result.pinged == {studio.world.bob.id}
    assert "20 left" in (await studio.slash("quota")).text
    assert "19 left" in (await studio.reads(await bob.slash("quota"), "left")).text


async def test_nobody_tries_a_private_task_of_somebody_else(own):
    """A forged button says that there is no such task, and tells nothing of it."""
    own.evolink.behaviour.next_failures.append("service_error")
    card = await own.ann.slash("imagine", prompt="secret", private=True)
    await own.reads(card, "Not charged")
    (button,) = [part for part in card.message.buttons if part.startswith("Try again")]
    assert button == "Try again · 1"
    bob = own.person(own.world.bob)
    public = await bob.slash("imagine", prompt="a cat")
    forged = public.message
    forged.components[0]["components"][-1]["components"][0]["custom_id"] = "task:1:again"
    answer = await bob.press(forged, "task:1:again")

    text = (await own.reads(answer, "task")).text
    assert "secret" not in text
    await own.results()
    assert [order.prompt for order in own.evolink.books.submissions] == ["secret", "a cat"]


def let_links_die(studio) -> None:
    """A day later: each of Discord's links that was given out before leads nowhere."""
    now = time.time() * 1000

    async def is_old(request) -> bool:
        return int(request.query["is"], 16) < now

    studio.discord.faults.add(Fault("GET", r"attachments/", about=is_old, status=404))


async def test_references_that_live_on_are_fetched_anew(studio):
    """A picture in a message and a result of ours, for somebody else, when all links are dead."""
    bob = studio.person(studio.world.bob)
    result = await drawn(studio, "an old fox")
    await answered(studio, await studio.ann.menu("Use as reference", result))
    message = bob.say("look", files=[Upload("b.png", png(width=77))])
    tray = await answered(studio, await studio.ann.menu("Use as reference", message))
    form = await opened_form(studio, await studio.ann.press(tray, "Draw with these…"))
    await studio.ann.fill(form, Prompt="two foxes")
    both = await posted(studio, "two foxes")
    let_links_die(studio)
    await bob.press(both, "Again · 1")
    again = await posted(studio, "two foxes", 2)

    assert again.pinged == {studio.world.bob.id}
    assert [each.width for each in order(studio, "two foxes").references] == [2048, 77]


async def test_a_reference_that_is_nowhere_any_more_is_named(studio):
    """What was typed with the command died with its link: it says which, and asks for that one."""
    had = await left(studio)
    result = await drawn(
        studio, "a lost fox", image=picture("a.png", width=71), image2=picture("b.png", width=72)
    )
    studio.discord.faults.add(Fault("GET", r"attachments/.*/b\.png$", status=404))
    again = await studio.ann.press(result, "Again · 1")
    card = await studio.reads(again, "Not charged")
    assert "Image 2 is no longer there" in card.text
    assert await left(studio) == had - 1
    studio.discord.faults.clear()
    form = await opened_form(studio, await studio.ann.press(card, "Change and send"))
    await studio.ann.fill(form, **{"More pictures": picture("c.png", width=73)})
    await posted(studio, "a lost fox", 2)

    assert [each.width for each in order(studio, "a lost fox").references] == [71, 73]
