"""The charts of the last days, as an admin and as a member see them."""
# ruff: noqa: RUF001 - Chinese has its own colon

import pytest

from tests.acceptance.results_kit import answered
from tests.acceptance.studio import Studio

TOLD = {
    "en-US": ("The last 30 days: 3 images", "Your last 30 days: 2 images", "My last 30 days"),
    "zh-CN": ("最近 30 天：3 张图片", "你最近 30 天：2 张图片", "我最近 30 天"),
    "zh-TW": ("最近 30 天：3 張圖片", "你最近 30 天：2 張圖片", "我最近 30 天"),
}


async def read(studio: Studio, text: str):
    """Wait for the message of a chart."""

    def found() -> list:
        return [each for each in studio.discord.books.messages if text in each.text]

    await studio.until(found)
    (message,) = found()
    return message


@pytest.mark.parametrize("locale", TOLD)
async def test_charts(studio, locale):
    """The overview charts all members, /quota one's own images; only the asker sees them."""
    world = studio.world
    every, own, button = TOLD[locale]
    await studio.ann.slash("imagine", prompt="a fox", count=2)
    await studio.person(world.bob).slash("imagine", prompt="a cat")
    await studio.results(2)
    admin = studio.person(world.admin, locale=locale)
    await admin.slash("imagine-admin overview")
    chart = await read(studio, every)
    assert f"A <@{world.ann.id}> 2 · B <@{world.bob.id}> 1" in chart.text
    mine = studio.person(world.ann, locale=locale)
    quota = await answered(studio, await mine.slash("quota"))
    await mine.press(quota, button)
    chart_of_mine = await read(studio, own)
    for message in (chart, chart_of_mine):
        assert message.ephemeral
        (picture,) = message.images
        assert (picture.width, picture.height) == (1000, 600)
        assert "2" in str(message.components)


async def test_nothing_drawn_is_no_chart(studio):
    """An empty server has an overview; one's own chart is empty."""
    await studio.person(studio.world.admin).slash("imagine-admin overview")
    bob = studio.person(studio.world.bob)
    await bob.press(await answered(studio, await bob.slash("quota")), "My last 30 days")
    await read(studio, "Your last 30 days: 0 images")
    assert not [each for each in studio.discord.books.messages if "The last 30" in each.text]
