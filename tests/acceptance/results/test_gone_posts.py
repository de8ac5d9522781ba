"""A result that a moderator deletes at Discord is gone for everybody but its requester."""

import asyncio

from bot.services.shared.visibility import TRUSTED_SECONDS
from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import Message
from sandbox.person import Person
from tests.acceptance.results_kit import answered, drawn, left, opened_form, order
from tests.acceptance.studio import Studio


async def refused(studio: Studio, press: Interaction) -> Message:
    """What the person who presses reads instead."""
    await studio.until(lambda: press.followups or (press.message and not press.message.loading))
    found = [each for each in (*press.followups, press.message) if each and each.ephemeral]
    said = next((each for each in found if "isn't yours" in each.text), None)
    assert said is not None, [each.text for each in found]
    assert not any(each.images for each in press.followups)
    return said


async def panel(studio: Studio, person: Person, result: Message) -> Message:
    """What *More…* shows."""
    return await answered(studio, await person.press(result, "More…"))


async def test_open_panels_trays_and_forms_of_others(studio):
    """Whatever was opened before the deletion is refused; the requester still has the original."""
    bob = studio.person(studio.world.bob)
    result = await drawn(studio, "a fox to be deleted")
    await studio.quiet()
    menu, anns = await panel(studio, bob, result), await panel(studio, studio.ann, result)
    form = await opened_form(studio, await bob.press(result, "Edit"))
    tray = await answered(studio, await bob.press(menu, "Use as reference"))
    draw = await opened_form(studio, await bob.press(tray, "Draw with these…"))
    had = await left(studio, bob)
    assert (await answered(studio, await bob.press(menu, "Original file"))).images
    studio.discord.platform.delete(result)
    # A message that was seen counts as existing for a few seconds.
    await asyncio.sleep(TRUSTED_SECONDS)

    for button in ("Original file", "Vary (uses 4)", "Edit", "4K (uses 1)", "Use as reference",
                   "Again (uses 1)", "Remix", "Details"):  # fmt: skip
        await refused(studio, await bob.press(menu, button))
    said = await refused(studio, await bob.fill(form, prompt="my own words"))
    assert "my own words" in said.text
    # The bot doesn't draw from what was in the tray; nothing is charged.
    card = await bob.fill(draw, Prompt="from the tray")
    await studio.reads(card, "Picture 1 is no longer available")
    assert len(studio.evolink.books.submissions) == 1
    assert await left(studio, bob) == had

    assert (await answered(studio, await studio.ann.press(anns, "Original file"))).images
    await studio.ann.press(anns, "4K (uses 1)")
    await studio.until(lambda: len(studio.posted()) == 1)


async def test_the_tray_forgets_what_is_gone(studio):
    """Shown again, it has only the other picture."""
    bob = studio.person(studio.world.bob)
    gone, stays = await drawn(studio, "a fox that goes"), await drawn(studio, "a fox that stays")
    await studio.quiet()
    for result in (gone, stays):
        menu = await panel(studio, bob, result)
        tray = await answered(studio, await bob.press(menu, "Use as reference"))
    assert "2/14" in tray.text
    studio.discord.platform.delete(gone)
    await asyncio.sleep(TRUSTED_SECONDS)
    again = await answered(studio, await bob.press(menu, "Use as reference"))
    assert "1/14" in again.text
    form = await opened_form(studio, await bob.press(again, "Draw with these…"))
    await bob.fill(form, Prompt="one fox")
    await studio.until(lambda: len(studio.posted()) == 2)

    assert len(order(studio, "one fox").references) == 1
