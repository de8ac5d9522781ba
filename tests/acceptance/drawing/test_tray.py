"""References without attaching them again: menus of messages, the tray, and drawing with it."""

from dataclasses import replace

from sandbox.person import Person, Upload
from tests.acceptance.results_kit import answered, drawn, opened_form, order, posted
from tests.kit.pictures import png

EDIT, USE = "Edit with Imagine", "Use as reference"


def say(person: Person, *widths: int, name: str = "p") -> object:
    """Write a message with pictures of these widths."""
    files = [Upload(f"{name}{width}.png", png(width=width)) for width in widths]
    return person.say("look", files=files)


def widths(studio, prompt: str) -> list[int]:
    """How wide the references were that Evolink got."""
    return [each.width for each in order(studio, prompt).references]


async def test_fourteen_are_gathered_and_drawn_with_in_one_task(studio):
    """From three messages of three people, in the order gathered; the fifteenth finds no room."""
    bob = studio.person(studio.world.bob)
    messages = [
        say(bob, *range(41, 50)),
        say(studio.person(studio.world.admin), 51, 52, 53, 54),
        say(studio.ann, 61, 62),
    ]
    cards = [await answered(studio, await studio.ann.menu(USE, each)) for each in messages]
    assert all(card.ephemeral for card in cards)
    shown = cards[-1]
    assert "14/14" in shown.text
    assert "No room for 1 picture" in shown.text
    press = await studio.ann.press(shown, "Draw with these…")
    form = await opened_form(studio, press)
    await studio.ann.fill(form, Prompt="a crowd of foxes")
    await posted(studio, "a crowd of foxes")

    assert widths(studio, "a crowd of foxes") == [*range(41, 50), 51, 52, 53, 54, 61]
    assert not studio.discord.books.violations


async def test_editing_at_once_in_chinese(studio):
    """The form opens at once; the message's pictures are its references, whoever wrote it."""
    bob = studio.person(studio.world.bob)
    chinese = studio.person(studio.world.ann, locale="zh-CN")
    message = say(bob, 71, 72)
    form = await opened_form(studio, await chinese.menu(EDIT, message))
    assert "要保留的参考图" in str(form.data)
    await chinese.fill(form, 提示词="把它们画成狐狸", 图片张数="2")
    result = await posted(studio, "把它们画成狐狸")

    assert len(result.images) == 2
    assert widths(studio, "把它们画成狐狸") == [71, 72]


async def test_everything_outlives_a_restart(studio):
    """The tray is in the database; its buttons and a form that was open before still work."""
    shown = await answered(studio, await studio.ann.menu(USE, say(studio.ann, 81, 82, 83)))
    form = await opened_form(studio, await studio.ann.press(shown, "Draw with these…"))
    await studio.bot.stop()
    await studio.restart()
    ids = [option["value"] for option in _options(shown)]
    await studio.ann.choose(shown, "tray:remove", [ids[1]])
    await studio.until(lambda: "2/14" in shown.text)
    # The form was opened before one was removed, so it draws with all three.
    await studio.ann.fill(form, Prompt="three foxes")
    await posted(studio, "three foxes")
    assert widths(studio, "three foxes") == [81, 82, 83]
    form = await opened_form(studio, await studio.ann.press(shown, "Draw with these…"))
    await studio.ann.fill(form, Prompt="two foxes")
    await posted(studio, "two foxes")
    assert widths(studio, "two foxes") == [81, 83]
    await studio.ann.press(shown, "Clear")
    await studio.until(lambda: "0/14" in shown.text)


async def test_it_is_never_used_silently(studio):
    """A plain /imagine doesn't use it, and nobody else's tray shows it."""
    await answered(studio, await studio.ann.menu(USE, say(studio.ann, 91)))
    await studio.ann.slash("imagine", prompt="a lone fox")
    await posted(studio, "a lone fox")
    assert widths(studio, "a lone fox") == []
    bob = studio.person(studio.world.bob)
    shown = await answered(studio, await bob.menu(USE, say(bob, 92)))

    assert "1/14" in shown.text


