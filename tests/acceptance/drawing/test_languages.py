"""Chinese through the wire: what is typed with a Chinese keyboard is understood and answered."""
# ruff: noqa: RUF001 - full-width signs are the matter here

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.results_kit import answered, order, posted
from tests.acceptance.studio import opened


async def test_full_width_signs_are_understood(studio):
    """While a size is typed and when it is sent; the prompt stays as it was typed."""
    ann = studio.person(studio.world.ann, locale="zh-CN")
    offered = await ann.autocomplete("imagine", "size", "１６：", prompt="狐狸")
    assert [choice["value"] for choice in offered] == ["16:9"]
    assert "横" in offered[0]["name"]
    await ann.slash("imagine", prompt="一只（红色的）狐狸，正在睡觉！", size="１６：９")
    result = await posted(studio, "一只（红色的）狐狸，正在睡觉！")

    assert "16:9" in result.text
    assert order(studio, "一只（红色的）狐狸，正在睡觉！").payload["size"] == "16:9"


async def test_a_refusal_in_chinese(studio):
    """It names what was typed, as it was typed."""
    ann = studio.person(studio.world.ann, locale="zh-CN")
    told = await answered(studio, await ann.slash("imagine", prompt="狐狸", size="巨大"))

    assert told.ephemeral
    assert "巨大" in told.text
    assert told.buttons == ["修改后重发"]


async def test_private_says_how_long(tmp_path):
    """The option's description names RESULT_DAYS, in either language."""
    async with opened(tmp_path, RESULT_DAYS="2.5") as studio:
        (command,) = (each for each in studio.ann.offered() if each["name"] == "imagine")
        (option,) = (each for each in command["options"] if each["name"] == "private")

        assert "kept for 3 days" in option["description"]
        assert "保留 3 天" in option["description_localizations"]["zh-CN"]


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW"])
async def test_all_of_every_command_is_translated(studio, locale):
    """As it is registered at Discord: each name and description, of each option and sub-command.

    Menus of messages have no description.
    """
    registered = studio.discord.platform.commands.registered()
    parts = [part for command in registered for part in _parts(command["name"], command)]
    english = [
        f"{path}: {part[key]}"
        for path, part in parts
        for key in ("name", "description")
        if part[key] and not (part.get(f"{key}_localizations") or {}).get(locale)
    ]

    assert len(parts) > 35
    assert english == []


def _parts(path: str, part: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A command or option, and all that it consists of."""
    yield path, part
    for option in part.get("options") or ():
        yield from _parts(f"{path} {option['name']}", option)
