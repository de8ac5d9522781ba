"""What the box for writing takes, and what it does not."""

import asyncio
import base64
import re

import pytest
from playwright.async_api import expect

from sandbox.imagine.samples import leaf, lighthouse
from tests.kit.patience import PATIENCE, slowness

pytestmark = pytest.mark.asyncio(loop_scope="session")
_PASTE = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], name, { type: "image/png" }));
  const about = { clipboardData, bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", about));
}"""
#: Answers to what one types wait in ``held``.
_HOLD = """() => {
  const ask = app.live.ask.bind(app.live);
  window.held = [];
  app.live.ask = async (what, about) => {
    const found = await ask(what, about);
    if (what === "autocomplete") await new Promise((resolve) => held.push(resolve));
    return found;
  };
}"""


async def test_only_what_one_may_use_is_offered(studio, open_tab):
    """The list shows registered commands with their descriptions; admins' only to admins."""
    ann, admin = await studio.visit(open_tab), await studio.visit(open_tab, "admin")
    for hands in (ann, admin):
        await hands.box.focus()
        await hands.tab.keyboard.type("/")
        await expect(hands.tab.get_by_role("option", name="/imagine Draw an image")).to_be_visible()
    await expect(ann.tab.get_by_role("option", name=re.compile("imagine-admin"))).to_have_count(0)
    await expect(
        admin.tab.get_by_role("option", name=re.compile("imagine-admin quota user"))
    ).to_have_count(1)
    await ann.tab.keyboard.type("nothing")
    await expect(ann.tab.get_by_text("No such command here.")).to_be_visible()


async def test_what_is_missing_or_wrong_is_not_sent(studio, open_tab):
    """An empty required option or a number out of range is reported, not sent."""
    ann = await studio.visit(open_tab)
    before = len(studio.stage.discord.platform.interactions)
    await ann.command("imagine")
    await ann.send()
    await expect(ann.tab.get_by_role("alert").filter(has_text="required")).to_be_visible()
    await expect(ann.option("prompt")).to_be_focused()
    await ann.tab.keyboard.type("x")
    await ann.set("quality", "8K")
    await ann.send()
    await expect(ann.option("quality")).to_have_attribute("aria-invalid", "true")
    await expect(
        ann.tab.get_by_role("alert").filter(has_text="Choose one from the list")
    ).to_be_visible()
    asked = list(studio.stage.discord.platform.interactions.values())[before:]
    assert not [each for each in asked if each.kind != 4]


async def test_an_option_completes(studio, open_tab):
    """The bot is asked while one types, and what it answers can be chosen by key or mouse."""
    ann = await studio.visit(open_tab)
    await ann.command("imagine", "a door")
    await ann.set("size", "4:3")
    row = ann.tab.get_by_role("option", name=re.compile("^4:3"))
    await row.click()
    await expect(ann.option("size")).to_have_text(re.compile("^4:3 . landscape"))
    await ann.set("private", "tr", choose=False)
    await ann.tab.keyboard.press("Enter")
    await expect(ann.option("private")).to_have_text("True")
    await ann.send()
    await expect(ann.said("a door")).to_contain_text("Only you can see this")
    await expect(ann.said("a door").locator("img[src*=imagine]")).to_have_count(1)
    assert studio.evolink.books.submissions[-1].payload["size"] == "4:3"


async def test_pasted_dropped_and_removed(studio, open_tab):
    """Files fill the image options in turn; one that is taken out is not sent."""
    ann = await studio.visit(open_tab)
    await ann.command("imagine", "both")
    await ann.tab.evaluate(_PASTE, ["leaf.png", base64.b64encode(leaf()).decode()])
    await ann.drop("lighthouse.png", lighthouse())
    cards = ann.tab.locator(".tray-card")
    await expect(cards).to_have_count(2)
    await expect(cards.nth(1)).to_contain_text("image2")
    await ann.tab.get_by_role("button", name="Remove leaf.png").click()
    await expect(cards).to_have_count(1)
    await ann.option("prompt").focus()
    await ann.send()
    await expect(
        ann.tab.locator("article.mentioning").filter(has_text="both").locator("img[src*=imagine]")
    ).to_have_count(1)
    assert len(studio.evolink.books.submissions[-1].references) == 1


async def test_a_picture_dropped_before_the_command(studio, open_tab):
    """The command takes it along; a plain message carries it as an attachment."""
    bob = await studio.visit(open_tab, "bob", "art")
    await bob.drop("leaf.png", leaf())
    await bob.command("imagine")
    await expect(bob.tab.locator(".tray-card")).to_contain_text("image")
    await bob.tab.keyboard.press("Escape")
    await bob.tab.keyboard.press("Escape")
    await bob.drop("leaf.png", leaf())
    await bob.box.fill("@ann, look at **this**")
    await bob.send()
    await expect(bob.last.locator("img[src*=leaf]")).to_be_visible()
    await expect(bob.last.locator("strong")).to_have_text("this")
    ann = await studio.visit(open_tab, "ann", "art")
    await expect(ann.last).to_have_class(re.compile("mentioning"))


async def test_replies_and_news_elsewhere(studio, open_tab):
    """A reply shows what it answers; news in another channel is marked there."""
    ann, bob = await studio.visit(open_tab), await studio.visit(open_tab, "bob", "art")
    await ann.box.fill("who is there?")
    await ann.send()
    general = bob.tab.get_by_role("navigation", name="Channels").get_by_role(
        "button", name="general"
    )
    await expect(general).to_have_attribute("data-unread", "")
    await general.click()
    await expect(general).not_to_have_attribute("data-unread", "")
    await bob.said("who is there?").hover()
    await bob.said("who is there?").get_by_role("button", name="Reply", exact=True).click()
    await expect(bob.tab.get_by_text("Replying to ann")).to_be_visible()
    await bob.tab.keyboard.type("me, <b>Bob</b>")
    await bob.send()
    await expect(ann.last).to_contain_text("me, <b>Bob</b>")
    await expect(ann.last).to_contain_text("who is there?")


