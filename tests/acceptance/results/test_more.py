"""*More…* on results: redraw in 4K, original file, details, delete."""

import asyncio
import hashlib
import sqlite3
from contextlib import closing
from io import BytesIO

from PIL import Image

from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault, told
from sandbox.person import Person
from tests.acceptance.results_kit import (
    answered,
    drawn,
    left,
    number_of,
    opened_form,
    order,
    posted,
    to_delete,
)
from tests.acceptance.studio import opened, picture
from tests.kit.patience import PATIENCE, slowness


async def more(studio, result: Message, person: Person | None = None, name: str = "More…"):
    """What *More…* shows."""
    press = await (person or studio.ann).press(result, name)
    assert press.ephemeral
    return await answered(studio, press)


async def until_deleted(studio, person: Person, question: Message, result: Message) -> None:
    """Confirm until the message is gone: a post is visible before its task is settled."""
    async with asyncio.timeout(PATIENCE * slowness()):
        while not result.deleted:
            press = await person.press(question, "Delete")
            await studio.until(lambda press=press: result.deleted or press.followups)


async def test_one_of_several_is_redrawn_in_4k(studio):
    """The chosen image, in the same shape, on the quota of the person who presses."""
    result = await drawn(studio, "four foxes", count=4, size="16:9")
    bob = studio.person(studio.world.bob)
    menu = await more(studio, result, bob, "1")
    assert "Image 1 of 4" in menu.text
    assert _likest(menu, result) == 0
    await bob.choose(menu, _menu_of(menu), ["Image 3"])
    await studio.until(lambda: "Image 3 of 4" in menu.text)
    assert _likest(menu, result) == 2
    had = await left(studio), await left(studio, bob)
    await bob.press(menu, "4K (uses 1)")
    redrawn = await posted(studio, "4K of [image 3]")

    assert "> four foxes · 4K of [image 3](https://discord.com/channels/" in redrawn.text
    assert f"/{result.channel_id}/{result.id})" in redrawn.text
    (reference,) = order(studio, "Redraw").references
    assert reference.sha256 == hashlib.sha256(result.images[2].read()).hexdigest()
    assert order(studio, "Redraw").payload["quality"] == "4K"
    assert order(studio, "Redraw").payload["size"] == "16:9"
    assert redrawn.pinged == {studio.world.bob.id}
    assert (await left(studio), await left(studio, bob)) == (had[0], had[1] - 1)
    assert not any("4K" in button for button in (await more(studio, redrawn)).buttons)


async def test_the_original_is_one_press_away(tmp_path):
    """Unchanged, if the posted one had to be made smaller; it says how long it is kept."""
    async with opened(tmp_path) as studio:
        studio.evolink.behaviour.noisy = True
        result = await drawn(studio, "a noisy fox")
        (shown,) = result.images
        assert shown.size <= 10 << 20
        menu = await more(studio, result)
        assert "The original is kept until" in menu.text
        studio.world.studio.tier = 3
        fetched = await answered(studio, await studio.ann.press(menu, "Original file"))

        (original,) = fetched.images
        assert original.size > 10 << 20
        assert (original.width, original.height) == (shown.width, shown.height)
        studio.world.studio.tier = 0
        smaller = await answered(studio, await studio.ann.press(menu, "Original file"))
        assert "This version fits" in smaller.text
        assert smaller.images[0].size <= 10 << 20


async def test_details_after_a_restart(studio):
    """Prompt, parameters, references, time, quota, and what it was made from."""
    result = await drawn(studio, "a fox", size="16:9", image=picture("my dog.png"))
    form = await opened_form(studio, await studio.ann.press(result, "Edit"))
    await studio.ann.fill(form, prompt="an edited fox")
    edited = await posted(studio, "an edited fox")
    await studio.bot.stop()
    await studio.restart()
    bob = studio.person(studio.world.bob, locale="zh-CN")
    menu = await more(studio, edited, bob)
    text = (await answered(studio, await bob.press(menu, "详情"))).text

    assert "an edited fox" in text
    assert "16:9 · 2K" in text
    assert "基于任务" in text
    assert "已扣 1 张" in text
    old = await more(studio, result)
    assert "my\\_dog.png" in (await answered(studio, await studio.ann.press(old, "Details"))).text


async def test_deleting_asks_first_and_takes_all_away(studio):
    """Message and originals are gone; the charge stays, as the question says."""
    result = await drawn(studio, "a fox to delete", count=2)
    had = await left(studio)
    folder = studio.folder / "data" / "results" / str(number_of(result))
    menu, first = await more(studio, result), await more(studio, result, name="1")
    question = await to_delete(studio, menu)
    assert "Delete these 2 images?" in question.text
    assert "The message and the originals will be gone for good." in question.text
    assert "isn't refunded" in question.text
    assert not result.deleted
    await until_deleted(studio, studio.ann, question, result)
    await studio.until(lambda: "Deleted." in question.text)

    assert result.deleted
    assert not folder.exists()
    assert await left(studio) == had
    await studio.until(lambda: first.text == "Image 1 was deleted.")
    assert not first.buttons
    listed = await answered(studio, await studio.ann.slash("tasks"))
    assert "Deleted" in listed.text


