"""Buttons and selects in the page: pressed and chosen by hand, answered by an application."""

import pytest
from playwright.async_api import expect

from tests.browser.application import EPHEMERAL, Json, said, shown, silent_update, thinking, updated
from tests.browser.wall import Open, Wall, box, button, row, text
from tests.kit.patience import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZES = [
    {"label": "Square", "value": "1:1", "description": "2048 by 2048", "emoji": {"name": "🟦"}},
    {"label": "Wide", "value": "16:9"},
    {"label": "Tall", "value": "9:16", "default": True},
]


def select(custom_id: str = "size", kind: int = 3, **more) -> Json:
    """A menu in its row."""
    options = {"options": SIZES} if kind == 3 else {}
    return row({"type": kind, "custom_id": custom_id, **options, **more})


# --- buttons


async def test_every_style_has_its_colour(wall: Wall):
    """Primary, secondary, success and danger differ; link and premium differ from them."""
    styles = {1: "Primary", 2: "Secondary", 3: "Success", 4: "Danger"}
    article = await wall.show(
        row(*(button(label, style) for style, label in styles.items())),
        row(
            {"type": 2, "style": 5, "label": "Site", "url": "https://example.com/"},
            {"type": 2, "style": 6, "sku_id": "1"},
        ),
    )

    colours = [
        await article.get_by_role("button", name=label, exact=True).evaluate(
            "(node) => getComputedStyle(node).backgroundColor"
        )
        for label in styles.values()
    ]
    assert len(set(colours)) == 4
    assert colours[0] == "rgb(88, 101, 242)"
    await expect(article.get_by_role("link", name="Site")).to_be_visible()
    await expect(article.get_by_role("button", name="Premium")).to_be_disabled()


async def test_a_press_reaches_the_application(wall: Wall):
    """It gets the button, the message and the person; the answer appears as a reply to it."""
    wall.app.answer = lambda _: said("well pressed")
    article = await wall.show(text("press here"), row(button("Go")))

    await article.get_by_role("button", name="Go").click()

    asked = await wall.asked()
    assert asked["type"] == 3
    assert asked["data"]["custom_id"] == "go"
    assert asked["data"]["component_type"] == 2
    assert asked["message"]["id"] == await article.get_attribute("data-id")
    assert asked["member"]["user"]["username"] == "ann"
    answer = wall.tab.locator("article", has_text="well pressed").last
    await expect(answer.get_by_role("button", name="Replying to imagine")).to_contain_text(
        "press here"
    )


@pytest.mark.parametrize("key", ["Enter", "Space"])
async def test_a_button_works_by_keyboard(wall: Wall, key: str):
    """Both keys that activate buttons work."""
    article = await wall.show(row(button("Go")))
    await article.get_by_role("button", name="Go").press(key)
    assert (await wall.asked())["data"]["custom_id"] == "go"


async def test_an_update_takes_the_place_of_what_was_pressed(wall: Wall):
    """The same message shows the new components."""
    wall.app.answer = lambda _: updated(text("after"), row(button("Again")))
    article = await wall.show(text("before"), row(button("Go")))
    await article.get_by_role("button", name="Go").click()
    await expect(article).to_contain_text("after")
    await expect(article).not_to_contain_text("before")
    await expect(article.get_by_role("button", name="Again")).to_be_enabled()


async def test_a_disabled_button_does_nothing(wall: Wall):
    """It can't be pressed, and looks so."""
    article = await wall.show(row(button("Off", disabled=True), button("On")))
    off = article.get_by_role("button", name="Off")
    await expect(off).to_be_disabled()
    await off.click(force=True)
    await article.get_by_role("button", name="On").click()
    assert (await wall.asked())["data"]["custom_id"] == "on"
    assert len(wall.app.interactions) == 1


async def test_a_link_opens_in_a_tab_of_its_own(wall: Wall):
    """It sends nothing to the application, and the other site gets no referrer."""
    link = {"type": 2, "style": 5, "label": "Open", "url": "https://example.com/a?b=c"}
    article = await wall.show(row(link))
    found = article.get_by_role("link", name="Open")
    await expect(found).to_have_attribute("href", "https://example.com/a?b=c")
    await expect(found).to_have_attribute("target", "_blank")
    await expect(found).to_have_attribute("rel", "noopener noreferrer nofollow")


