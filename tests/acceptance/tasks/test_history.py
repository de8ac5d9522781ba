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
    """Return /tasks once it offers ``button``: a post is visible before its task is settled."""
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
    """Eleven tasks: a grid of nine with one picture, newest first, and a list with two."""
    posts = [await drawn(studio, f"fox {number:02}") for number in range(11)]
    await studio.quiet()
    page = await listed(studio)
    text = page.text

    assert text.index("fox 10") < text.index("fox 02")
    assert "fox 01" not in text
    assert page.buttons == [*"123456789", "Newer", "Older", "Go to…", "Search…"]
    (grid,) = page.images
    assert (grid.width, grid.height) == (976, 664)
    assert grid.size < 60_000
    entry = await answered(studio, await studio.ann.press(page, "9"))
    assert "fox 02" in entry.text
    assert entry.buttons == ["Open", "More…"]
    assert str(posts[2].id) in str(entry.components)
    await studio.ann.press(page, "Older")
    await studio.until(lambda: "fox 01" in page.text)
    assert page.buttons == ["Open", "More…"] * 2 + ["Newer", "Older", "Go to…", "Search…"]
    assert len(page.images) == 2
    assert all(image.size < 20_000 for image in page.images)
    await studio.bot.stop()
    await studio.restart()
    await studio.ann.press(page, "Newer")
    await studio.until(lambda: "fox 10" in page.text)


async def test_jumping(studio):
    """To a page, past the last one, to a day, and to what is neither."""
    for number in range(11):
        await drawn(studio, f"owl {number:02}")
    page = await listed(studio)
    for typed, there in (
        ("2", "owl 01"),
        ("99", "owl 01"),
        ("1", "owl 10"),
        ("2015-02-01", "owl 01"),
        ("2099-01-01", "owl 10"),
    ):
        form = await opened_form(studio, await studio.ann.press(page, "Go to…"))
        await studio.ann.fill(form, **{"Page or date": typed})
        await studio.until(lambda there=there: there in page.text)
        assert ("page 2" in page.text) is (there == "owl 01")
    form = await opened_form(studio, await studio.ann.press(page, "Go to…"))
    told = await answered(studio, await studio.ann.fill(form, **{"Page or date": "soon"}))
    assert "“soon” is neither a page nor a date" in told.text


async def test_in_all_servers(studio):
    """One's own tasks elsewhere can be viewed, collected and stopped, privately."""
    world = studio.world
    elsewhere = world.add_guild("Elsewhere", members=(world.ann, world.bob))
    there = studio.person(world.ann, world.add_channel(elsewhere, "there"))
    await there.slash("imagine", prompt="a fox elsewhere")
    (posted,) = await studio.results(channel=there.channel)
    await drawn(studio, "a fox here")
    await studio.person(world.bob, there.channel).slash("imagine", prompt="bobs fox elsewhere")
    await studio.quiet()
    studio.evolink.behaviour.unfinished = True
    await there.slash("imagine", prompt="a fox that takes long")
    page = await listed(studio)
    assert "elsewhere" not in page.text
    await studio.ann.choose(page, menu_of(page), ["In all servers"])
    await studio.until(lambda: "a fox elsewhere" in page.text)

    assert "a fox here" in page.text
    assert "3 tasks so far, 2 images" in page.text
    assert "bobs" not in page.text
    assert str(posted.id) not in str(page.components)
    images = await answered(studio, await studio.ann.press(page, "Get images"))
    assert images.ephemeral
    assert images.images
    page = await listed(studio)
    await studio.ann.choose(page, menu_of(page), ["In all servers"])
    await studio.until(lambda: "Stop waiting" in page.buttons)
    told = await answered(studio, await studio.ann.press(page, "Stop waiting"))
    assert "Stopped waiting" in told.text
    studio.evolink.behaviour.unfinished = False


async def test_what_is_made_of_an_image_elsewhere_does_not_link_to_it(studio):
    """Nobody here could open that message, and its channel concerns nobody here."""
    world = studio.world
    result = await drawn(studio, "a fox to take along")
    elsewhere = world.add_guild("Elsewhere", members=(world.ann,))
    there = studio.person(world.ann, world.add_channel(elsewhere, "there"))
    await there.slash("imagine", prompt="a fox there")
    await studio.results(channel=there.channel)
    await studio.quiet()
    page = await listed(studio, there)
    await there.choose(page, menu_of(page), ["In all servers"])
    await studio.until(lambda: "take along" in page.text)
    more = await there.press(page, f"task:{number_of(result)}:more")
    await there.press(await answered(studio, more), "4K (uses 1)")
    (_, redrawn) = await studio.results(2, channel=there.channel)
    assert "4K of image 1" in redrawn.text
    assert str(result.channel_id) not in redrawn.text


async def test_filters_and_search(studio):
    """Open, failed, private, words: each alone and together; turning pages keeps the words."""
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
    """Each within Discord's limit; an original that is too large by itself is named."""
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
    """Once, as with Get images."""
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