async def test_a_command_that_a_message_names(studio, open_tab):
    """A click starts it, keeping what was typed; one with a wrong id can't be clicked."""
    ann = await studio.visit(open_tab)
    await ann.command("imagine-defaults")
    await ann.send()
    named = ann.said("Used for what you leave out of").get_by_role("button", name="/imagine")
    await named.wait_for()
    await ann.box.fill("a paper boat")
    await named.click()
    await expect(ann.tab.locator(".command-name")).to_have_text("/imagine")
    await expect(ann.option("prompt")).to_have_text("a paper boat")
    await ann.tab.keyboard.press("Escape")
    await ann.tab.keyboard.press("Escape")
    await ann.box.fill("no such command: </imagine:1>")
    await ann.send()
    wrong = ann.said("no such command:")
    await expect(wrong.locator(".mention")).to_have_text("/imagine")
    await expect(wrong.get_by_role("button", name="/imagine")).to_have_count(0)


async def test_what_is_typed_meanwhile_stays(studio, open_tab):
    """Two messages typed without a pause arrive whole, in their order."""
    ann = await studio.visit(open_tab, where="nsfw")
    await ann.box.focus()
    for text in ("the first of them", "and the second"):
        await ann.tab.keyboard.type(text)
        await ann.send()
    await expect(ann.last).to_contain_text("and the second")
    await expect(ann.said("the first of them")).to_be_visible()


async def test_what_is_in_no_option_is_not_lost(studio, open_tab):
    """Typed after the options, or pasted after a command without any, it stays, with a message."""
    ann = await studio.visit(open_tab)
    before = len(studio.stage.discord.platform.interactions)
    await ann.command("imagine", "a gate")
    rest = ann.tab.locator(".option-rest")
    await rest.focus()
    await ann.tab.keyboard.type("at noon")
    await ann.send()
    await expect(ann.tab.get_by_role("alert").filter(has_text="at noon")).to_be_visible()
    await expect(ann.option("prompt")).to_have_text("a gate")
    await ann.tab.keyboard.press("Escape")
    await ann.tab.keyboard.press("Escape")
    await ann.box.fill("/quota for bob")
    await expect(rest).to_have_text("for bob")
    await ann.send()
    await expect(ann.tab.get_by_role("alert").filter(has_text="for bob")).to_be_visible()
    assert len(studio.stage.discord.platform.interactions) == before


async def test_late_suggestions_replace_nothing(studio, open_tab):
    """Suggestions for an earlier text aren't shown, so neither Tab nor Enter picks one."""
    ann = await studio.visit(open_tab)
    await ann.command("imagine", "a slow door")
    await ann.set("size", "")
    await expect(ann.tab.get_by_role("option", name="16:9")).to_be_visible()
    await ann.tab.evaluate(_HOLD)
    await ann.tab.keyboard.type("4")
    async with asyncio.timeout(PATIENCE * slowness()):
        while not await ann.tab.evaluate("held.length"):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)
    await ann.tab.keyboard.type("000x2000")
    await ann.tab.evaluate("held[0]()")
    await ann.tab.keyboard.press("Enter")

    result = ann.tab.locator("article.mentioning").filter(has_text="a slow door")
    await expect(result).to_contain_text("4000\N{MULTIPLICATION SIGN}2000")


async def test_what_was_not_answered_can_be_sent_again(studio, open_tab):
    """A command that a dead bot leaves unanswered is in the box again, as it was typed."""
    ann = await studio.visit(open_tab)
    await studio.stage.bot.kill()
    await ann.imagine("a patient owl")
    await expect(ann.last).to_contain_text("The application did not respond")
    await expect(ann.option("prompt")).to_have_text("a patient owl")
    await studio.stage.bot.start()
    await studio.stage.discord.gateway.connected(30)
    await ann.send()
    result = ann.tab.locator("article.mentioning").filter(has_text="a patient owl")
    await expect(result.locator("img[src*=imagine]")).to_have_count(1)


async def test_a_newcomer_is_told_of_people_and_troubles_first(studio, open_tab):
    """The first lines let them become somebody else, and open what can be broken."""
    ann = await studio.visit(open_tab, where="art")
    lines = ann.tab.locator(".welcome p")
    await expect(lines.nth(0)).to_contain_text("You are ann")
    await expect(lines.nth(1)).to_contain_text("Break things")
    await lines.nth(1).get_by_role("button").click()
    await expect(ann.tab.locator("#drawer")).to_be_visible()
    await lines.nth(0).get_by_role("button", name="Be bob").click()
    await expect(lines.nth(0)).to_contain_text("You are bob")
    assert ann.tab.url.endswith("#bob/art")


async def test_where_the_bot_may_not_be(studio, open_tab):
    """A channel that the bot can't see says so, and the command there is refused in words."""
    ann = await studio.visit(open_tab, "ann", "no-bots")
    await expect(ann.tab.get_by_role("heading", level=1)).to_contain_text(
        "The bot isn't in this channel"
    )
    await expect(ann.tab.locator(".welcome")).to_contain_text("it can't post here")
    await ann.imagine("here?")
    await expect(ann.last).to_contain_text("Only you can see this")
