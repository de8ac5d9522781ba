"""The page for everybody: axe finds nothing, the keyboard goes everywhere, news is read out."""

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.kit.patience import slowness

pytestmark = pytest.mark.asyncio(loop_scope="session")
_AXE = {"bypass_csp": True}


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_axe_finds_nothing(studio, open_tab, theme):
    """In both themes: a result, its form and its image large, a command being typed, the drawer."""
    ann = await studio.visit(open_tab, color_scheme=theme, **_AXE)
    await ann.imagine("a quiet sea")
    result = ann.tab.locator("article.mentioning").filter(has_text="a quiet sea")
    await expect(result.locator("img").first).to_be_visible()
    for opens in (
        result.get_by_role("button", name="Edit", exact=True),
        result.locator("button:has(img)").first,
    ):
        await opens.click()
        await expect(ann.tab.get_by_role("dialog")).to_be_visible()
        assert not await violations(ann.tab)
        await ann.tab.keyboard.press("Escape")
    await ann.command("quota")
    await ann.send()
    await expect(ann.said("Your quota")).to_contain_text("Only you can see this")
    assert not await violations(ann.tab)
    await ann.command("imagine", "more")
    await ann.set("size", "1")
    await ann.tab.get_by_role("option").first.wait_for()
    assert not await violations(ann.tab)
    await ann.tab.get_by_role("button", name="Sandbox").click()
    await expect(ann.tab.locator(".wire li").first).to_be_visible()
    assert not await violations(ann.tab)


async def test_axe_finds_nothing_on_a_phone(studio, open_tab):
    """Also with the channels open, and a menu."""
    ann = await studio.visit(open_tab, viewport={"width": 390, "height": 844}, **_AXE)
    await ann.tab.get_by_role("button", name="Open channels").click()
    await expect(ann.tab.locator("#side")).to_be_visible()
    await ann.tab.wait_for_timeout(300)  # the slide
    assert not await violations(ann.tab)
    await ann.tab.locator(".account").click()
    assert not await violations(ann.tab)


async def test_by_keyboard_alone(studio, open_tab):
    """Theme, account and messages are reached and used without a mouse; the focus comes back."""
    ann = await studio.visit(open_tab)
    keys = ann.tab.keyboard
    await ann.box.fill("first")
    await ann.send()
    await expect(ann.last).to_contain_text("first")
    await ann.tab.locator("#scroll").focus()
    await keys.press("ArrowUp")
    await expect(ann.last).to_be_focused()
    await keys.press("Tab")
    await keys.press("Tab")
    await expect(ann.last.get_by_role("button", name="More")).to_be_focused()
    await keys.press("Enter")
    await expect(ann.tab.get_by_role("menuitem", name="Reply")).to_be_focused()
    await keys.press("Escape")
    await expect(ann.last.get_by_role("button", name="More")).to_be_focused()

    await ann.tab.locator(".account").focus()
    await keys.press("Enter")
    await expect(ann.tab.locator('[role="menu"]')).to_be_visible()
    await expect(ann.tab.get_by_role("menuitemradio", name="ann")).to_be_focused()
    await ann.tab.evaluate("app.places.draw()")  # as news from elsewhere do
    await keys.press("Escape")
    await expect(ann.tab.locator(".account")).to_be_focused()
    await keys.press("Enter")
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(ann.tab.locator(".account")).to_contain_text("bob")
    await ann.tab.get_by_role("button", name="Light theme").focus()
    await keys.press("Enter")
    await expect(ann.tab.locator("html")).to_have_attribute("data-theme", "light")
    await expect(ann.tab.get_by_role("button", name="Dark theme")).to_be_focused()


async def test_news_is_read_out(studio, open_tab):
    """The live region says who wrote what, without markup."""
    ann, bob = await studio.visit(open_tab), await studio.visit(open_tab, "bob")
    await bob.box.fill("the **boat** is here")
    await bob.send()
    await expect(ann.tab.locator("[aria-live=polite]")).to_have_text("bob: the boat is here")


async def test_five_hundred_messages_stay_quick(studio, open_tab):
    """With 500 messages loaded, a new one appears within a second, and one is still at the end."""
    platform, world = studio.stage.discord.platform, studio.world
    for number in range(500):
        body = platform.write_text(f"message **{number}** in a long talk", world.nsfw)
        platform.post(world.nsfw, world.bob if number % 3 else world.ann, body)
    ann = await studio.visit(open_tab, where="nsfw")
    articles = ann.tab.locator("#messages article")
    await expect(articles).to_have_count(50)
    while await ann.tab.get_by_role("button", name="Load earlier messages").count():
        before = await articles.count()
        await ann.tab.get_by_role("button", name="Load earlier messages").click()
        await expect(articles).to_have_count(min(500, before + 50))
    await ann.tab.evaluate("document.querySelector('#scroll').scrollTo(0, 1e9)")
    took = await ann.tab.evaluate("""async () => {
      const list = document.querySelector("#messages");
      const start = performance.now();
      const seen = new Promise((done) => {
        new MutationObserver(done).observe(list, { childList: true });
      });
      await window.app.live.ask("say", { text: "the last one" });
      await seen;
      await new Promise(requestAnimationFrame);
      return performance.now() - start;
    }""")
    await expect(ann.last).to_be_in_viewport()
    assert took < 1000 * slowness()
