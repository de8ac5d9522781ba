"""Forms, menus and every kind of option: filled by hand, and what the application then gets."""

import asyncio
import base64

import pytest
from playwright.async_api import expect

from tests.browser.application import Json, said
from tests.browser.page_studio import DROP, Hands
from tests.browser.wall import Wall, button, png, row, text
from tests.kit.patience import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="session")


def labelled(label: str, component: Json, **more: object) -> Json:
    """A field of a form, under its label."""
    return {"type": 18, "label": label, "component": component, **more}


def form(*fields: Json) -> Json:
    """Answer with a form."""
    return {
        "type": 9,
        "data": {"custom_id": "form", "title": "Tell us", "components": list(fields)},
    }


WORDS = form(
    {"type": 10, "content": "All about **you**"},
    labelled("Name", {"type": 4, "custom_id": "name", "style": 1, "max_length": 20}),
    labelled(
        "Story",
        {"type": 4, "custom_id": "story", "style": 2, "required": False, "value": "once"},
        description="As long as you like",
    ),
    labelled(
        "Colour",
        {
            "type": 3,
            "custom_id": "colour",
            "options": [{"label": "Red", "value": "r"}, {"label": "Blue", "value": "b"}],
        },
    ),
    labelled("Friends", {"type": 5, "custom_id": "friends", "max_values": 2}),
)
CHOICES = form(
    labelled("Picture", {"type": 19, "custom_id": "picture", "max_values": 2}),
    labelled(
        "PollSchedule",
        {
            "type": 21,
            "custom_id": "pace",
            "options": [
                {"label": "Slow", "value": "slow", "description": "No hurry"},
                {"label": "Fast", "value": "fast"},
            ],
        },
    ),
    labelled(
        "Extras",
        {
            "type": 22,
            "custom_id": "extras",
            "required": False,
            "min_values": 0,
            "options": [{"label": "Frame", "value": "frame"}, {"label": "Sign", "value": "sign"}],
        },
    ),
    labelled("I agree", {"type": 23, "custom_id": "agree"}),
    labelled("Place", {"type": 8, "custom_id": "place"}),
)


async def _opened(wall: Wall, answer: Json):
    """Press a button that opens a form; return the form on the page."""
    wall.app.answer = lambda asked: answer if asked["type"] == 3 else said("thank you")
    article = await wall.show(text("a form"), row(button("Open")))
    await article.get_by_role("button", name="Open").click()
    dialog = wall.tab.get_by_role("dialog", name="Tell us")
    await expect(dialog).to_be_visible()
    return dialog


def _values(asked: Json) -> Json:
    fields = [part["component"] for part in asked["data"]["components"] if "component" in part]
    return {each["custom_id"]: each.get("value", each.get("values")) for each in fields}


async def _choose(wall: Wall, dialog, label: str, *names: str) -> None:
    await dialog.get_by_role("group", name=label).get_by_role("combobox").click()
    for name in names:
        await wall.tab.get_by_role("option", name=name).click()
    if len(names) > 1:
        await wall.tab.keyboard.press("Escape")


async def test_texts_and_menus(wall: Wall):
    """A missing value is reported below its field; once filled in, everything arrives."""
    dialog = await _opened(wall, WORDS)
    await expect(dialog.get_by_label("Name")).to_be_focused()
    await expect(dialog.locator("strong")).to_have_text("you")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog.get_by_text("This field is required.").first).to_be_visible()
    await expect(dialog.get_by_label("Name")).to_be_focused()

    await wall.tab.keyboard.type("Ann")
    await dialog.get_by_label("Story").fill("once upon a time")
    await _choose(wall, dialog, "Colour", "Blue")
    await _choose(wall, dialog, "Friends", "bob", "admin")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog).to_have_count(0)

    asked = await wall.asked(2)
    world = wall.world
    assert _values(asked) == {
        "name": "Ann",
        "story": "once upon a time",
        "colour": ["b"],
        "friends": [str(world.bob.id), str(world.admin.id)],
    }
    assert set(asked["data"]["resolved"]["members"]) == {str(world.bob.id), str(world.admin.id)}


