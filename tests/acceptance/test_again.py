"""*Again* on results, and *Try again* on what failed through nobody's fault."""

from sandbox.faults import Fault
from tests.acceptance.studio import opened, picture

GENERATIONS = r"^/v1/images/generations$"


async def test_a_task_of_unknown_outcome_is_tried_again(tmp_path):
    """The press makes a new task with the same references, charged as any other."""
    async with opened(tmp_path, UNKNOWN_AFTER_SECONDS="0.5") as studio:
        studio.evolink.faults.add(Fault("POST", GENERATIONS, times=1, drop=True))
        card = await studio.ann.slash("imagine", prompt="a fox", count=2, image=picture())
        ended = await studio.reads(card, "Not charged")
        await studio.ann.press(ended, "Send again (uses 2)")
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
    await bob.press(card.message, "Send again (uses 1)")
    (result,) = await studio.results()

    assert result.pinged == {studio.world.bob.id}
    assert "20 left" in (await studio.slash("quota")).text
    assert "19 left" in (await studio.reads(await bob.slash("quota"), "left")).text


async def test_nobody_tries_a_private_task_of_somebody_else(own):
    """A forged button says that there is no such task, and tells nothing of it."""
    own.evolink.behaviour.next_failures.append("service_error")
    card = await own.ann.slash("imagine", prompt="secret", private=True)
    await own.reads(card, "Not charged")
    (button,) = [part for part in card.message.buttons if part.startswith("Send again")]
    assert button == "Send again (uses 1)"
    bob = own.person(own.world.bob)
    public = await bob.slash("imagine", prompt="a cat")
    forged = public.message
    forged.components[0]["components"][-1]["components"][0]["custom_id"] = "task:1:again"
    answer = await bob.press(forged, "task:1:again")

    text = (await own.reads(answer, "task")).text
    assert "secret" not in text
    await own.results()
    assert [order.prompt for order in own.evolink.books.submissions] == ["secret", "a cat"]
