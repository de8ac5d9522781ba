"""Everybody's own defaults: made by a command or from a task, used for what is left out."""

from tests.acceptance.results_kit import answered, drawn, opened_form, order, posted
from tests.acceptance.studio import picture


async def test_what_is_left_out(studio):
    """The defaults fill it in; what is typed, as an option or as a flag, overrides them."""
    shown = await studio.slash("imagine-defaults", size="16:9", quality="4K", count=2)
    assert "16:9 · 4K · 2 images" in shown.text
    assert "4K" in (await drawn(studio, "a default fox")).text
    assert order(studio, "a default fox").payload["size"] == "16:9"
    assert order(studio, "a default fox").n == 2
    await studio.ann.slash("imagine", prompt="a typed fox --ar 1:1", quality="2K", count=1)
    assert "1:1 · 2K" in (await posted(studio, "a typed fox")).text
    exact = await drawn(studio, "an exact fox", size="2560x1440", count=1)
    assert "4K" not in exact.text
    bobs = await drawn(studio, "a fox of bobs", studio.person(studio.world.bob))
    assert "automatic size · 2K · 1 image" in bobs.text
    await studio.ann.press(await studio.slash("imagine-defaults"), "Reset")
    assert "None yet." in (await studio.slash("imagine-defaults")).text


async def test_private_unless_said_otherwise(studio):
    """Private by default, so nobody else sees it; a single result can be public all the same."""
    await studio.slash("imagine-defaults", private=True)
    card = await studio.ann.slash("imagine", prompt="a shy fox")
    await studio.until(lambda: card.message and card.message.images)
    assert card.ephemeral
    await drawn(studio, "a bold fox", private=False)
    await studio.ann.press(await studio.slash("imagine-defaults"), "Reset")


async def test_made_from_a_task(studio):
    """*Details* offers them to whoever looks; forms begin with them."""
    bob = studio.person(studio.world.bob)
    result = await drawn(studio, "a fox to go by", size="3:4", count=3)
    menu = await answered(studio, await bob.press(result, "More…"))
    details = await answered(studio, await bob.press(menu, "Details"))
    made = await answered(studio, await bob.press(details, "Make these my defaults"))
    assert "3:4 · 2K · 3 images" in made.text
    said = studio.ann.say("look", files=[picture()])
    form = await opened_form(studio, await bob.menu("Edit with Imagine", said))
    await bob.fill(form, prompt="a fox gone by")
    await posted(studio, "a fox gone by")

    assert order(studio, "a fox gone by").payload["size"] == "3:4"
    assert (await studio.slash("imagine-defaults")).text.count("None yet.") == 1


async def test_what_cannot_be(studio):
    """A bad default is refused when it is set, not when it is used."""
    refused = await studio.slash("imagine-defaults", size="2560x1440", quality="4K")
    assert "Quality doesn't apply to exact pixels" in refused.text
    assert "isn't a size I know" in (await studio.slash("imagine-defaults", size="huge")).text
    assert "None yet." in (await studio.slash("imagine-defaults")).text
