"""*Edit* on results: a form whose draft is drawn from the chosen image."""

# ruff: noqa: RUF001 - Chinese has its own digits and colons, pixels a multiplication sign

import hashlib
from io import BytesIO

import pytest
from PIL import Image

from sandbox.faults import Fault
from sandbox.person import Refused
from tests.acceptance.results_kit import (
    answered,
    drawn,
    forged,
    left,
    number_of,
    opened_form,
    order,
    posted,
)
from tests.acceptance.studio import picture


def sha(file) -> str:
    """The hash of a file in a message."""
    return hashlib.sha256(file.read()).hexdigest()


async def test_an_image_is_edited_three_times_from_its_own_message(studio):
    """Each time the latest message is edited, and Evolink gets what that message shows."""
    had = await left(studio)
    result = await drawn(studio, "a fox")
    for prompt in ("with a hat", "in the snow", "at night"):
        form = await opened_form(studio, await studio.ann.press(result, "Edit"))
        await studio.ann.fill(form, prompt=prompt)
        before, result = result, await posted(studio, prompt)

        (reference,) = order(studio, prompt).references
        with Image.open(BytesIO(before.images[0].read())) as shown:
            assert (reference.width, reference.height) == shown.size
        assert reference.sha256 == sha(before.images[0])
    assert await left(studio) == had - 4


async def test_the_form_of_one_of_several(studio):
    """It asks what should change, says of what, and takes further references."""
    result = await drawn(studio, "three foxes", count=3, size="16:9")
    panel = await answered(studio, await studio.ann.press(result, "2"))
    form = await opened_form(studio, await studio.ann.press(panel, "Edit"))
    assert form.title == "Edit image 2"
    asked = form.data["components"][0]
    assert asked["description"] == "Original prompt: three foxes"
    assert not asked["component"].get("value")
    assert "16:9" in str(form.data)
    assert "1 reference is kept." in str(form.data)
    hat = picture("hat.png", width=99)
    await studio.ann.fill(form, **{"What should change?": "with hats", "More pictures": hat})
    edited = await posted(studio, "with hats")

    first, second = order(studio, "with hats").references
    assert first.sha256 == sha(result.images[1])
    assert second.width == 99
    assert len(edited.images) == 1


async def test_flags_count_more_than_fields_that_were_left(studio):
    """What a form was prefilled with was nobody's choice; and it has no field for the quality."""
    result = await drawn(studio, "a fox")
    form = await opened_form(studio, await studio.ann.press(result, "Edit"))
    await studio.ann.fill(form, prompt="in winter --q 4k --ar 16:9 --n 2")
    edited = await posted(studio, "in winter")
    assert "16:9 · 4K" in edited.text
    assert len(edited.images) == 2

    form = await opened_form(studio, await studio.ann.press(result, "Edit"))
    await studio.ann.fill(form, prompt="in spring --ar 16:9 --n 3", Size="9:16", count=["2"])
    edited = await posted(studio, "in spring")
    assert "9:16 · 2K" in edited.text
    assert len(edited.images) == 2


async def test_exact_pixels_in_a_form_without_a_quality(studio):
    """The form takes the first image's quality, without showing it."""
    result = await drawn(studio, "a fox")
    form = await opened_form(studio, await studio.ann.press(result, "Edit"))
    await studio.ann.fill(form, prompt="in autumn", Size="2560x1440")
    assert "2560×1440" in (await posted(studio, "in autumn")).text
    form = await opened_form(studio, await studio.ann.press(result, "Edit"))
    await studio.ann.fill(form, prompt="in summer --size 2560x1440")
    await posted(studio, "in summer")

    assert order(studio, "in summer").payload["size"] == "2560x1440"


async def test_the_button_of_earlier_versions_asks_which_image(studio):
    """Of three images the second is chosen."""
    result = await drawn(studio, "three foxes", count=3)
    button = f"task:{number_of(result)}:edit"
    form = await opened_form(studio, await studio.ann.press(forged(result, button), button))
    await studio.ann.fill(form, **{"What should change?": "in a row", "Which image": "Image 2"})
    await posted(studio, "in a row")

    (reference,) = order(studio, "in a row").references
    assert reference.sha256 == sha(result.images[1])


