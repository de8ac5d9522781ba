"""Invisible text is empty; characters that nobody can store or send are left out."""

import unicodedata

import pytest

from bot.domain.draft import Draft
from bot.domain.models import SEEDREAM_4_5
from bot.domain.request import Request
from bot.domain.task_query import TaskQuery
from bot.domain.text import LARGEST_ID, is_blank, is_seen, number, sendable
from bot.refusals import PromptMissing
from bot.ui.prompt import alt, escape, plain

NOTHING = {
    "nothing": "",
    "blanks": " \t\n\u00a0\u2003\u3000\u2028",
    "zero width": "\u200b\u200c\u200d\u2060\ufeff",
    "right to left": "\u200e\u200f\u202e\u2066\u061c",
    "hangul fillers": "\u115f\u1160\u3164\uffa0",
    "braille": "\u2800",
    "a soft hyphen": "\u00ad",
    "joiners of marks": "\u034f\u180e\u17b4\u17b5",
    "variation selectors": "\ufe00\ufe0f\U000e0100\U000e01ef\u180b",
    "tags": "\U000e0001\U000e0041\U000e007f",
    "unassigned, and ignored": "\u2065\ufff0\U000e0fff",
    "music": "\U0001d159\U0001d173",
    "shorthand": "\U0001bca0",
    "controls": "\x00\x07\x1b\x7f\x85",
    "half a character": "\ud83d",
}
SOMETHING = (
    "a",
    "图",
    "🦊",
    "❤\ufe0f",
    "👨‍👩‍👧",
    ".",
    "\u0301",
    "\u06dd",
    "\u3164a",
    "\ue000",
)

nothing = pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)


@nothing
def test_what_shows_nothing_is_empty(text):
    """Nobody can draw from it, in any way; nor is it shown or searched for."""
    assert is_blank(text)
    assert plain(text) == escape(text) == ""
    assert alt(text) is None
    assert TaskQuery(search=text).search == ""
    with pytest.raises(PromptMissing):
        Request.parse(text)
    with pytest.raises(PromptMissing):
        Draft(prompt=text).request(SEEDREAM_4_5)


@pytest.mark.parametrize("text", SOMETHING)
def test_what_shows_something_is_not(text):
    """Characters of every script, emoji, and marks on nothing can be drawn from."""
    assert not is_blank(text)
    assert Request.parse(text).prompt == text
    assert plain(text)


def test_all_that_unicode_calls_unseen_is():
    """All format characters but the few that print something, and all blanks."""
    kinds = {"Cf", "Zs", "Zl", "Zp"}
    seen = [sign for sign in map(chr, range(0x110000))
            if unicodedata.category(sign) in kinds and is_seen(sign)]  # fmt: skip
    names = [unicodedata.name(sign) for sign in seen]
    assert all("NUMBER" in name or "SIGN" in name or "MARK" in name or "AYAH" in name
               or "POUND" in name or "PIASTRE" in name for name in names), names  # fmt: skip
    assert len(seen) == 13


def test_what_cannot_be_sent_is_left_out():
    """NUL, other controls and halves of a character; line ends and tabs stay."""
    typed = "a\x00 fox\ud800\r\n\tin\x1b snow 🦊"

    assert sendable(typed) == "a fox\r\n\tin snow 🦊"
    assert (
        Draft(prompt=typed, size="16:9\x00").request(SEEDREAM_4_5).prompt == "a fox\r\n\tin snow 🦊"
    )
    assert TaskQuery(search=typed).search == "a fox\r\n\tin snow 🦊"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        (str(LARGEST_ID), LARGEST_ID),
        (str(LARGEST_ID + 1), None),
        ("9" * 5000, None),
        ("-1", None),
        ("x", None),
        ("", None),
        ("²", None),
    ],
)
def test_numbers_from_outside(text, value):
    """Only numbers that a row could have."""
    assert number(text) == value
