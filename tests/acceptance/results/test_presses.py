"""Presses for what people do most, counted as Discord sends them; and presses that come twice."""

import asyncio

from tests.acceptance.results_kit import (
    answered,
    drawn,
    left,
    opened_form,
    order,
    posted,
    to_delete,
)
from tests.acceptance.studio import Studio, opened

#: What the same takes with Midjourney's bot, by its guide (docs.midjourney.com): "V2"; "U2",
#: "Vary (Region)" and "Submit"; "U2" and "Upscale"; the list of reactions and its cross; the
#: command that shows a job again. We allow ourselves one press more.
MIDJOURNEY = {"vary": 1, "edit": 3, "4K": 2, "delete": 2, "collect": 1}


class Presses:
    """Counts what people send to the bot from here on."""

    def __init__(self, studio: Studio) -> None:
        self._interactions = studio.discord.platform.interactions
        self._before = len(self._interactions)

    def check(self, what: str) -> None:
        """Check that it took no more than allowed."""
        made = len(self._interactions) - self._before
        assert 0 < made <= MIDJOURNEY[what] + 1


async def test_one_image_of_four_is_varied(studio):
    """Two presses make four new ones."""
    result = await drawn(studio, "four foxes to vary", count=4)
    presses = Presses(studio)
    panel = await answered(studio, await studio.ann.press(result, "2"))
    await studio.ann.press(panel, "Vary (uses 4)")
    presses.check("vary")
    varied = await posted(studio, "four foxes to vary", 2)

    assert len(varied.images) == 4


async def test_one_image_of_four_is_edited(studio):
    """The form opens with the second press, and is sent with the third."""
    result = await drawn(studio, "four foxes to edit", count=4)
    presses = Presses(studio)
    panel = await answered(studio, await studio.ann.press(result, "2"))
    form = await opened_form(studio, await studio.ann.press(panel, "Edit"))
    await studio.ann.fill(form, **{"What should change?": "edited in snow"})
    presses.check("edit")

    assert (await posted(studio, "edited in snow")).images


async def test_one_image_of_four_in_4k(studio):
    """Two presses."""
    result = await drawn(studio, "four foxes to enlarge", count=4)
    presses = Presses(studio)
    panel = await answered(studio, await studio.ann.press(result, "2"))
    await studio.ann.press(panel, "4K (uses 1)")
    presses.check("4K")

    assert (await posted(studio, "four foxes to enlarge", 2)).images


async def test_a_result_is_deleted(studio):
    """Three presses, one of which confirms."""
    result = await drawn(studio, "foxes to delete", count=4)
    presses = Presses(studio)
    panel = await answered(studio, await studio.ann.press(result, "More…"))
    asked = await to_delete(studio, panel)
    await studio.ann.press(asked, "Delete")
    presses.check("delete")

    await studio.until(lambda: result.deleted)


async def test_images_are_collected(tmp_path):
    """From the list, with a command and one press."""
    async with opened(tmp_path) as studio:
        studio.evolink.behaviour.unfinished = True
        card = await studio.ann.slash("imagine", prompt="a fox to collect", count=4)
        await studio.until(lambda: card.message and "Stop waiting" in card.message.buttons)
        assert card.message is not None
        await studio.ann.press(card.message, "Stop waiting")
        studio.evolink.behaviour.unfinished = False
        await studio.slash_until("tasks", lambda page: "Get images" in page.buttons)
        presses = Presses(studio)
        page = await answered(studio, await studio.ann.slash("tasks"))
        fetched = await studio.ann.press(page, "Get images")
        presses.check("collect")

        await studio.until(lambda: fetched.message and len(fetched.message.images) == 4)


async def test_vary_pressed_twice_is_two_tasks(studio):
    """Like *Again*: each press gets a card and is charged."""
    result = await drawn(studio, "a fox varied twice")
    had = await left(studio)
    await asyncio.gather(*(studio.ann.press(result, "Vary (uses 4)") for _ in range(2)))
    await posted(studio, "a fox varied twice", 3)

    assert await left(studio) == had - 8


async def test_a_press_that_discord_delivers_twice_is_one_task(studio):
    """A gateway that is resumed may send an event again; one task comes of one interaction."""
    result = await drawn(studio, "a fox delivered twice")
    had, asked = await left(studio), len(studio.evolink.books.submissions)
    gateway = studio.discord.platform.gateway
    dispatch, sent = gateway.dispatch, []

    def twice(kind, payload, guild=None, *args):
        if kind == "INTERACTION_CREATE":
            sent.append(payload)
            dispatch(kind, payload, guild, *args)
        dispatch(kind, payload, guild, *args)

    gateway.dispatch = twice
    try:
        for button in ("Vary (uses 4)", "4K (uses 1)", "Again (uses 1)"):
            await studio.ann.press(result, button)
    finally:
        gateway.dispatch = dispatch
    await posted(studio, "a fox delivered twice", 4)
    await studio.quiet()

    assert len(sent) == 3
    assert await left(studio) == had - 6
    # One submission per task, however many images it is for.
    assert len(studio.evolink.books.submissions) == asked + 3
    assert order(studio, "a fox delivered twice")