async def test_our_own_results_and_what_is_embedded(studio):
    """A gallery of ours, and a picture that Discord's proxy shows; nothing is fetched elsewhere."""
    await studio.ann.slash("imagine", prompt="a seed of a fox", count=2)
    result = await posted(studio, "a seed of a fox")
    await answered(studio, await studio.ann.menu(USE, result))
    bob = studio.person(studio.world.bob)
    proxied = studio.discord.platform.cdn.keep(Upload("e.png", png(width=95)), 1, private=True)
    image = {"url": "https://example.org/e.png", "proxy_url": proxied.url, "width": 95}
    message = bob.say("https://example.org/e.png")
    embed = {"type": "rich", "image": {**image, "height": 64}}
    studio.discord.platform.edit(message, replace(message.body, embeds=(embed,)))
    shown = await answered(studio, await studio.ann.menu(USE, message))
    assert "3/14" in shown.text
    form = await opened_form(studio, await studio.ann.press(shown, "Draw with these…"))
    await studio.ann.fill(form, Prompt="foxes of everywhere")
    await posted(studio, "foxes of everywhere")

    assert widths(studio, "foxes of everywhere") == [2048, 2048, 95]


async def test_a_message_without_pictures(studio):
    """Both menus say so, and cost nothing."""
    chinese = studio.person(studio.world.ann, locale="zh-CN")
    message = studio.ann.say("no picture here", files=[Upload("a.txt", b"words")])
    for name in (EDIT, USE):
        told = await answered(studio, await chinese.menu(name, message))
        assert told.ephemeral
        assert "没有能用的图片" in told.text


async def test_pictures_beside_what_is_none(studio):
    """The pictures are added, and the rest is named."""
    files = [Upload("fox.png", png(width=64)), Upload("words.txt", b"words")]
    message = studio.ann.say("look", files=files)
    shown = await answered(studio, await studio.ann.menu(USE, message))
    assert "1 picture added." in shown.text
    assert "Can't be used: words.txt." in shown.text
    form = await opened_form(studio, await studio.ann.menu(EDIT, message))
    assert "Can't be used: words.txt." in str(form.data)
    await studio.ann.press(shown, "Clear")


async def test_an_empty_tray_draws_nothing(studio):
    """A button of an old card says that its pictures are gone."""
    shown = await answered(studio, await studio.ann.menu(USE, say(studio.ann, 97)))
    old = studio.discord.books.messages[-1]
    again = await answered(studio, await studio.ann.menu(USE, say(studio.ann, 98)))
    await studio.ann.press(again, "Clear")
    await studio.until(lambda: "0/14" in again.text)
    assert old is shown
    told = await answered(studio, await studio.ann.press(shown, "Draw with these…"))

    assert "Your references are empty" in told.text


def _options(message) -> list[dict]:
    """The options of the menu in a message."""
    parts = message.components[0]["components"]
    rows = [part["components"][0] for part in parts if part["type"] == 1]
    return next(row["options"] for row in rows if "options" in row)


async def test_a_result_is_put_into_the_tray(studio):
    """*Use as reference* in *More…* adds the original to the tray of the person who presses."""
    result = await drawn(studio, "a fox to keep")
    bob = studio.person(studio.world.bob)
    menu = await answered(studio, await bob.press(result, "More…"))
    card = await answered(studio, await bob.press(menu, USE))
    assert "1/14" in card.text
    assert result.images[0].name in str(card.components)
    form = await opened_form(studio, await bob.press(card, "Draw with these…"))
    await bob.fill(form, Prompt="the fox in the rain")
    await posted(studio, "the fox in the rain")

    (reference,) = order(studio, "the fox in the rain").references
    assert reference.width == 2048
