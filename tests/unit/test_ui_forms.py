"""Forms: what they ask, what they are prefilled with, and that Discord accepts them."""
# ruff: noqa: RUF001 - Chinese has its own commas

from dataclasses import replace
from typing import Any

import discord
import pytest
from inline_snapshot import snapshot

from bot.domain.draft import Draft
from bot.domain.ids import InteractionId
from bot.domain.models import SEEDREAM_4_5
from bot.domain.reference import ENDINGS, Reference
from bot.domain.state import State
from bot.ui import forms
from bot.ui.file_types import FILE_TYPES
from bot.ui.texts import texts
from tests.unit.ui_kit import task

EN, ZH = texts("en"), texts("zh-CN")
DRAFT = InteractionId(1)
PICTURE = Reference(url="u", name="a.png", content_type="image/png", bytes=9)


def asked(modal: discord.ui.Modal) -> list[str]:
    """Return each field's name and value."""
    return [_field(part) for part in modal.to_dict()["components"]]


def _field(part: Any) -> str:
    field = part["component"]
    chosen = [option["label"] for option in field.get("options", ()) if option.get("default")]
    held = field.get("value") or ", ".join(chosen)
    described = f" ({part['description']})" if part.get("description") else ""
    return f"{part['label']}{described}: {held}"


async def test_editing_a_single_image():
    """What to change, size, count, uploads: more wouldn't fit a small screen."""
    draft = Draft(prompt="a fox", size="16:9", quality="2K", count=1, references=(PICTURE,))

    assert asked(forms.edit(task(), draft, SEEDREAM_4_5, EN, positions=[0])) == snapshot(
        [
            "What should change? (Original prompt: a fox): ",
            "Size: 16:9",
            "Number of images: 1",
            "More pictures (1 reference is kept.): ",
        ]
    )


async def test_editing_one_of_several():
    """A choice of the image replaces the size, which stays the same."""
    draft = Draft(prompt="a fox", count=1, references=(PICTURE,))
    modal = forms.edit(task(), draft, SEEDREAM_4_5, ZH, positions=[0, 1, 2])

    assert asked(modal) == snapshot(
        [
            "要改什么？ (原提示词：a fox): ",
            "哪一张: 图片 1",
            "图片张数: 1",
            "更多图片 (已保留 1 张参考图。): ",
        ]
    )
    assert modal.custom_id == "task:14:edit"
    assert modal.title == "修改"


async def test_mending_what_was_refused():
    """Only fields for what is wrong; values that can't be kept aren't preset."""
    odd = Reference(url="u", name="b.svg", content_type="image/svg+xml", bytes=9)
    crowded = Draft(prompt="a fox", count=15, references=(PICTURE,))
    refused = {
        "size": Draft(prompt="a fox", size="huge"),
        "quality": Draft(prompt="a fox", size="2560x1440", quality="4K"),
        "picture": Draft(prompt="a fox", references=(PICTURE, odd)),
        "too many": crowded,
    }

    assert {
        name: asked(forms.fix(DRAFT, draft, SEEDREAM_4_5, EN)) for name, draft in refused.items()
    } == (
        snapshot(
            {
                "size": [
                    "Prompt: a fox",
                    "Size: huge",
                    "Number of images: 1",
                    "More pictures (To edit, or to use as references): ",
                ],
                "quality": ["Prompt: a fox", "Size: 2560x1440", "Quality: ", "Number of images: 1"],
                "picture": [
                    "Prompt: a fox",
                    "References to keep: 1 · a.png",
                    "Number of images: 1",
                    "More pictures (To edit, or to use as references): ",
                ],
                "too many": [
                    "Prompt: a fox",
                    "References to keep: 1 · a.png",
                    "Number of images: 15",
                    "More pictures (To edit, or to use as references): ",
                ],
            }
        )
    )


@pytest.mark.parametrize("pictures", [1, 2])
async def test_what_a_message_has_besides_is_named(pictures):
    """Where usable pictures can be found."""
    draft = Draft(prompt="", references=(PICTURE,) * pictures)
    modal = forms.compose(DRAFT, draft, SEEDREAM_4_5, EN, unusable=("clip.mp4", "wave"))

    assert sum("Can't be used: clip.mp4, wave." in line for line in asked(modal)) == 1


async def test_a_remix_has_the_old_prompt():
    """And all settings; for other pictures there is *Edit*."""
    of = replace(task(), state=State.DELIVERED)
    draft = Draft(prompt="a fox", size="16:9", quality="4K", count=2)

    assert asked(forms.change(of, draft, SEEDREAM_4_5, EN)) == snapshot(
        ["Prompt: a fox", "Size: 16:9", "Quality: 4K", "Number of images: 2"]
    )


async def test_no_field_for_uploads_where_there_is_no_room():
    """Fourteen references are the maximum."""
    modal = forms.form(
        "x", "Draw", Draft(prompt="a fox", references=(PICTURE,) * 14), SEEDREAM_4_5, EN
    )

    assert not any("More pictures" in line for line in asked(modal))


@pytest.mark.parametrize("language", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("draft", [Draft(prompt=""), Draft(prompt="狐" * 5000, size="x" * 99)])
async def test_discord_takes_every_form(language, draft):
    """Titles and labels up to 45 characters, descriptions up to 100, values within their field."""
    for fields in (forms.USUAL, (forms.PROMPT, forms.IMAGE, forms.KEEP, forms.FILES)):
        modal = forms.form(
            "x", "Draw", draft, SEEDREAM_4_5, language, fields=fields, images=range(15)
        ).to_dict()

        assert 1 <= len(modal["title"]) <= 45
        assert len(modal["components"]) <= 5
        for part in modal["components"]:
            assert 1 <= len(part["label"]) <= 45
            assert len(part.get("description") or "") <= 100
            value = part["component"].get("value") or ""
            assert len(value) <= part["component"].get("max_length", 0)


async def test_a_form_is_not_kept_by_discord_py():
    """It is finished before it is sent: its ids alone explain a submission."""
    assert forms.form("x", "Draw", Draft(prompt="a fox"), SEEDREAM_4_5, EN).is_finished()


def test_only_what_can_be_read_is_offered() -> None:
    """Discord accepts at most ten entries; each is an extension of a picture that we read."""
    assert len(FILE_TYPES) <= 10
    assert {entry for entry in FILE_TYPES if entry != "image"} <= ENDINGS
