"""The tray: what it shows, and that Discord accepts it."""
# ruff: noqa: RUF001 - Chinese has its own commas

import discord
from inline_snapshot import snapshot

from bot.domain.ids import InteractionId
from bot.domain.models import SEEDREAM_4_5
from bot.domain.reference import Reference
from bot.domain.tray import TrayChange, TrayItem
from bot.ui import forms
from bot.ui.texts import texts
from bot.ui.tray import tray
from tests.unit.ui_kit import NOW, fits, shown

EN, ZH = texts("en"), texts("zh-CN")


def held(number: int, name: str = "a.png", width: int | None = 40) -> list[TrayItem]:
    """So many pictures."""
    picture = Reference(url="https://cdn.discordapp.com/a", name=name, bytes=9, width=width)
    return [TrayItem(n, picture, NOW) for n in range(1, number + 1)]


def pictured(view: discord.ui.LayoutView) -> list[int]:
    """How many pictures each gallery shows."""
    return [
        len(item.items)
        for item in view.walk_children()
        if isinstance(item, discord.ui.MediaGallery)
    ]


async def test_an_empty_one():
    """It says how to fill it."""
    assert shown(tray([], ZH)) == snapshot(
        ["**你的参考图** · 0/14", "暂无。打开有图消息的菜单 → 应用 → 用作参考图。"]
    )


async def test_one_picture():
    """What was added, until when it stays, and what to do with it."""
    view = tray(held(1), EN, change=TrayChange(1, 0, 0))
    assert shown(view) == snapshot(
        [
            "**Your references** · 1/14",
            "1 picture added.",
            "-# Each picture stays for a day; the oldest leaves <t:1800086400:R>.",
            "[Draw with these…]",
            "[Clear]",
        ]
    )
    assert pictured(view) == [1]


async def test_a_full_one():
    """Fourteen need two galleries; pictures without room are reported."""
    view = tray(held(14, name="x" * 200 + ".png"), ZH, change=TrayChange(1, 0, 2))
    assert shown(view) == snapshot(
        [
            "**你的参考图** · 14/14",
            "已添加 1 张图片。",
            "还有 2 张放不下，上限为 14 张。",
            "-# 每张保留一天；最早的一张将于 <t:1800086400:R>移除。",
            "[用这些生成…]",
            "[清空]",
        ]
    )
    assert pictured(view) == [9, 5]
    assert fits(view)


async def test_what_was_there_and_what_discord_cannot_show():
    """A HEIC photo is listed by its name."""
    view = tray(held(2, name="IMG_1.HEIC", width=None), EN, change=TrayChange(0, 1, 0))
    assert shown(view) == snapshot(
        [
            "**Your references** · 2/14",
            "Already added.",
            "-# 1 · IMG\\_1.HEIC",
            "-# 2 · IMG\\_1.HEIC",
            "-# Each picture stays for a day; the oldest leaves <t:1800086400:R>.",
            "[Draw with these…]",
            "[Clear]",
        ]
    )
    assert pictured(view) == []


async def test_what_cannot_be_taken_is_named():
    """In a message that has pictures as well."""
    view = tray(held(1), EN, change=TrayChange(1, 0, 0), unusable=("clip_1.mp4", "wave"))

    assert shown(view)[1:3] == ["1 picture added.", "Can't be used: clip\\_1.mp4, wave."]


async def test_drawing_with_them():
    """The form asks for the prompt; of several pictures one chooses, to one can be added."""
    picture = held(1)[0].reference
    for number, asked in (
        (1, "More pictures"),
        (3, "References to keep"),
        (25, "References to keep"),
    ):
        draft = forms.Draft(prompt="", references=(picture,) * number)
        modal = forms.compose(InteractionId(7), draft, SEEDREAM_4_5, EN)
        labels = [getattr(child, "text", "") for child in modal.children]
        assert (modal.custom_id, len(labels), asked in labels) == ("draft:7:draw", 4, True)
    assert modal.title == "Draw"
