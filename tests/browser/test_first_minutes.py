"""A newcomer's first five minutes, in the browser."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from sandbox.imagine.samples import lighthouse
from sandbox.person import Person
from tests.browser.page_studio import Hands
from tests.kit.patience import PATIENCE, slowness

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_dropped_picture_becomes_new_ones(studio, open_tab):
    """Typed command, dropped picture, chosen size: a card with progress, then the pictures."""
    ann = await studio.visit(open_tab)
    await ann.command("imagine", "the lighthouse at dusk")
    await ann.drop("lighthouse.png", lighthouse())
    await expect(ann.tab.locator(".tray-card img")).to_be_visible()
    await ann.set("size", "16:9", choose=True)
    await ann.set("count", "2")
    await ann.send()

    await expect(
        ann.said("the lighthouse at dusk").get_by_role("button", name=re.compile("Cancel|Stop"))
    ).to_be_visible()
    result = ann.tab.locator("article.mentioning").filter(has_text="the lighthouse at dusk")
    await expect(result.locator("img[src*=imagine]")).to_have_count(2)
    await expect(ann.tab.get_by_role("button", name=re.compile("Cancel|Stop"))).to_have_count(0)
    order = studio.evolink.books.submissions[-1]
    assert order.prompt.startswith("the lighthouse at dusk")
    assert (order.payload["size"], order.n) == ("16:9", 2)
    assert len(order.references) == 1


async def test_forms_fit_a_small_screen(studio, open_tab):
    """Nothing has to be scrolled, though *Edit* names the image and takes uploads."""
    ann = await studio.visit(open_tab, viewport={"width": 1280, "height": 800})
    await ann.imagine("a paper boat with a red flag on a calm alpine lake at dawn, with mist")
    result = ann.tab.locator("article.mentioning").filter(has_text="a calm alpine lake")
    for button in ("Edit", "Remix"):
        await result.get_by_role("button", name=button, exact=True).click()
        fields = ann.tab.locator("dialog .form-fields")
        await fields.wait_for()
        assert await fields.evaluate("it => it.scrollHeight <= it.clientHeight"), button
        await ann.tab.keyboard.press("Escape")


async def test_pictures_open_large(studio, open_tab):
    """A press on a picture opens it; arrows go to the next; Escape leads back to where one was.

    Even if the picture was redrawn meanwhile, since the message above it went.
    """
    ann = await studio.visit(open_tab)
    discord = studio.stage.discord
    above = Person(discord, studio.world.bob, studio.world.general).say("soon gone")
    await ann.command("imagine", "two boats")
    await ann.set("count", "2")
    await ann.send()
    pictures = (
        ann.tab.locator("article.mentioning")
        .filter(has_text="two boats")
        .locator("button:has(img)")
    )
    await expect(pictures).to_have_count(2)
    await expect(ann.tab.locator(".above").filter(has_text="/imagine")).to_have_count(0)
    await pictures.first.click()
    large = ann.tab.get_by_role("dialog").locator("img")
    await expect(large).to_be_visible()
    first = await large.get_attribute("src")
    await ann.tab.keyboard.press("ArrowRight")
    await expect(large).not_to_have_attribute("src", first)
    discord.platform.delete(above)
    await expect(ann.tab.locator("article").filter(has_text="soon gone")).to_have_count(0)
    await ann.tab.keyboard.press("Escape")
    await expect(ann.tab.get_by_role("dialog")).to_have_count(0)
    await expect(pictures.first).to_be_focused()


async def test_stopped_and_fetched_from_tasks(studio, open_tab):
    """After "Stop waiting", the pictures are in /tasks, and can be fetched privately."""
    ann = await studio.visit(open_tab)
    studio.evolink.behaviour.unfinished = True
    try:
        await ann.imagine("a slow snail")
        stop = ann.tab.get_by_role("button", name="Stop waiting")
        card = ann.tab.locator("article").filter(has=stop)
        await stop.click()
        await expect(ann.said("Stopped waiting")).to_contain_text("Only you can see this")
        await expect(card).to_have_count(0)
    finally:
        studio.evolink.behaviour.unfinished = False

    fetch = ann.tab.get_by_role("button", name="Get images")
    lists = ann.tab.get_by_role("article").filter(has_text="Your tasks")
    async with asyncio.timeout(PATIENCE * slowness()):
        while not studio.evolink.books.submissions[-1].ended:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.05)
        while not await fetch.count():
            before = await lists.count()
            await ann.command("tasks")
            await ann.send()
            await expect(lists).to_have_count(before + 1)
    await fetch.click()
    fetched = ann.tab.get_by_role("article").filter(
        has=ann.tab.locator("img[src*=imagine]"), has_text="Only you can see this"
    )
    await expect(fetched).to_have_count(1)
    bob = await studio.visit(open_tab, "bob")
    await expect(bob.said("a slow snail")).to_have_count(0)


async def _allow_bob(admin: Hands, images: str) -> None:
    await admin.command("imagine-admin quota user", "bob")
    await admin.tab.keyboard.press("Enter")
    await admin.set("images", images, choose=True)
    await admin.send()
    await expect(admin.last).to_contain_text("@bob")
    await expect(admin.last).to_contain_text(f"{images} image")


async def test_a_result_is_opened_from_tasks(studio, open_tab):
    """*Open* leads to the message within the page, from whatever channel."""
    # Ann has so many tasks by now that they are shown as a grid.
    admin = await studio.visit(open_tab, "admin")
    await admin.imagine("a boat to come back to")
    result = admin.tab.locator("article.mentioning").filter(has_text="a boat to come back to")
    await expect(result).to_have_count(1)
    await admin.tab.goto(f"{studio.server.url}/#admin/{studio.world.art.name}")
    await expect(result).to_have_count(0)
    await admin.command("tasks")
    await admin.send()
    await admin.tab.get_by_role("link", name="Open").first.click()

    await expect(result).to_be_focused()
    assert admin.tab.url.endswith("#admin/general")


async def test_a_quota_is_reached_and_raised(studio, open_tab):
    """Bob draws one picture, is told that there are no more, and goes on when admin allows it."""
    admin = await studio.visit(open_tab, "admin")
    bob = await studio.visit(open_tab, "bob")
    await _allow_bob(admin, "1")
    await bob.imagine("one kite")
    await expect(bob.said("one kite").locator("img[src*=imagine]")).to_have_count(1)
    await bob.imagine("another kite")
    refusal = bob.tab.locator("article.ephemeral").last
    await expect(refusal).to_contain_text(re.compile("quota|left|limit", re.IGNORECASE))
    assert not [
        order for order in studio.evolink.books.submissions if order.prompt == "another kite"
    ]

    await _allow_bob(admin, "5")
    await bob.imagine("another kite")
    await expect(
        bob.tab.locator("article.mentioning")
        .filter(has_text="another kite")
        .locator("img[src*=imagine]")
    ).to_have_count(1)


async def test_on_a_phone(studio, open_tab):
    """At 390 pixels the channels slide in, nothing overflows, and the main job works."""
    ann = await studio.visit(
        open_tab, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    await expect(ann.tab.locator("#side")).not_to_be_visible()
    await ann.tab.get_by_role("button", name="Open channels").tap()
    await ann.tab.get_by_role("navigation", name="Channels").get_by_role("button", name="art").tap()
    await expect(ann.tab.locator("#side")).not_to_be_visible()
    await expect(ann.tab.get_by_role("heading", level=1)).to_have_text("art")
    await ann.imagine("a small fish")
    await expect(
        ann.tab.locator("article.mentioning")
        .filter(has_text="a small fish")
        .locator("img[src*=imagine]")
    ).to_have_count(1)
    assert await ann.tab.evaluate("document.scrollingElement.scrollWidth") == 390
