"""Every text in every language: complete, used, with the same fields."""

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import discord
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from discord import app_commands

from bot.ui import texts as module
from bot.ui.commands import STRIKES, CommandTexts
from bot.ui.texts import LOCALE_DIR, texts

ROOT = Path(module.__file__).parents[2]
FILES = sorted(LOCALE_DIR.glob("*.po"))

#: A message, or one and many.
Message = str | tuple[str, str]


def messages_of(tree: ast.AST) -> Iterator[Message]:
    """Yield what ``t("…")``, ``texts(…)("…")``, ``t.plural("…", "…", n)`` and ``N_("…")`` say."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        said = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
        match call.func:
            case ast.Name(id="t" | "N_") | ast.Call(func=ast.Name(id="texts")):
                yield from (text for text in said[:1] if isinstance(text, str))
            case ast.Attribute(attr="plural"):
                yield str(said[0]), str(said[1])
            case _:
                pass


@cache
def used() -> set[Message]:
    """Every message in the sources."""
    return {
        message
        for folder in ("bot", "cogs")
        for path in (ROOT / folder).rglob("*.py")
        for message in messages_of(ast.parse(path.read_text(encoding="utf-8")))
    }


@cache
def read(path: Path) -> Catalog:
    """A language's file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def fields(message: str) -> set[str]:
    """The named fields in a message."""
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}


def entries(path: Path) -> dict[Message, list[str]]:
    """What a language says for each message."""
    found = dict[Message, list[str]]()
    for entry in read(path):
        if entry.id:
            key = entry.id if isinstance(entry.id, str) else (entry.id[0], entry.id[1])
            said = entry.string
            found[key] = [said] if isinstance(said, str) else list(said or ())
    return found


def test_the_scan_finds_what_is_said():
    """Each of the four forms is recognised, and nothing else."""
    tree = ast.parse(
        't("a", x=1); t.plural("b", "c", 2); N_("d"); texts(str(x))("e"); t(TABLE[x]); f("g")'
    )

    assert set(messages_of(tree)) == {"a", ("b", "c"), "d", "e"}
    assert len(used()) > 150


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_message_is_translated(path: Path):
    """None is missing, none is empty, none is marked as uncertain."""
    said = entries(path)

    assert used() - set(said) == set()
    assert [message for message, strings in said.items() if not all(strings)] == []
    assert [entry.id for entry in read(path) if entry.fuzzy and entry.id] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_translation_is_used(path: Path):
    """Unused messages have been removed."""
    assert set(entries(path)) - used() == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_fields_agree(path: Path):
    """A translation has the fields of its message, no more and no fewer."""
    for message, strings in entries(path).items():
        wanted = fields(message if isinstance(message, str) else message[1])
        assert [fields(text) for text in strings] == [wanted] * len(strings), message


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh-CN", "zh_CN"),
        ("zh-TW", "zh_TW"),
        ("zh-SG", "zh_CN"),
        ("en-GB", "en"),
        ("de", "en"),
        ("", "en"),
        ("../x", "en"),
    ],
)
def test_the_nearest_language(locale: str, language: str):
    """Another Chinese comes before English; an unknown language is English."""
    assert texts(locale).locale == language


@pytest.mark.parametrize(("name", "charset"), [("zh_CN", "gb2312"), ("zh_TW", "big5")])
def test_each_chinese_has_its_own_characters(name: str, charset: str):
    """Simplified and Traditional aren't mixed: each one's character set has only its own."""
    strange = {
        sign
        for strings in entries(LOCALE_DIR / f"{name}.po").values()
        for sign in "".join(strings)
        if "\u4e00" <= sign <= "\u9fff" and not sign.encode(charset, "ignore")
    }
    if name == "zh_TW":
        # Big5 has these as other words, or as rare variants.
        every = "".join("".join(strings) for strings in entries(LOCALE_DIR / "zh_TW.po").values())
        strange |= set(every) & set("万与丰么于余几体准后复机种里据")

    assert strange == set()


def test_braces_in_values_do_no_harm():
    """Values aren't searched for fields, and a value may have any name."""
    t = texts("en")

    assert t("{name} {message}", name="{number}", message="{0.__class__}") == (
        "{number} {0.__class__}"
    )


def test_plurals():
    """English has two forms, Chinese one."""
    assert texts("en").plural("{n} image", "{n} images", 1) == "1 image"
    assert texts("en").plural("{n} image", "{n} images", 0) == "0 images"
    assert texts("zh-CN").plural("{n} image", "{n} images", 1) == "1 张图片"


async def test_commands_are_named_in_the_users_language():
    """Names, options with numbers, nothing for English, nothing for what is not ours."""
    translator = CommandTexts()
    context = app_commands.TranslationContext(
        app_commands.TranslationContextLocation.other, data=None
    )

    async def said(message: str, locale: discord.Locale = discord.Locale.chinese) -> str | None:
        return await translator.translate(app_commands.locale_str(message), locale, context)

    assert await said("imagine") == "画图"
    assert await said("image") == "图片"
    assert await said("image14") == "图片14"
    assert await said("imagine", discord.Locale.taiwan_chinese) == "畫圖"
    assert await said("imagine", discord.Locale.german) is None
    assert await said("2K") is None
    # Numbers of images have their own word, which doesn't fit strikes.
    assert await said("count") == "张数"
    assert await translator.translate(STRIKES, discord.Locale.chinese, context) == "次数"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_translated_names_are_taken_by_discord(path: Path):
    """Names of commands and options: 1 to 32 letters, digits, hyphens; descriptions up to 100."""
    t = texts(path.stem)
    marked = {
        str(message)
        for source in [*(ROOT / "cogs").glob("*.py"), ROOT / "bot/ui/commands.py"]
        for call in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "N_"
        for message in messages_of(call)
    }
    assert len(marked) > 20
    for message in marked:
        if re.fullmatch("[a-z-]+", message):
            assert re.fullmatch(r"[\w-]{1,32}", t(message)), message
        assert 1 <= len(t(message)) <= 100