async def test_files_and_choices(wall: Wall):
    """A file is dropped into its field; radios, boxes and a channel are chosen."""
    dialog = await _opened(wall, CHOICES)
    drop = dialog.get_by_role("button", name="Picture: Choose a file")
    data = base64.b64encode(png()).decode()
    await drop.evaluate(f"(node, file) => ({DROP})(file, node)", ["a.png", data])
    await expect(dialog.get_by_role("listitem", name="a.png")).to_be_visible()
    await dialog.get_by_role("radio", name="Fast").check()
    await dialog.get_by_role("checkbox", name="Sign").check()
    await dialog.get_by_label("I agree").check()
    await _choose(wall, dialog, "Place", "art")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog).to_have_count(0)

    asked = await wall.asked(2)
    values = _values(asked)
    (file,) = values.pop("picture")
    assert values == {
        "pace": "fast",
        "extras": ["sign"],
        "agree": True,
        "place": [str(wall.world.art.id)],
    }
    assert asked["data"]["resolved"]["attachments"][file]["filename"] == "a.png"


async def test_a_form_can_be_left(wall: Wall):
    """Cancel and Escape send nothing, and lead back to the button."""
    for leave in ("Cancel", "Escape"):
        dialog = await _opened(wall, WORDS)
        if leave == "Cancel":
            await dialog.get_by_role("button", name="Cancel").click()
        else:
            await wall.tab.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(wall.tab.get_by_role("button", name="Open").last).to_be_focused()
    assert [asked["type"] for asked in wall.app.interactions] == [3, 3]


async def test_menus_of_messages_and_people(wall: Wall):
    """Commands for messages and people are in their menus, and get what they were used on."""
    await wall.app.register({"name": "Look closer", "type": 3}, {"name": "Greet", "type": 2})
    async with asyncio.timeout(PATIENCE):
        while await wall.tab.evaluate("window.app.known.commands.length") != 2:  # noqa: ASYNC110 - what is awaited is in the browser
            await asyncio.sleep(0.05)
    wall.app.answer = lambda _: said("done")
    article = await wall.show(text("look at me"))
    await article.click(button="right")
    await wall.tab.get_by_role("menuitem", name="Look closer").click()
    asked = await wall.asked()
    assert asked["data"]["target_id"] == await article.get_attribute("data-id")
    await (
        wall.tab.get_by_role("complementary", name="Members")
        .get_by_role("button", name="bob")
        .click()
    )
    await wall.tab.get_by_role("menuitem", name="Greet").click()
    asked = await wall.asked(2)
    assert asked["data"]["target_id"] == str(wall.world.bob.id)


async def test_every_kind_of_option(wall: Wall):
    """Person, role, channel, yes or no, numbers, choices: each as Discord sends it."""
    options = [
        {"name": "who", "type": 6, "required": True},
        {"name": "whole", "type": 4, "required": True, "min_value": 1, "max_value": 5},
        {"name": "part", "type": 10},
        {"name": "sure", "type": 5},
        {"name": "where", "type": 7},
        {"name": "rank", "type": 8},
        {"name": "taste", "type": 3, "choices": [{"name": "Sweet", "value": "s"}]},
    ]
    for option in options:
        option["description"] = "an option"
    sub = {"name": "all", "description": "all of them", "type": 1, "options": options}
    await wall.app.register({"name": "take", "description": "takes things", "options": [sub]})
    wall.app.answer = lambda _: said("taken")
    hands = Hands(wall.tab)
    await hands.command("take all")
    await wall.tab.keyboard.type("bo")
    await wall.tab.keyboard.press("Enter")
    await wall.tab.keyboard.type("9")
    await hands.send()
    await expect(wall.tab.get_by_role("alert").filter(has_text="Between 1 and 5")).to_be_visible()
    await wall.tab.keyboard.press("Backspace")
    await wall.tab.keyboard.type("3")
    await hands.set("part", "2.5")
    for name, typed in (("sure", "f"), ("where", "#ar"), ("rank", "Man"), ("taste", "sw")):
        await hands.set(name, typed)
        await wall.tab.keyboard.press("Enter")
    await hands.send()

    (taken,) = (await wall.asked())["data"]["options"]
    world = wall.world
    (managers,) = [role for role in world.studio.roles.values() if role.name == "Managers"]
    assert {each["name"]: each["value"] for each in taken["options"]} == {
        "who": str(world.bob.id),
        "whole": 3,
        "part": 2.5,
        "sure": False,
        "where": str(world.art.id),
        "rank": str(managers.id),
        "taste": "s",
    }
