"""Retired words: people no longer read them, in any language."""

import re

import pytest
from babel.messages.pofile import read_po

from bot.ui.texts import LOCALE_DIR
from sandbox.imagine.process import ROOT

FILES = sorted(LOCALE_DIR.glob("*.po"))
#: A server's members never chose Evolink, and know no operator. The rest reads as translated.
ENGLISH = (
    "evolink", "operator", "generate", "by itself", "by themselves", "is told", "anew",
    "takes no more", "taking no more", "as it stands", "goes on", "are the most", "is there",
    "is not there", "no longer there", "nothing was charged", "cannot be", "somebody", "whom",
    "may draw nothing", "kept for you", "in other words",
)  # fmt: skip
#: 生成 is the one word for the act; 画图 is the name of the command.
CHINESE = (
    "作图", "绘制", "画", "您", "没有扣", "运营者", "取图", "不再等待", "忘掉", "这样做", "看不懂",
    "作圖", "繪製", "畫", "沒有扣", "運營者", "取圖", "這樣做", "看不懂",
)  # fmt: skip
#: Half-width punctuation next to a Chinese character.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]")


#: The manuals, which speak of Evolink and of operators.
MANUALS = ("README.md", "docs/using.md", "docs/servers.md", "docs/operating.md", "docs/settings.md")
TRANSLATED = {
    "generate", "by itself", "by themselves", "is told", "anew", "takes no more", "as it stands",
    "goes on", "are the most", "no longer there", "in other words",
}  # fmt: skip


def said(strings: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """The one text, or each of a plural."""
    return [strings] if isinstance(strings, str) else list(strings or ())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_retired_words_are_not_said(path):
    """Neither the messages, which are the English texts, nor their translations have them."""
    with path.open("rb") as file:
        entries = [entry for entry in read_po(file, locale=path.stem) if entry.id]
    english = [text.lower() for entry in entries for text in said(entry.id)]
    other = [
        re.sub("画图|畫圖|领取图片|領取圖片", "", text)
        for entry in entries
        for text in said(entry.string)
    ]

    assert [
        text for text in english if any(re.search(rf"\b{each}\b", text) for each in ENGLISH)
    ] == []
    assert [text for text in other if any(each in text for each in (*CHINESE, "Evolink"))] == []
    assert [text for text in other if HALF_WIDTH.search(text)] == []


@pytest.mark.parametrize("manual", MANUALS)
def test_manuals_say_no_retired_words(manual):
    """Nor any that read like a translation."""
    text = " ".join((ROOT / manual).read_text(encoding="utf-8").lower().split())
    assert {words for words in TRANSLATED if re.search(rf"\b{words}\b", text)} == set()


def test_the_chinese_readme_has_the_same_words():
    """It uses the bot's own words."""
    text = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    known = re.sub("画图|画面", "", text)
    assert [words for words in CHINESE if words in known] == []
