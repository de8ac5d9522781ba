"""What users type, name and post never reaches a field of Discord's that is too small for it."""

import pytest

from sandbox.discord.interactions import InteractionFailed
from sandbox.person import Upload
from tests.acceptance.results_kit import answered, drawn, opened_form
from tests.acceptance.studio import picture
from tests.kit.pictures import png

#: Names as long as allowed, of characters that count once or twice.
LONG_NAMES = ["n" * 250 + ".png", "\N{FOX FACE}" * 120 + ".png", "\u200b\u200b.png"]


@pytest.mark.parametrize(
    "typed",
    ["x" * 101, "\N{FOX FACE}" * 60, "\u200b", "\u3164\u2800", "9" * 6000, "\x00", "16:9" * 40],
)
async def test_whatever_is_typed_into_size(studio, typed):
    """Nothing that Discord would refuse is offered; the bot's log has no traceback."""
    offered = await studio.ann.autocomplete("imagine", "size", typed, prompt="a fox")

    assert offered == []
    assert "Traceback" not in studio.log()


async def test_pixels_that_are_typed_are_offered(studio):
    """They are offered as typed, though no list has them."""
    offered = await studio.ann.autocomplete("imagine", "size", "2560x1440", prompt="a fox")

    assert [choice["value"] for choice in offered] == ["2560x1440"]


@pytest.mark.parametrize("name", LONG_NAMES)
async def test_names_of_files(studio, name):
    """In the tray, its menu, its pictures' texts and in the form that asks which to keep."""
    message = studio.ann.say("look", files=[Upload(name, png()), Upload("b.png", png(33, 33))])
    tray = await answered(studio, await studio.ann.menu("Use as reference", message))
    assert "2/14" in tray.text
    form = await opened_form(studio, await studio.ann.press(tray, "Draw with these…"))
    refused = await answered(studio, await studio.ann.fill(form, Prompt="a fox", Size="huge"))
    assert await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    many = {f"image{number}": picture(name) for number in range(2, 15)}
    refused = await answered(
        studio,
        await studio.ann.slash("imagine", prompt="a fox", image=picture(name), **many, count=2),
    )
    form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    assert "References to keep" in str(form.data)


async def test_words_that_are_searched_for(studio):
    """The buttons' ids hold them within Discord's limit, whatever Discord counts there."""
    await drawn(studio, "a fox")
    listed = await answered(studio, await studio.ann.slash("tasks"))
    form = await opened_form(studio, await studio.ann.press(listed, "Search…"))
    await studio.ann.fill(form, words="\N{FOX FACE}" * 50)
    await studio.until(lambda: "No matching tasks" in listed.text)
    ids = [
        part["custom_id"]
        for box in listed.components
        for row in box["components"]
        for part in row.get("components", ())
        if "custom_id" in part
    ]

    assert ids
    assert all(len(each.encode("utf-16-le")) <= 200 for each in ids)


async def test_a_command_of_another_version(studio):
    """Clients offer it for a while after an update: the bot says so, and completes nothing."""
    size = {"type": 3, "name": "size", "description": "Size", "autocomplete": True}
    known = studio.world.commands
    old = known.upsert({"name": "draw", "description": "Draw", "options": [size]})
    answer = await answered(studio, await studio.ann.slash("draw", size="1:1"))
    assert answer.ephemeral
    assert "Restart Discord" in answer.text
    with pytest.raises(InteractionFailed, match="did not respond"):
        await studio.ann.autocomplete("draw", "size", "1")
    assert known.remove(old["id"])


async def test_a_message_that_the_library_cannot_read(studio):
    """A poll without an end in the message that a menu is used on: it says so at once."""
    message = studio.ann.say("which fox?", files=[picture()])
    message.poll = {
        "question": {"text": "which?"},
        "answers": [{"answer_id": 1, "poll_media": {"text": "red"}}],
        "expiry": None,
        "allow_multiselect": False,
        "layout_type": 1,
    }
    for menu in ("Use as reference", "Edit with Imagine"):
        answer = await answered(studio, await studio.ann.menu(menu, message))
        assert answer.ephemeral
        assert "can't be read" in answer.text
