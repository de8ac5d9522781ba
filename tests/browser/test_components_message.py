"""What surrounds a message's components: text, embeds, attachments, replies, mentions, times."""

import re
import time

import pytest
from playwright.async_api import expect

from sandbox.discord.cdn import Upload
from tests.browser.wall import Wall, box, pictures, png, text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_its_head(wall: Wall):
    """Name, the mark of an application, and when."""
    article = await wall.send({"content": "hello"})
    await wall.send({"content": "the next is not headed again"})
    head = wall.tab.locator(".message-head").last
    await expect(head).to_contain_text("imagine")
    await expect(head.locator(".message-tag")).to_have_text("APP")
    assert await article.locator("time.message-time").get_attribute("datetime")


async def test_an_edit_shows(wall: Wall):
    """The new text takes the old one's place, with a mark."""
    sent = await wall.app.send(wall.world.general, {"content": "before"})
    await wall.app.edit(sent, {"content": "after"})
    article = wall.article(sent)
    await expect(article.locator(".message-content")).to_have_text("after (edited)")


async def test_a_deletion_shows(wall: Wall):
    """What is deleted goes; a reply to it says so."""
    gone = await wall.app.send(wall.world.general, {"content": "soon gone"})
    await wall.app.delete(gone)
    await expect(wall.article(gone)).to_have_count(0)


async def test_a_reply_leads_to_what_it_replies_to(wall: Wall):
    """The line above it says who wrote what; a click leads there."""
    first = wall.ann.say("the **first** word, ||hidden||\n> quoted\n-# small")
    article = await wall.send(
        {"content": "a reply", "message_reference": {"message_id": str(first.id)}}
    )
    line = article.get_by_role("button", name="Replying to ann")
    await expect(line).to_contain_text(re.compile("the first word, .+ quoted small"))
    await expect(line).not_to_contain_text("hidden")
    await line.click()
    await expect(wall.article({"id": first.id})).to_be_in_viewport()
    await expect(wall.article({"id": first.id})).to_be_focused()


async def test_a_mention_of_me_stands_out(wall: Wall):
    """A mention of me is highlighted, others are not; both show names."""
    ping = {"parse": ["users"]}
    ann, bob = wall.world.ann.mention, wall.world.bob.mention
    mine = await wall.send({"content": f"hey {ann}", "allowed_mentions": ping})
    other = await wall.send({"content": f"hey {bob}", "allowed_mentions": ping})
    await expect(mine.locator(".mention")).to_have_text("@ann")
    await expect(mine).to_have_class("message mentioning")
    await expect(other.locator(".mention")).to_have_text("@bob")
    await expect(other).to_have_class("message")


async def test_a_relative_time_ticks(wall: Wall):
    """It updates without an edit; hovering shows the full date."""
    article = await wall.send({"content": f"<t:{int(time.time()) - 56}:R> <t:0:F>"})
    ticking, fixed = await article.locator("time.timestamp").all()
    await expect(ticking).to_have_text("57 seconds ago")
    await expect(ticking).to_have_text("1 minute ago")
    await expect(fixed).to_have_text("Thursday, January 1, 1970 at 12:00 AM")
    await expect(fixed).to_have_attribute("title", "Thursday, January 1, 1970 at 12:00 AM")


async def test_an_embed_has_all_its_parts(wall: Wall):
    """Author, title, text, fields three in a row, pictures, footer, and the colour at its side."""
    fields = [
        {"name": name, "value": name.lower(), "inline": name != "Wide"}
        for name in ("A", "B", "C", "Wide")
    ]
    article = await wall.send(
        {
            "embeds": [
                {
                    "author": {"name": "Somebody", "url": "https://example.com/author"},
                    "title": "A **title**",
                    "url": "https://example.com/",
                    "description": "Words with `code`",
                    "color": 0xE5484D,
                    "fields": fields,
                    "thumbnail": {"url": "attachment://p0.png"},
                    "image": {"url": "attachment://p1.png"},
                    "footer": {"text": "at the bottom"},
                    "timestamp": "2026-01-02T03:04:05Z",
                }
            ]
        },
        **pictures(2),
    )
    embed = article.locator(".embed")
    await expect(embed.get_by_role("link", name="Somebody")).to_be_visible()
    await expect(embed.get_by_role("link", name="A title")).to_have_attribute(
        "href", "https://example.com/"
    )
    await expect(embed.locator(".embed-description code")).to_have_text("code")
    await expect(embed.locator(".embed-footer")).to_have_text("at the bottom • 1/2/26, 3:04 AM")
    side = await embed.evaluate("(node) => getComputedStyle(node).borderLeftColor")
    assert side == "rgb(229, 72, 77)"
    tops = [
        (await field.bounding_box() or {})["y"]
        for field in await embed.locator(".embed-field").all()
    ]
    assert tops[0] == tops[1] == tops[2] < tops[3]
    thumbnail = await embed.locator(".embed-thumbnail").bounding_box()
    assert thumbnail
    assert thumbnail["width"] == thumbnail["height"] == 80
    await embed.locator(".embed-image").get_by_role("button").click()
    await expect(wall.tab.get_by_role("dialog").get_by_role("img")).to_be_visible()


async def test_embeds_can_be_suppressed(wall: Wall):
    """With the flag for it, none is shown."""
    article = await wall.send({"content": "only words", "embeds": [{"title": "no"}], "flags": 4})
    await expect(article.locator(".embed")).to_have_count(0)


async def test_attachments_are_pictures_and_files(wall: Wall):
    """Pictures stand in a grid, a hidden one is covered; other files are cards."""
    article = await wall.send(
        {"content": "", "attachments": [{"id": 1, "filename": "SPOILER_b.png"}]},
        a__png=png(),
        b__png=png(),
        notes__txt=b"hello",
    )
    await expect(article.locator(".gallery .tile")).to_have_count(2)
    await expect(article.get_by_role("button", name="Show spoiler")).to_have_count(1)
    await expect(article.get_by_role("link", name="notes.txt")).to_be_visible()


async def test_what_a_person_attached_is_shown(wall: Wall):
    """A member's message shows its picture as an application's does."""
    said = wall.bob.say("look", files=[Upload("mine.png", png(300, 200))])
    image = wall.article({"id": said.id}).locator(".gallery img")
    await expect(image).to_be_visible()
    await expect(image).to_have_js_property("naturalWidth", 300)


async def test_few_emoji_are_large(wall: Wall):
    """A message of nothing else shows them large; with a word they are as high as the text."""
    large = await wall.send({"content": "🎨 🎉"})
    small = await wall.send({"content": "so 🎨"})
    sizes = [
        await each.locator(".emoji").first.evaluate(
            "(node) => parseFloat(getComputedStyle(node).fontSize)"
        )
        for each in (large, small)
    ]
    assert sizes[0] > 40 > sizes[1]


async def test_a_silent_message_says_so(wall: Wall):
    """It shows a crossed-out bell."""
    wall.bob.say("aloud")
    article = await wall.send({"content": "psst", "flags": 1 << 12})
    await expect(article.get_by_role("img", name="This was a silent message")).to_have_count(1)


async def test_the_readers_language(wall: Wall, open_tab):
    """The client's own words and dates are in that language."""
    await wall.show(box(text("<t:0:D>")))
    chinese = await open_tab(wall.address())
    await chinese.evaluate("localStorage.setItem('locale', 'zh-CN')")
    await chinese.reload()
    await expect(chinese.locator("article").last.locator("time.timestamp")).to_have_text(
        "1970年1月1日"
    )
    await expect(chinese.locator(".message-tag").last).to_contain_text("应用")