async def test_a_button_of_an_emoji_has_a_name(wall: Wall):
    """A button with only an emoji has that as its name."""
    part = {"type": 2, "style": 2, "custom_id": "art", "emoji": {"name": "🎨"}}
    article = await wall.show(row(part))
    await article.get_by_role("button", name="🎨").click()
    assert (await wall.asked())["data"]["custom_id"] == "art"


async def test_waiting_shows_and_a_second_press_is_none(wall: Wall):
    """Until the answer comes, the button shows moving dots and takes no other press."""
    wall.app.answer = lambda _: None
    wall.stage.discord.behaviour.ack_seconds = PATIENCE
    article = await wall.show(row(button("Go"), button("Other")))
    go = article.locator("[data-custom-id=go]")

    await go.click()
    await expect(go).to_have_attribute("aria-busy", "true")
    await expect(go.locator(".dots")).to_be_visible()
    await go.click()
    asked = await wall.asked()
    await wall.app.respond(asked, {"type": 6})

    await expect(go).not_to_have_attribute("aria-busy", "true")
    assert len(wall.app.interactions) == 1
    await expect(article.get_by_text("This interaction failed")).to_have_count(0)


async def test_no_answer_reads_as_failed(wall: Wall):
    """After Discord's time limit, a line below the row says so; the next press works."""
    wall.app.answer = lambda _: None
    article = await wall.show(row(button("Other")), row(button("Go")))
    wall.stage.discord.behaviour.ack_seconds = 0.3
    await article.get_by_role("button", name="Go").click()
    failure = article.get_by_text("This interaction failed")
    await expect(failure).to_be_visible()
    assert await article.locator(".failable .row [data-custom-id=go]").count() == 1
    wall.app.answer = silent_update
    wall.stage.discord.behaviour.ack_seconds = PATIENCE
    await article.get_by_role("button", name="Go").click()
    await expect(failure).to_have_count(0)


async def test_thinking_then_an_answer(wall: Wall):
    """The answer's place says "thinking…" until it is filled."""
    wall.app.answer = lambda _: thinking()
    article = await wall.show(row(button("Think")))
    await article.get_by_role("button", name="Think").click()
    waiting = wall.tab.locator("article").last
    await expect(waiting).to_contain_text("imagine is thinking…")

    await wall.app.fill(await wall.asked(), {"content": "42"})

    await expect(waiting).to_contain_text("42")
    await expect(waiting).not_to_contain_text("thinking")


async def test_what_is_for_one_is_seen_by_one(wall: Wall, open_tab: Open):
    """An ephemeral answer says so, nobody else sees it; dismissed, it does not come back."""
    wall.app.answer = lambda _: shown(box(text("between us")), flags=EPHEMERAL)
    article = await wall.show(row(button("Whisper")))
    other = await open_tab(wall.address("bob"))
    await other.get_by_role("button", name="Whisper").wait_for()

    await article.get_by_role("button", name="Whisper").click()
    answer = wall.tab.locator("article", has_text="between us")
    await expect(answer).to_contain_text("Only you can see this")
    await wall.send({"content": "for all"})
    await other.locator("article", has_text="for all").wait_for()
    await expect(other.get_by_text("between us")).to_have_count(0)

    await answer.get_by_role("button", name="Dismiss message").click()
    await expect(answer).to_have_count(0)
    anew = await open_tab(wall.address("ann"))
    await anew.locator("article", has_text="for all").wait_for()
    await expect(anew.get_by_text("between us")).to_have_count(0)


# --- selects


async def test_a_select_shows_what_it_offers(wall: Wall):
    """Label, description and emoji of each; the default is chosen; the list is not cut off."""
    article = await wall.show(select(placeholder="Which size?"))
    field = article.get_by_role("combobox", name="Which size?")
    await expect(field).to_contain_text("Tall")

    await field.click()

    options = article.get_by_role("option")
    await expect(options).to_have_text(["🟦Square2048 by 2048", "Wide", "Tall"])
    await expect(options.nth(2)).to_have_attribute("aria-selected", "true")
    for option in await options.all():
        await expect(option).to_be_in_viewport(ratio=1)
    await wall.tab.keyboard.press("Escape")
    await expect(options).to_have_count(0)
    await expect(field).to_be_focused()


