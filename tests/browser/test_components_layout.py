"""Components V2 in the page: what holds others, what shows pictures and text."""

import itertools

import pytest
from playwright.async_api import Locator, expect

from tests.browser.wall import Open, Wall, box, button, gallery, pictures, png, row, text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def colour(element: Locator, name: str, pseudo: str | None = None) -> str:
    """What the browser has worked out for a property."""
    return await element.evaluate(
        "(node, [name, pseudo]) => getComputedStyle(node, pseudo)[name]", [name, pseudo]
    )


async def places_of(elements: Locator) -> list[dict[str, float]]:
    """Return where elements are, all at the same moment: what loads above may move them."""
    return await elements.evaluate_all(
        "nodes => nodes.map((node) => node.getBoundingClientRect().toJSON())"
    )


async def test_a_container_has_its_accent(wall: Wall):
    """The bar on its left has the accent colour; without one there is no bar."""
    accented = await wall.show(box(text("inside"), accent_color=0x23A55A))
    plain = await wall.show(box(text("inside")))

    bar = await colour(accented.locator(".container"), "backgroundColor", "::before")
    assert bar == "rgb(35, 165, 90)"
    assert await colour(plain.locator(".container"), "content", "::before") == "none"


@pytest.mark.parametrize("how", ["click", "Enter"])
async def test_a_hidden_container_is_shown_on_demand(wall: Wall, how: str):
    """Before, its buttons can't be reached; then they work, and it stays open."""
    shown = await wall.show(box(text("a secret"), row(button("Go")), spoiler=True))
    cover = shown.get_by_role("button", name="Show spoiler")
    assert "blur" in await colour(shown.locator(".container"), "filter")
    await shown.locator("[data-custom-id=go]").focus()
    await expect(shown.locator(":focus")).to_have_count(0)

    await (cover.click() if how == "click" else cover.press("Enter"))
    await shown.get_by_role("button", name="Go").click()
    await wall.asked()
    await expect(cover).to_have_count(0)
    assert await colour(shown.locator(".container"), "filter") == "none"


async def test_a_section_stands_beside_its_accessory(wall: Wall):
    """Texts on the left, a thumbnail or a button on the right, at the same height."""
    shown = await wall.show(
        box(
            {
                "type": 9,
                "components": [text("one"), text("two")],
                "accessory": {
                    "type": 11,
                    "media": {"url": "attachment://p0.png"},
                    "description": "a small one",
                },
            },
            {"type": 9, "components": [text("three")], "accessory": button("Open")},
        ),
        **pictures(1),
    )

    for number, kind in enumerate((".thumbnail", ".component-button")):
        section = shown.locator(".section").nth(number)
        words = await section.locator(".section-texts").bounding_box()
        beside = await section.locator(kind).bounding_box()
        assert words
        assert beside
        assert words["x"] + words["width"] <= beside["x"]
        assert abs(words["y"] - beside["y"]) < 2
    await shown.get_by_role("button", name="a small one").click()
    await expect(
        wall.tab.get_by_role("dialog").get_by_role("img", name="a small one")
    ).to_be_visible()


ROWS = {
    1: [1],
    2: [2],
    4: [2, 2],
    5: [2, 3],
    6: [3, 3],
    7: [1, 3, 3],
    8: [2, 3, 3],
    9: [3, 3, 3],
    10: [1, 3, 3, 3],
}


@pytest.mark.parametrize("number", ROWS)
async def test_a_gallery_is_laid_out_as_discords(wall: Wall, number: int):
    """Each row has this many; rows are equally wide, and nothing overlaps."""
    shown = await wall.show(gallery(number), **pictures(number))
    await shown.page.wait_for_load_state("networkidle")

    places = await places_of(shown.locator(".tile"))
    tops = sorted({round(place["y"]) for place in places})
    rows = [[place for place in places if round(place["y"]) == top] for top in tops]
    assert [len(each) for each in rows] == ROWS[number]
    ends = {round(each[-1]["x"] + each[-1]["width"]) for each in rows}
    assert len(ends) == 1
    assert all(a["x"] + a["width"] <= b["x"] for each in rows for a, b in itertools.pairwise(each))


async def test_three_are_one_large_and_two_beside_it(wall: Wall):
    """The first is twice as wide, and as high as the other two together."""
    shown = await wall.show(gallery(3), **pictures(3))
    await shown.page.wait_for_load_state("networkidle")

    large, upper, lower = await places_of(shown.locator(".tile"))
    assert large["width"] > 1.9 * upper["width"]
    assert upper["x"] == lower["x"] > large["x"] + large["width"]
    assert abs(large["y"] + large["height"] - lower["y"] - lower["height"]) < 1


