"""Chinese through the wire: what is typed with a Chinese keyboard is understood and answered."""
# ruff: noqa: RUF001 - full-width signs are the matter here

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