async def test_choosing_one_tells_the_application(wall: Wall):
    """One click chooses, closes and sends; the field shows it."""
    article = await wall.show(select())
    await article.get_by_role("combobox").click()
    await article.get_by_role("option", name="Wide").click()

    asked = await wall.asked()
    assert asked["data"]["custom_id"] == "size"
    assert asked["data"]["component_type"] == 3
    assert asked["data"]["values"] == ["16:9"]
    await expect(article.get_by_role("combobox")).to_contain_text("Wide")
    await expect(article.get_by_role("option")).to_have_count(0)


async def test_choosing_by_keyboard(wall: Wall):
    """Arrows move, a letter jumps, Enter chooses."""
    article = await wall.show(select())
    await article.get_by_role("combobox").press("Enter")
    await wall.tab.keyboard.press("ArrowUp")
    await wall.tab.keyboard.press("s")
    await wall.tab.keyboard.press("Enter")
    assert (await wall.asked())["data"]["values"] == ["1:1"]


async def test_choosing_several_is_sent_when_the_list_closes(wall: Wall):
    """Up to the most that is allowed; the rest can't be chosen then."""
    article = await wall.show(select(min_values=0, max_values=2))
    await article.get_by_role("combobox").click()
    await article.get_by_role("option", name="Square").click()
    await expect(article.get_by_role("option", name="Wide")).to_have_attribute(
        "aria-disabled", "true"
    )
    await article.get_by_role("option", name="Wide").click(force=True)
    assert wall.app.interactions == []

    await wall.tab.keyboard.press("Escape")

    assert sorted((await wall.asked())["data"]["values"]) == ["1:1", "9:16"]
    await expect(article.locator(".select-chip")).to_have_text(["🟦Square", "Tall"])


async def test_too_few_are_not_sent(wall: Wall):
    """Closing with fewer than the minimum changes nothing."""
    article = await wall.show(select(min_values=2, max_values=3))
    await article.get_by_role("combobox").click()
    await article.get_by_role("option", name="Wide").click()
    await article.get_by_role("option", name="Tall").click()
    await wall.tab.keyboard.press("Escape")
    await article.get_by_role("combobox").click()
    await expect(article.get_by_role("option", name="Tall")).to_have_attribute(
        "aria-selected", "true"
    )
    await wall.tab.keyboard.press("Escape")
    assert wall.app.interactions == []


@pytest.mark.parametrize(
    ("kind", "choice", "resolved"),
    [
        (5, "bob", "users"),
        (6, "Managers", "roles"),
        (7, "Managers", "roles"),
        (7, "bob", "users"),
        (8, "art", "channels"),
    ],
)
async def test_people_roles_and_channels(wall: Wall, kind: int, choice: str, resolved: str):
    """Typing finds them; the application gets the id, and the object for it."""
    article = await wall.show(select(f"of {kind} {choice}", kind))
    await article.get_by_role("combobox").click()
    await wall.tab.keyboard.type(choice[:3].upper())
    await expect(article.get_by_role("option")).to_have_count(1)
    await wall.tab.keyboard.press("Enter")

    asked = await wall.asked()
    assert asked["data"]["component_type"] == kind
    (value,) = asked["data"]["values"]
    found = asked["data"]["resolved"][resolved][value]
    assert choice in (found.get("username"), found.get("name"))
    await expect(article.locator(".select-field")).to_contain_text(choice)


async def test_a_select_of_people_begins_with_its_defaults(wall: Wall):
    """``default_values`` stand in the field."""
    who = {"id": str(wall.world.bob.id), "type": "user"}
    article = await wall.show(select("who", 5, default_values=[who]))
    await expect(article.locator(".select-field")).to_contain_text("bob")


async def test_a_disabled_select_does_not_open(wall: Wall):
    """Nothing happens on a click."""
    article = await wall.show(select(disabled=True))
    await article.get_by_role("combobox").click(force=True)
    await expect(article.get_by_role("option")).to_have_count(0)