@pytest.mark.parametrize(("width", "height"), [(900, 300), (300, 900), (40, 20)])
async def test_a_single_picture_keeps_its_shape(wall: Wall, width: int, height: int):
    """Whatever its size, it is neither cut nor stretched nor enlarged."""
    shown = await wall.show(gallery(1), p0__png=png(width, height))

    place = await shown.locator(".tile img").bounding_box()
    assert place
    assert place["width"] / place["height"] == pytest.approx(width / height, rel=0.02)
    assert place["width"] <= width


async def test_pictures_open_large(wall: Wall):
    """A click opens the one that was clicked; the arrows lead to its neighbours."""
    shown = await wall.show(gallery(3), **pictures(3))

    await shown.get_by_role("button", name="picture 1").click()
    dialog = wall.tab.get_by_role("dialog")
    await expect(dialog.get_by_role("img", name="picture 1")).to_be_visible()
    await wall.tab.keyboard.press("ArrowRight")
    await expect(dialog.get_by_role("img", name="picture 2")).to_be_visible()
    await wall.tab.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_a_hidden_picture_opens_only_when_shown(wall: Wall):
    """The first click uncovers it, the second opens it."""
    hidden = gallery(1)
    hidden["items"][0]["spoiler"] = True
    shown = await wall.show(hidden, **pictures(1))

    await shown.get_by_role("button", name="Show spoiler").click()
    await expect(wall.tab.get_by_role("dialog")).to_have_count(0)
    await shown.get_by_role("button", name="picture 0").click()
    await expect(wall.tab.get_by_role("dialog")).to_be_visible()


async def test_a_picture_from_outside_is_not_fetched(wall: Wall):
    """A placeholder says that it can't be loaded here; nothing is requested from elsewhere."""
    asked: list[str] = []
    wall.tab.on("request", lambda request: asked.append(request.url))
    far = {"type": 12, "items": [{"media": {"url": "https://example.com/a.png"}}]}
    shown = await wall.show(far)

    await expect(shown.get_by_role("img", name="can't be loaded here")).to_be_visible()
    assert not [url for url in asked if "example.com" in url]


async def test_separators_part_as_told(wall: Wall):
    """A large one takes more room than a small one; only a divider can be seen."""
    shown = await wall.show(
        box(
            text("a"),
            {"type": 14},
            text("b"),
            {"type": 14, "spacing": 2},
            text("c"),
            {"type": 14, "divider": False},
            text("d"),
        )
    )

    tops = [place["y"] for place in await places_of(shown.locator(".text-display"))]
    small, large, unseen = [b - a for a, b in itertools.pairwise(tops)]
    assert large > small == unseen
    await expect(shown.get_by_role("separator")).to_have_count(2)


async def test_a_file_can_be_downloaded(wall: Wall):
    """Its card has name and size; the link leads to the exact bytes."""
    shown = await wall.show(
        {"type": 13, "file": {"url": "attachment://notes.txt"}}, notes__txt=b"x" * 3000
    )

    link = shown.get_by_role("link", name="notes.txt")
    await expect(shown.locator(".file-size")).to_have_text("2.93 KB")
    async with wall.tab.expect_download() as download:
        await link.click()
    assert (await (await download.value).path()).read_bytes() == b"x" * 3000


async def test_nothing_is_wider_than_a_phone(wall: Wall, open_tab: Open):
    """At 360 pixels every kind fits; nothing scrolls sideways."""
    await wall.show(
        box(
            {
                "type": 9,
                "components": [text("word " * 30)],
                "accessory": button("A long label here"),
            },
            {
                "type": 9,
                "components": [text("long" * 60)],
                "accessory": {"type": 11, "media": {"url": "attachment://p0.png"}},
            },
            gallery(7),
            {
                "type": 13,
                "file": {"url": "attachment://a-very-long-name-for-a-file-on-a-phone.txt"},
            },
            row(*(button(f"Button number {i}") for i in range(5))),
            row({"type": 5, "custom_id": "who"}),
        ),
        **pictures(7),
        **{"a-very-long-name-for-a-file-on-a-phone__txt": b"x"},
    )
    await wall.send({"content": "https://example.com/" + "long" * 90})
    phone = await open_tab(wall.address(), viewport={"width": 360, "height": 740})
    await phone.get_by_text("longlong").first.wait_for()

    too_wide = await phone.evaluate(
        """[...document.querySelectorAll("#scroll, #scroll *")]
          .filter((part) => part.getBoundingClientRect().right > 360.5 && !part.closest(".actions"))
          .map((part) => part.outerHTML.slice(0, 200))"""
    )
    assert too_wide == []
    assert await phone.evaluate("document.getElementById('scroll').scrollWidth") <= 360