async def test_what_is_being_deleted_is_not_listed_with_a_picture(studio):
    """Even while Discord fails."""
    result = await drawn(studio, "a fox that is going")
    await studio.quiet()
    listed = await answered(studio, await studio.ann.slash("tasks"))
    assert listed.images
    question = await to_delete(studio, await more(studio, result))
    fault = studio.discord.faults.add(Fault("DELETE", f"/messages/{result.id}$", status=503))
    await studio.ann.press(question, "Delete")
    await studio.until(lambda: fault.met)
    listed = await answered(studio, await studio.ann.slash("tasks"))
    assert "a fox that is going" in listed.text
    assert not listed.images
    studio.discord.faults.remove(fault)
    await studio.until(lambda: result.deleted)


async def test_deleting_of_which_half_fails(studio):
    """The answer says how much is gone; the bot deletes what it can, and the rest on request."""
    await drawn(studio, "twelve foxes to delete", count=12)
    first, second = await studio.results(2)
    await studio.quiet()
    menu = await more(studio, first)
    question = await to_delete(studio, menu)
    refusal = told(403, {"code": 50013, "message": "Missing Permissions"})
    studio.discord.faults.add(Fault("DELETE", f"/messages/{first.id}$", times=1, **refusal))
    refused = await studio.ann.press(question, "Delete")
    await studio.until(lambda: refused.followups)
    assert "Deleted 1 of 2 messages" in refused.followups[0].text
    assert (first.deleted, second.deleted) == (False, True)
    await until_deleted(studio, studio.ann, question, first)


async def test_deleting_where_the_bot_may_not(studio):
    """It says so, and nothing is gone; when it may again, the same button works."""
    world = studio.world
    result = await drawn(studio, "a fox that stays")
    await studio.quiet()
    menu = await more(studio, result)
    question = await to_delete(studio, menu)
    world.overwrite(world.general, world.bot, deny=Permission.VIEW_CHANNEL)
    refused = await studio.ann.press(question, "Delete")
    await studio.until(lambda: refused.followups)
    assert "Discord doesn't let the bot" in refused.followups[0].text
    world.overwrite(world.general, world.bot)
    await studio.ann.press(question, "Keep")
    await studio.until(lambda: "Original file" in menu.buttons)
    assert (await answered(studio, await studio.ann.press(menu, "Original file"))).images
    await until_deleted(studio, studio.ann, await to_delete(studio, menu), result)


async def test_who_may_delete(studio):
    """Only the requester, and whoever may manage messages in that channel."""
    world = studio.world
    result = await drawn(studio, "a fox of anns")
    bob = studio.person(world.bob)
    menu = await more(studio, result, bob)
    assert "Delete…" not in menu.buttons
    anns = await more(studio, result)
    question = await to_delete(studio, anns)
    question.only_for = world.bob.id
    refused = await bob.press(question, "Delete")
    await studio.until(lambda: refused.followups)
    assert "Only the person who asked for this" in refused.followups[0].text
    assert not result.deleted

    world.add_role(world.studio, "moderators", Permission.MANAGE_MESSAGES, [world.bob])
    menu = await more(studio, result, bob)
    question = await to_delete(studio, menu, person=bob)
    await until_deleted(studio, bob, question, result)


async def test_what_can_be_done_when_the_original_is_gone(studio):
    """A week later the menu says so; one can still draw from what the message shows."""
    result = await drawn(studio, "a fox of last week")
    await studio.quiet()
    with closing(sqlite3.connect(studio.folder / "data" / "imagine.db")) as rows, rows:
        week = "UPDATE task SET ended_at = ended_at - 8 * 86400000 WHERE interaction_id = ?"
        rows.execute(week, (number_of(result),))
    for original in studio.originals():
        original.unlink()
    menu = await more(studio, result)
    assert "The original is no longer kept." in menu.text
    assert "Original file" not in menu.buttons
    await studio.ann.press(menu, "4K (uses 1)")
    await posted(studio, "4K of [image 1]")

    (reference,) = order(studio, "Redraw").references
    assert reference.sha256 == hashlib.sha256(result.images[0].read()).hexdigest()


async def test_a_message_that_cannot_be_deleted(studio):
    """What only the interaction could reach stays, and the question says so."""
    asked = await studio.ann.slash("imagine", prompt="a secret fox", private=True)
    await studio.until(lambda: asked.message and asked.message.images)
    menu = await more(studio, asked.message)
    question = await to_delete(studio, menu)

    assert "messages the bot can't delete stay" in question.text


def _likest(menu: Message, result: Message) -> int:
    """Which of the result's images the menu's only one is most like."""
    (small,) = [_tiny(image) for image in menu.images]
    apart = [
        sum(abs(one - other) for one, other in zip(small, _tiny(image), strict=True))
        for image in result.images
    ]
    return apart.index(min(apart))


def _tiny(image) -> bytes:
    with Image.open(BytesIO(image.read())) as opened_image:
        return opened_image.convert("RGB").resize((8, 8)).tobytes()


def _menu_of(message: Message) -> str:
    """The id of a message's menu."""
    (menu,) = [
        part["custom_id"]
        for box in message.components
        for row in box["components"]
        for part in row.get("components", ())
        if part["type"] == 3
    ]
    return menu
