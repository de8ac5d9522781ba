"""What a server's admins can switch: the menus for other people's pictures, private results."""
# ruff: noqa: RUF001 - Chinese has its own colon

from sandbox.person import Upload
from tests.acceptance.results_kit import answered, left, opened_form, posted
from tests.kit.pictures import png

EDIT, USE = "Edit with Imagine", "Use as reference"


async def test_the_menus_for_other_peoples_pictures(studio):
    """Off: only one's own and the bot's pictures can be used; on again: all."""
    admin, bob = studio.person(studio.world.admin), studio.person(studio.world.bob)
    message = bob.say("mine", files=[Upload("bobs.png", png())])
    shown = await answered(studio, await admin.slash("imagine-admin settings", others=False))
    assert "other people's pictures: was on, now off" in shown.text
    for name in (EDIT, USE):
        told = await answered(studio, await studio.ann.menu(name, message))
        assert told.ephemeral
        assert "other people's pictures" in told.text
    assert "1/14" in (await answered(studio, await bob.menu(USE, message))).text
    await bob.slash("imagine", prompt="a shared fox")
    result = await posted(studio, "a shared fox")
    assert "1/14" in (await answered(studio, await studio.ann.menu(USE, result))).text

    await answered(studio, await admin.slash("imagine-admin settings", others=True))
    assert "2/14" in (await answered(studio, await studio.ann.menu(USE, message))).text


async def test_private_results(studio):
    """Off: refused in the user's language; sending it from there is public, as the answer says."""
    admin = studio.person(studio.world.admin, locale="zh-CN")
    shown = await answered(studio, await admin.slash("imagine-admin settings", private=False))
    assert "私密结果：原为开，现为关" in shown.text
    had = await left(studio)
    refused = await answered(
        studio, await studio.ann.slash("imagine", prompt="a shy fox", private=True)
    )
    assert refused.ephemeral
    assert "everyone in the channel sees it" in refused.text
    assert await left(studio) == had
    form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    await studio.ann.fill(form)
    await posted(studio, "a shy fox")

    undone = await answered(studio, await admin.press(shown, "撤销"))
    assert "私密结果：原为关，现为开" in undone.text
    log = await answered(studio, await admin.slash("imagine-admin quota log"))
    assert log.text.count("私密结果") == 2
    card = await studio.ann.slash("imagine", prompt="a hidden fox", private=True)
    hidden = await answered(studio, card)
    await studio.until(lambda: hidden.images)
    assert hidden.ephemeral


async def test_it_holds_after_a_restart(studio):
    """The setting is a row; without options the command only shows the settings."""
    admin = studio.person(studio.world.admin)
    await answered(studio, await admin.slash("imagine-admin settings", private=False))
    await studio.bot.stop()
    await studio.restart()
    shown = await answered(studio, await admin.slash("imagine-admin settings"))
    assert "Private results: **off**" in shown.text
    assert "other people's pictures: **on**" in shown.text
