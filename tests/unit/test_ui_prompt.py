"""A user's text in our messages: harmless, and within Discord's limits whatever it is."""
# ruff: noqa: RUF001 - the texts are meant to be odd

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ids import InteractionId
from bot.domain.queue_status import QueueStatus
from bot.domain.task_query import TaskQuery
from bot.domain.text import is_blank
from bot.refusals import PromptTooLong
from bot.ui.card import card
from bot.ui.history import history_page
from bot.ui.menu import details
from bot.ui.prompt import ALT_LIMIT, FENCE_LIMIT, alt, escape, fence, plain, quote, width
from bot.ui.replies import refusal
from bot.ui.result import result_page
from bot.ui.texts import texts
from tests.unit.ui_kit import NOW, SERVER, fits, request, task

#: Any string, including lone surrogates, and especially what grows or breaks out most.
SIGNS = st.one_of(
    st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]),
    st.sampled_from("`*_~|<>[]():#@\\\n\r\t-+.1 \u202e\u2067\u200b😀👨‍👩‍👧שא\U0010ffff\ud800"),
)
PROMPTS = st.builds(
    lambda text, times: (text * times)[:2000],
    st.text(SIGNS, min_size=1, max_size=30),
    st.sampled_from([1, 3, 100, 2000]),
)


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("**bold** _it_ ~~no~~ ||spoiler||", r"\*\*bold\*\* \_it\_ \~\~no\~\~ \|\|spoiler\|\|"),
        ("@everyone <@1> <@&2>", "@\u200beveryone \\<@\u200b1\\> \\<@\u200b&2\\>"),
        ("<#3> <t:4:R> </a:5> <:x:6>", r"\<\#3\> \<t\:4\:R\> \</a\:5\> \<\:x\:6\>"),
        ("# heading", r"\# heading"),
        ("-# small", r"\-\# small"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("12. item", r"12\. item"),
        ("12.5 cm", r"12\.5 cm"),
        ("a. b - c", "a. b - c"),
        ("> quote", r"\> quote"),
        ("[see](https://x.y)", r"\[see\]\(https\://x.y\)"),
        ("```py\ncode```", r"\`\`\`py code\`\`\`"),
        ("back\\slash", r"back\\slash"),
        ("two\n\n# lines", r"two \# lines"),
        ("*\u200b*zero\ufeff\u2060 width", r"\*\*zero width"),
        ("right\u202etfel", "righttfel"),
        ("👨‍👩‍👧 ❤️", "👨‍👩‍👧 ❤️"),
        ("full＠everyone ＊wide＊", "full＠everyone ＊wide＊"),
        ("می‌خواهم", "\u2068می‌خواهم\u2069"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
        ("lone \ud800", "lone \ufffd"),
        ("\u3164\u2800", ""),
    ],
)
def test_escaped(typed: str, seen: str):
    """Markdown, mentions, links and invisible characters; harmless text stays as it is."""
    assert escape(typed) == seen


def test_a_quotation_is_never_empty():
    """A bare "> " would swallow the line below it."""
    assert quote("\u3164") == "> …"


def test_a_fence_keeps_the_text_to_copy():
    """Lines, asterisks and mentions stay; only what would close or reverse the block is changed."""
    assert fence("a *b*\n@everyone\r\n  c") == "```\na *b*\n@everyone\n  c\n```"
    assert fence("x```y\u202ez") == "```\nx`\u200b`\u200b`yz\n```"


def test_a_whole_prompt_fits_into_a_fence():
    """The longest prompt that may be sent is shown to its end."""
    assert fence("字" * 1999 + "e") == "```\n" + "字" * 1999 + "e\n```"


def test_shortening_tears_nothing():
    """An escaped character keeps its backslash, an emoji of two code units stays whole."""
    assert escape("*" * 10, 8) == r"\*\*\*…"
    assert escape("😀" * 10, 6) == "😀😀…"
    assert escape("a👨‍👩", 5) == "a👨…"
    assert escape("12345", 5) == "12345"


@settings(max_examples=200, deadline=None)
@given(PROMPTS)
def test_no_text_breaks_out(prompt):
    """Nothing unescaped is formatted, nothing invisible is left, and limits hold."""
    said = escape(prompt, 300)

    assert width(said) <= 300
    assert "\n" not in said
    bare = re.sub(r"\\[^0-9A-Za-z\s]", "", said)
    assert not re.search(r"[`*_~|<>\[\]#]|:|@(?!\u200b)", bare)
    assert not re.match(r"[-+]|\d+\.", said)
    said.encode()
    assert "\u202e" not in said


@settings(max_examples=200, deadline=None)
@given(PROMPTS)
def test_a_fence_closes_at_its_end_only(prompt):
    """Three backticks open it and three close it; the text never has three."""
    block = fence(prompt)

    assert width(block) <= FENCE_LIMIT
    assert block.startswith("```\n")
    assert block.endswith("\n```")
    assert "``" not in block[3:-3]
    block.encode()


@settings(max_examples=25, deadline=None)
@given(PROMPTS)
def test_any_prompt_keeps_every_message_within_discords_limits(prompt):
    """Texts below 4000, at most 40 components, alt texts up to 1024."""
    if is_blank(prompt):
        prompt = f"{prompt[:1990]}x"
    t = texts("en")
    of = task(request=request(prompt, count=1), reserved=1)
    names = {n: f"{n}.png" for n in range(10)}

    assert fits(card(of, QueueStatus(position=3)))
    assert fits(card(of.failed(NOW, "unknown_error"), QueueStatus()))
    assert fits(result_page(of, names, page=1, pages=2))
    assert fits(details(of.failed(NOW, "content_filter"), t))
    assert fits(refusal(PromptTooLong(9, 8), t, prompt * 3))
    query = TaskQuery(page=2, before=InteractionId(9))
    assert fits(
        history_page(
            [of] * 4, {}, {}, t, kept=(), query=query, newer=query, older=query, server=SERVER
        )
    )


@given(PROMPTS)
def test_alt_text(prompt):
    """The prompt unchanged, for screen readers: markdown has no meaning there."""
    said = alt(prompt)

    assert (said is None) == (not plain(prompt))
    assert said is None or 1 <= width(said) <= ALT_LIMIT


def test_alt_text_is_not_escaped():
    """A backslash would be read aloud."""
    assert alt("a *cat*\nand #1") == "a *cat* and #1"
