"""/tasks: pages with thumbnails, filters, search, links, originals, only one's own."""

# ruff: noqa: RUF001 - Chinese has its own signs

import asyncio
import io
import re
import zipfile

from sandbox.discord.messages import Message
from sandbox.person import Person
from tests.acceptance.results_kit import answered, drawn, left, number_of, opened_form
from tests.acceptance.studio import opened
from tests.kit.patience import PATIENCE, slowness


async def listed(studio, person: Person | None = None, button: str = "") -> Message:
    """What /tasks shows, as soon as it offers ``button``: a post is seen before it is settled."""
    async with asyncio.timeout(PATIENCE * slowness()):
        while True:
            interaction = await (person or studio.ann).slash("tasks")
            assert interaction.ephemeral
            page = await answered(studio, interaction)
            if not button or button in page.buttons:
                return page


def menu_of(message: Message) -> str:
    """The id of a message's menu."""
    (found,) = re.findall(r"'type': 3, 'custom_id': '([^']*)'", str(message.components))
    return found


async def test_history_in_pages_with_thumbnails_and_links(studio):
    """Five tasks make two pages, newest first, each with its picture and a link to its message."""
    posts = [await drawn(studio, f"fox {number}") for number in range(5)]
    card = await studio.ann.slash("imagine", prompt="fox 5")
    await studio.until(lambda: card.message.deleted)
    page = await listed(studio)
    text = page.text

    assert text.index("fox 5") < text.index("fox 2")
    assert "fox 1" not in text
    assert sum(str(message.id) in str(page.components) for message in posts) == 3
    assert len(page.images) == 4
    assert all(image.size < 20_000 for image in page.images)
    await studio.ann.press(page, "Older")
    await studio.until(lambda: "fox 1" in page.text)
    assert len(page.images) == 2
    await studio.bot.stop()
    await studio.restart()
    await studio.ann.press(page, "Newer")
    await studio.until(lambda: "fox 5" in page.text)


async def test_filters_and_search(studio):
    """Open, failed, private, words: each alone and together; the words outlive a turn."""
    await drawn(studio, "a red fox")
    secret = await studio.ann.slash("imagine", prompt="a secret owl", private=True)
    await studio.until(lambda: secret.message and secret.message.images)
    studio.evolink.behaviour.next_failures.append("service_error")
    failed = await studio.ann.slash("imagine", prompt="a failed fox")
    await studio.reads(failed, "Not charged")
    page = await listed(studio)
    for chosen, there in (
        ("Failed", {"a failed fox"}),
        ("Private", {"a secret owl"}),
        ("All tasks", {"a red fox", "a secret owl", "a failed fox"}),
    ):
        await studio.ann.choose(page, menu_of(page), [chosen])
        await studio.until(lambda there=there: _prompts(page) == there)
    form = await opened_form(studio, await studio.ann.press(page, "Search…"))
    await studio.bot.stop()
    await studio.restart()
    await studio.ann.fill(form, **{"Words in the prompt": "FOX"})
    await studio.until(lambda: _prompts(page) == {"a red fox", "a failed fox"})
    await studio.ann.choose(page, menu_of(page), ["Failed"])
    await studio.until(lambda: _prompts(page) == {"a failed fox"})
    await studio.ann.press(page, "Clear search")
    await studio.until(lambda: "Clear search" not in page.buttons)
    await studio.ann.choose(page, menu_of(page), ["In progress"])
    await studio.until(lambda: "No matching tasks." in page.text)


def _prompts(page: Message) -> set[str]:
    """Which of the test's prompts a page lists."""
    return {
        prompt for prompt in ("a red fox", "a secret owl", "a failed fox") if prompt in page.text
    }


async def test_originals_come_as_one_file(studio):
    """All of them, untouched, in an archive; for their requester alone."""
    result = await drawn(studio, "three foxes", count=3)
    page = await listed(studio, button="More…")
    menu = await answered(studio, await studio.ann.press(page, "More…"))
    fetched = await studio.ann.press(menu, "All originals")
    (file,) = (await answered(studio, fetched)).body.files.values()
    with zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        number = number_of(result)
        assert archive.namelist() == [f"imagine-{number}-{n}.jpg" for n in (1, 2, 3)]
        shown = [image.read() for image in result.images]
        assert [archive.read(name) for name in archive.namelist()] == shown

    bob = studio.person(studio.world.bob)
    menu = await answered(studio, await bob.press(result, "More…"))
    assert "All originals" not in menu.buttons
    assert not list((studio.folder / "data" / "results").rglob("*.zip"))


async def test_originals_above_the_limit_come_in_several_files(tmp_path):
    """Each within what Discord takes; what is too large by itself is named."""
    async with opened(tmp_path) as studio:
        studio.evolink.behaviour.noisy = True
        studio.world.studio.tier = 3
        await drawn(studio, "large foxes", count=2)
        page = await listed(studio, button="More…")
        menu = await answered(studio, await studio.ann.press(page, "More…"))
        fetched = await studio.ann.press(menu, "All originals")
        await studio.until(lambda: len(fetched.followups) == 1)
        for message in (await answered(studio, fetched), *fetched.followups):
            (file,) = message.body.files.values()
            assert file.size <= 25 << 20
        studio.world.studio.tier = 0
        fetched = await studio.ann.press(menu, "All originals")
        told = await answered(studio, fetched)
        assert "2 originals didn't fit" in told.text


async def test_kept_images_are_charged_when_the_originals_are_fetched(studio):
    """As by Get images: once."""
    world = studio.world
    world.ann.takes_dms = False
    studio.evolink.behaviour.unfinished = True
    ann = studio.person(world.ann, world.art)
    await ann.slash("imagine", prompt="homeless foxes", count=2)
    await studio.until(lambda: studio.evolink.books.submissions)
    world.delete_channel(world.art)
    studio.evolink.behaviour.unfinished = False
    page = await listed(studio, button="Get images")
    menu = await answered(studio, await studio.ann.press(page, "More…"))
    panel = await answered(studio, await studio.ann.press(page, "More…"))
    await studio.ann.choose(panel, menu_of(panel), ["Image 2"])
    await studio.until(lambda: "Image 2" in panel.text)
    for where, button in ((panel, "Original file"), (menu, "All originals")):
        fetched = await studio.ann.press(where, button)
        await studio.until(lambda fetched=fetched: fetched.message.body.files)
        assert await left(studio) == 18


async def test_nobody_sees_anothers_history(studio):
    """/tasks lists one's own only."""
    await drawn(studio, "anns fox")

    assert "anns fox" not in (await listed(studio, studio.person(studio.world.bob))).text


async def test_in_chinese(studio):
    """Every word of it."""
    ann = studio.person(studio.world.ann, locale="zh-CN")
    await drawn(studio, "一只狐狸", ann, count=2)
    page = await listed(studio, ann, "更多…")
    assert "你的任务" in page.text
    form = await opened_form(studio, await ann.press(page, "搜索…"))
    await ann.fill(form, 提示词中的文字="狐狸")
    await studio.until(lambda: "含“狐狸”" in page.text)
    menu = await answered(studio, await ann.press(page, "更多…"))

    assert menu.buttons == ["再来一次（用 2 张）", "调整提示词", "全部原图", "详情", "删除…"]
    await ann.choose(menu, menu_of(menu), ["图片 2"])
    await studio.until(lambda: "第 2 张，共 2 张" in menu.text)
    assert menu.buttons == [
        "变体（用 4 张）",
        "修改",
        "4K 版（用 1 张）",
        "用作参考图",
        "原图",
        "删除这张图片…",
    ]