async def test_an_edit_works_after_a_restart_by_anybody_on_their_own_quota(studio):
    """Button and form need only their ids; the person who sends the form pays."""
    result = await drawn(studio, "a fox")
    bob = studio.person(studio.world.bob)
    had = await left(studio), await left(studio, bob)
    form = await opened_form(studio, await bob.press(result, "Edit"))
    await studio.bot.stop()
    await studio.restart()
    await bob.fill(form, prompt="bobs fox")
    edited = await posted(studio, "bobs fox")

    assert edited.pinged == {studio.world.bob.id}
    assert (await left(studio), await left(studio, bob)) == (had[0], had[1] - 1)
    again = await opened_form(studio, await bob.press(edited, "Edit"))
    assert "bobs fox" in str(again.data)


async def test_an_original_that_is_gone_is_fetched_from_its_message(studio):
    """Even if Discord's links have expired: the bot asks for new ones."""
    result = await drawn(studio, "a fox")
    for original in studio.originals():
        original.unlink()
    form = await opened_form(studio, await studio.ann.press(result, "Edit"))
    await studio.ann.fill(form, prompt="from the message")
    await posted(studio, "from the message")

    (reference,) = order(studio, "from the message").references
    assert reference.sha256 == sha(result.images[0])


async def test_an_image_that_is_nowhere_any_more_is_named(studio):
    """Original and message are gone: the card says which to attach, and nothing is charged."""
    result = await drawn(studio, "a fox")
    had = await left(studio)
    form = await opened_form(studio, await studio.ann.press(result, "Edit"))
    for original in studio.originals():
        original.unlink()
    studio.discord.platform.delete(result)
    sent = await studio.ann.fill(form, prompt="from nowhere")
    card = await studio.reads(sent, "Not charged")

    assert "Picture 1" in card.text
    assert "Attach it again" in card.text
    assert await left(studio) == had


async def test_a_private_result_is_edited_by_its_owner_alone(studio):
    """What comes of it is private, too."""
    asked = await studio.ann.slash("imagine", prompt="my secret", private=True)
    await studio.until(lambda: asked.message and asked.message.images)
    form = await opened_form(studio, await studio.ann.press(asked.message, "Edit"))
    edited = await studio.ann.fill(form, prompt="still secret")
    await studio.until(lambda: edited.message and edited.message.images)
    assert edited.ephemeral

    bobs = await studio.person(studio.world.bob).slash("imagine", prompt="bobs")
    result = await posted(studio, "bobs")
    assert bobs.message is not None
    button = f"task:{number_of(asked.message)}:edit"
    press = await studio.person(studio.world.bob).press(forged(result, button), button)
    assert "secret" not in (await answered(studio, press)).text
    assert press.modal is None


async def test_who_may_not_use_commands_may_not_press(studio):
    """Discord checks that permission for commands only, so the bot does before a form or a card."""
    world = studio.world
    result = await drawn(studio, "a fox")
    world.overwrite(world.general, world.bob, deny=1 << 31)
    bob = studio.person(world.bob)
    asked = len(studio.evolink.books.submissions)
    menu = await answered(studio, await bob.press(result, "More…"))
    for message, button in (
        (result, "Again (uses 1)"),
        (result, "Edit"),
        (menu, "4K (uses 1)"),
        (menu, "Use as reference"),
    ):
        answer = await answered(studio, await bob.press(message, button))
        assert "You can't use commands" in answer.text
        assert answer.ephemeral
    assert len(studio.evolink.books.submissions) == asked
    with pytest.raises(Refused):
        await bob.slash("imagine", prompt="x")


async def test_in_chinese(studio):
    """Buttons are in the requester's language, the form and the answers in the presser's."""
    ann = studio.person(studio.world.ann, locale="zh-CN")
    result = await drawn(studio, "一只狐狸", ann)
    assert result.buttons == [
        "变体（用 4 张）", "修改", "4K 版（用 1 张）", "再来一次（用 1 张）", "调整提示词", "更多…",
    ]  # fmt: skip
    form = await opened_form(studio, await ann.press(result, "修改"))
    assert form.title == "修改图片 1"
    await ann.fill(form, prompt="戴帽子的狐狸", 尺寸="１６：９")
    edited = await posted(studio, "戴帽子的狐狸")

    assert "16:9" in edited.text
    assert order(studio, "戴帽子的狐狸").references


async def test_what_was_typed_is_given_back_when_discord_is_slow(studio):
    """The bot can't tell whether somebody else's post still exists; the form is closed by then."""
    result = await drawn(studio, "a fox")
    await studio.quiet()
    bob = studio.person(studio.world.bob)
    form = await opened_form(studio, await bob.press(result, "Edit"))
    studio.discord.faults.add(Fault("GET", r"/messages/\d+$", delay=3.0))
    sent = await bob.fill(form, prompt="make it a long winter")
    said = await studio.reads(sent, "Discord is having problems", "make it a long winter")

    assert said.ephemeral
