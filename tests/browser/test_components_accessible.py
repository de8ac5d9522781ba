"""Every kind of component at once: nothing for axe to complain about, and quick."""

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.wall import Wall, box, button, gallery, pictures, row, text

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKDOWN = (
    "# a\n## b\n### c\n-# small\n**b** *i* __u__ ~~s~~ `c` ||hidden|| [link](https://example.com)\n"
    "> quote\n- list\n  1. nested\n```\ncode\n```\n<@1> </imagine:1> <t:0:R> 🎨"
)


async def _fill(wall: Wall) -> None:
    """Send every kind there is."""
    options = [
        {"label": "One", "value": "1", "emoji": {"name": "🎨"}},
        {"label": "Two", "value": "2"},
    ]
    covered = gallery(1)
    covered["items"][0]["spoiler"] = True
    await wall.show(
        box(
            text(MARKDOWN),
            {"type": 14},
            {"type": 9, "components": [text("one")], "accessory": button("Beside")},
            {"type": 13, "file": {"url": "attachment://notes.txt"}},
            row(*(button(f"Style {style}", style) for style in (1, 2, 3, 4))),
            row(
                button("Off", disabled=True),
                {"type": 2, "style": 5, "label": "Out", "url": "https://example.com"},
            ),
            accent_color=0x6D78F5,
        ),
        notes__txt=b"x",
    )
    await wall.show(
        row({"type": 3, "custom_id": "one", "options": options, "placeholder": "Which?"}),
        row({"type": 3, "custom_id": "many", "options": options, "max_values": 2}),
        *(row({"type": kind, "custom_id": f"kind {kind}"}) for kind in (5, 6, 7, 8)),
    )
    await wall.show(gallery(5), **pictures(5))
    await wall.show(box(covered, text("hidden"), spoiler=True), **pictures(1))
    fields = [{"name": "A", "value": "a", "inline": True}]
    embed = {"title": "t", "url": "https://example.com", "description": MARKDOWN, "fields": fields}
    await wall.send(
        {"embeds": [embed | {"footer": {"text": "f"}, "image": {"url": "attachment://p0.png"}}]},
        **pictures(1),
    )
    said = wall.ann.say("first")
    await wall.send(
        {
            "content": f"{wall.world.ann.mention} reply",
            "message_reference": {"message_id": str(said.id)},
        }
    )


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_axe_finds_nothing_in_any_component(wall: Wall, open_tab, theme: str):
    """In both themes; covered and uncovered, with a list open."""
    await _fill(wall)
    tab = await open_tab(wall.address(), color_scheme=theme, bypass_csp=True)
    await tab.locator("article", has_text="reply").last.wait_for()
    # Each is looked at, also what is far up.
    await tab.add_style_tag(content="#messages > li { content-visibility: visible !important }")
    assert not await violations(tab)
    covers = tab.get_by_role("button", name="Show spoiler")
    while await covers.count():
        await covers.first.click()
    await tab.locator('[data-custom-id="many"]').last.click()
    await expect(tab.get_by_role("option").first).to_be_visible()
    assert not await violations(tab)


async def test_many_messages_are_drawn_quickly(wall: Wall):
    """Five hundred cards take less than 10 ms each, on a busy machine too (1 ms on a quiet one)."""
    took = await wall.tab.evaluate(
        """async (message) => {
          const { renderMessage } = await import("/static/message/message.js");
          const context = { locale: "en-US", now: Date.now, name: () => "ann", states: new Map() };
          const began = performance.now();
          const list = document.createElement("div");
          for (let id = 0; id < 500; id += 1)
            list.append(renderMessage({ ...message, id: `many-${id}` }, context));
          document.body.append(list);
          list.getBoundingClientRect();
          const took = performance.now() - began;
          list.remove();
          return took;
        }""",
        await wall.app.show(
            wall.world.general,
            box(
                text("> A prompt\n-# 16:9"),
                {"type": 14},
                text("**Drawing**\n▰▰▱ 33% · started <t:1700000000:R>\n-# small"),
                row(button("Stop")),
                accent_color=0x6D78F5,
            ),
        ),
    )
    assert took < 5000
