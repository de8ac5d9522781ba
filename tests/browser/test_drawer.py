"""Behind the scenes of the page: what goes wrong, the bot's process, the wire, language."""

import re

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(autouse=True)
def _finishing(studio):
    yield
    studio.evolink.behaviour.unfinished = False


async def _behind(hands):
    """Open the drawer."""
    await hands.tab.get_by_role("button", name=re.compile("^(Sandbox|沙盒)")).click()
    return hands.tab.locator("#drawer")


async def test_killed_in_the_middle(studio, open_tab):
    """While the bot is dead commands fail; started again it delivers, once."""
    ann = await studio.visit(open_tab)
    studio.evolink.behaviour.unfinished = True
    await ann.imagine("a phoenix")
    await studio.until_read("a phoenix")
    drawer = await _behind(ann)
    await drawer.get_by_role("button", name="Kill it").click()
    await expect(drawer.get_by_text("Not running")).to_be_visible()
    await ann.command("quota")
    await ann.send()
    await expect(ann.last).to_contain_text("The application did not respond")
    await ann.last.get_by_role("button", name="Dismiss message").click()
    await expect(
        ann.tab.locator("article").get_by_text("The application did not respond")
    ).to_have_count(0)

    studio.evolink.behaviour.unfinished = False
    await drawer.get_by_role("button", name="Start it again").click()
    await expect(drawer.get_by_text("Running and connected")).to_be_visible()
    result = ann.tab.locator("article.mentioning").filter(has_text="a phoenix")
    await expect(result.locator("img[src*=imagine]")).to_have_count(1)
    assert (
        len([order for order in studio.evolink.books.submissions if "phoenix" in order.prompt]) == 1
    )


async def test_a_press_that_is_not_answered(studio, open_tab):
    """A button of a dead bot says "This interaction failed" after three seconds."""
    ann = await studio.visit(open_tab)
    studio.evolink.behaviour.unfinished = True
    await ann.imagine("never done")
    await studio.until_read("never done")
    stop = ann.tab.get_by_role("button", name="Stop waiting")
    await expect(stop).to_be_visible()
    await studio.stage.bot.kill()
    await stop.click()
    await expect(ann.tab.locator("article").get_by_text("This interaction failed")).to_be_visible()
    await studio.stage.bot.start()
    await studio.stage.discord.gateway.connected(30)
    await stop.click()
    await expect(ann.tab.locator("article").get_by_text("This interaction failed")).to_have_count(0)
    await expect(ann.said("Stopped waiting")).to_be_visible()


async def test_out_of_credits(studio, open_tab):
    """Switched on, the card says that drawing is paused; switched off, the pictures come."""
    ann = await studio.visit(open_tab, where="art")
    drawer = await _behind(ann)
    switch = drawer.get_by_role("switch", name="Evolink is out of credits")
    await switch.check()
    await ann.imagine("a coin")
    await expect(ann.said("a coin")).to_contain_text(
        re.compile("pause|operator|wait", re.IGNORECASE)
    )
    await switch.uncheck()
    result = ann.tab.locator("article.mentioning").filter(has_text="a coin")
    await expect(result.locator("img[src*=imagine]")).to_have_count(1)


async def test_the_wire_of_a_message(studio, open_tab):
    """A message's menu leads to the requests about it: the interaction and its answer."""
    bob = await studio.visit(open_tab, "bob")
    await bob.command("quota")
    await bob.send()
    await expect(bob.last).to_contain_text("Your quota")
    await bob.last.hover()
    await bob.last.get_by_role("button", name="More").click()
    await bob.tab.get_by_role("menuitem", name="Show requests").click()
    entries = bob.tab.locator(".wire li")
    await expect(entries).to_have_count(2)
    await expect(entries.nth(0)).to_contain_text("INTERACTION_CREATE")
    await expect(entries.nth(1)).to_contain_text("/callback")
    # Successful requests aren't red.
    await expect(bob.tab.locator(".wire-status[data-failed]")).to_have_count(0)
    await entries.nth(0).locator("summary").click()
    await expect(entries.nth(0).locator("pre")).to_contain_text('"name": "quota"')


async def test_in_chinese(studio, open_tab):
    """In Chinese the page, the commands' descriptions and the bot's answers are Chinese."""
    ann = await studio.visit(open_tab)
    drawer = await _behind(ann)
    await drawer.get_by_text("简体中文").click()
    await expect(ann.box).to_have_attribute("placeholder", "发消息到 #general")
    await ann.box.focus()
    await ann.tab.keyboard.type("/quo")
    row = ann.tab.get_by_role("option").first
    await expect(row).to_contain_text(re.compile("[\\u4e00-\\u9fff]{2}"))
    await ann.tab.keyboard.press("Enter")
    await ann.send()
    await expect(ann.last).to_contain_text("只有你才能看到此消息")
