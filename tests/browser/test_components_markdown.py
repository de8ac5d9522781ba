"""Discord's markdown in the page, and that nothing anybody writes becomes more than text."""

import pytest
from playwright.async_api import expect

from tests.browser.wall import Wall, box, button, gallery, png, row, text

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKDOWN = {
    "bold": ("**a**", "<strong>a</strong>"),
    "italic by stars": ("*a*", "<em>a</em>"),
    "italic by lines": ("_a_", "<em>a</em>"),
    "underline": ("__a__", "<u>a</u>"),
    "struck": ("~~a~~", "<s>a</s>"),
    "bold and italic": ("***a***", "<em><strong>a</strong></em>"),
    "nested": ("**a __b *c*__**", "<strong>a <u>b <em>c</em></u></strong>"),
    "no italic within words": ("a_b_c", "a_b_c"),
    "no italic with blanks": ("2 * 3 * 4", "2 * 3 * 4"),
    "unclosed": ("**a", "**a"),
    "escaped": (r"\*a\* \_b\_ \`c\`", "*a* _b_ `c`"),
    "a shrug": ("¯\\_(ツ)_/¯", "¯\\_(ツ)_/¯"),
    "code": ("`a *b*`", '<code class="tick">a *b*</code>'),
    "code with a tick": ("`` a`b ``", '<code class="tick"> a`b </code>'),
    "over two lines": ("**a\nb**", "<strong>a\nb</strong>"),
    "short names of emoji": (
        ":tada: :nosuch:",
        '<span class="emoji" title=":tada:">🎉</span> :nosuch:',
    ),
    "a family is one emoji": ("👩‍👩‍👧 a", '<span class="emoji">👩‍👩‍👧</span> a'),
    "an emoji of a server": ("<:party:123> a", '<span class="emoji emoji-custom">:party:</span> a'),
    "unknown people": (
        "<@1>",
        '<span class="mention mention-user" data-id="1">@unknown-user</span>',
    ),
    "a command": ("</imagine:1>", '<span class="mention" data-command="imagine">/imagine</span>'),
    "no date": ("<t:99999999999999>", "&lt;t:99999999999999&gt;"),
    "html": ("<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
}

BLOCKS = {
    "headings": ("# a\n## b\n### c", [("H3", "a"), ("H4", "b"), ("H5", "c")]),
    "no heading without a blank": ("#a", [("SPAN", "#a")]),
    "small print": ("-# a", [("SMALL", "a")]),
    "a quotation ends with its lines": ("> a\n> b\nc", [("BLOCKQUOTE", "a\nb"), ("SPAN", "c")]),
    "a quotation of all the rest": (">>> a\nb", [("BLOCKQUOTE", "a\nb")]),
    "code": ("a\n```py\nb\n# c\n```\nd", [("SPAN", "a"), ("PRE", "b\n# c"), ("SPAN", "d")]),
    "code is not read": ("```\n> a **b**\n```", [("PRE", "> a **b**")]),
    "code in a line": ("a ```b``` c", [("SPAN", "a "), ("PRE", "b"), ("SPAN", " c")]),
    "a list": ("- a\n- b\nc", [("UL", "ab"), ("SPAN", "c")]),
    "a numbered list": ("3. a\n4. b", [("OL", "ab")]),
    "empty lines stay": ("a\n\nb", [("SPAN", "a\n\nb")]),
}

LINKS = {
    "https://example.com/a_(b).": ("https://example.com/a_(b)", "https://example.com/a_(b)"),
    "(https://example.com/a)": ("https://example.com/a", "https://example.com/a"),
    "<https://example.com>": ("https://example.com/", "https://example.com"),
    "[a *b*](https://example.com)": ("https://example.com/", "a b"),
    '[a](<https://example.com> "title")': ("https://example.com/", "a"),
}
#: Texts that must not become links.
NO_LINKS = [
    "[a](javascript:alert(1))",
    "[a](data:text/html,a)",
    "[https://good.example](https://evil.example/a)",
    "javascript:alert(1)",
    "[a](/etc/passwd)",
]

HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'


@pytest.mark.parametrize("case", MARKDOWN)
async def test_signs_within_a_text(wall: Wall, case: str):
    """It becomes what Discord shows, and nothing else."""
    written, expected = MARKDOWN[case]
    article = await wall.show(text(written))
    shown = await article.locator(".markdown > .text").evaluate("(node) => node.innerHTML")
    assert shown == expected


@pytest.mark.parametrize("case", BLOCKS)
async def test_lines_that_begin_with_a_sign(wall: Wall, case: str):
    """The blocks, in order, with their texts."""
    written, expected = BLOCKS[case]
    article = await wall.show(text(written))
    shown = await article.locator(".markdown").evaluate(
        "(node) => [...node.children].map((child) => [child.tagName, child.textContent])"
    )
    assert [tuple(each) for each in shown] == expected


async def test_a_nested_list(wall: Wall):
    """Indented items belong to the item above, even in a list of another kind."""
    article = await wall.show(text("- a\n  1. b\n  2. c\n    - d\n- e"))
    assert await article.locator("ul.list > li > ol.list > li").count() == 2
    await expect(article.locator("ol ul.list > li")).to_have_text(["d"])
    assert await article.locator(".markdown > ul > li").count() == 2


async def test_hidden_words(wall: Wall):
    """They are hidden from sight and from screen readers until revealed."""
    article = await wall.show(text("before ||the *end*|| after"))
    cover = article.get_by_role("button", name="Show spoiler")
    inside = article.locator(".spoiler-inside")
    assert await inside.evaluate("(node) => [node.inert, getComputedStyle(node).opacity]") == [
        True,
        "0",
    ]
    await cover.press("Space")
    assert await inside.evaluate("(node) => [node.inert, getComputedStyle(node).opacity]") == [
        False,
        "1",
    ]


@pytest.mark.parametrize("written", LINKS)
async def test_links(wall: Wall, written: str):
    """They lead where they say, in a tab of their own."""
    href, words = LINKS[written]
    article = await wall.show(text(written))
    link = article.get_by_role("link")
    await expect(link).to_have_text(words)
    assert await link.evaluate("(node) => node.href") == href
    await expect(link).to_have_attribute("target", "_blank")


@pytest.mark.parametrize("written", NO_LINKS)
async def test_no_links(wall: Wall, written: str):
    """Other schemes, and texts that look like another address, stay text."""
    article = await wall.show(text(f"{written} end"))
    await expect(article.locator("a[href^=javascript], a[href^=data]")).to_have_count(0)
    await expect(article.get_by_role("link", name="a", exact=True)).to_have_count(0)
    await expect(article).to_contain_text(written.split("](", maxsplit=1)[0])


async def test_names_in_mentions(wall: Wall):
    """People, roles and channels are shown by name."""
    role = next(role for role in wall.world.studio.roles.values() if role.name == "Managers")
    written = f"<@{wall.world.bob.id}> <@&{role.id}> <#{wall.world.art.id}> @everyone"
    article = await wall.show(text(written))
    await expect(article.locator(".mention")).to_have_text(
        ["@bob", "@Managers", "#art", "@everyone"]
    )


async def test_code_can_be_copied(wall: Wall):
    """Its button puts the text, and only that, into the clipboard."""
    await wall.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    article = await wall.show(text("```\nline one\nline **two**\n```"))
    await article.locator(".code").hover()
    await article.get_by_role("button", name="Copy", exact=True).click()
    assert await wall.tab.evaluate("navigator.clipboard.readText()") == "line one\nline **two**"


async def test_nothing_that_is_written_runs(wall: Wall):
    """Markup stays text wherever text can be, and a script's address never becomes a link."""
    options = [{"label": HOSTILE[:90], "value": "a", "description": HOSTILE[:90]}]
    pictured = gallery(1)
    pictured["items"][0]["description"] = HOSTILE
    await wall.show(
        text(HOSTILE),
        box(
            {"type": 9, "components": [text(HOSTILE)], "accessory": button(HOSTILE[:70])},
            pictured,
            row({"type": 3, "custom_id": "s", "placeholder": HOSTILE, "options": options}),
        ),
        p0__png=png(),
    )
    part = {"name": HOSTILE, "value": HOSTILE}
    await wall.send(
        {
            "content": HOSTILE,
            "embeds": [
                {
                    "title": HOSTILE,
                    "url": "javascript:window.hacked=1",
                    "description": HOSTILE,
                    "author": {"name": HOSTILE, "url": "javascript:window.hacked=1"},
                    "footer": {"text": HOSTILE},
                    "fields": [part],
                }
            ],
        }
    )
    article = await wall.send({"content": "the last of them"})

    await article.scroll_into_view_if_needed()
    assert await wall.tab.evaluate("window.hacked") is None
    assert await wall.tab.locator("article script, article img[src=x]").count() == 0
    hrefs = await wall.tab.locator("article a").evaluate_all("(all) => all.map((a) => a.protocol)")
    assert set(hrefs) <= {"https:", "http:"}


async def test_the_policy_of_the_page(wall: Wall):
    """Nothing but the page's own files may run, even if a text did become markup."""
    response = await wall.tab.request.get(wall.server.url)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
