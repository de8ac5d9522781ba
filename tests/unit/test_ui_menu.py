"""What *More…* shows, the question before a deletion, and details."""
# ruff: noqa: RUF001 - Chinese has its own commas

from dataclasses import replace
from typing import Any

import discord
import pytest
from inline_snapshot import snapshot

from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.result import Result
from bot.domain.state import State
from bot.ui.menu import delete_question, details, menu
from bot.ui.texts import texts
from tests.unit.ui_kit import NOW, fits, request, shown, task

EN, ZH = texts("en"), texts("zh-CN")
DONE = task(state=State.READY, remote_id="r").delivered(NOW, 2)
RESULTS = [
    Result(task_id=DONE.id, position=n, url="u", file="f", width=2048, height=1152, bytes=5_140_000)
    for n in range(3)
]


def opened(
    of=DONE, results=RESULTS, position: int | None = 1, t=EN, **changes
) -> discord.ui.LayoutView:
    """The menu as its owner sees it."""
    values: dict[str, Any] = {
        "until": NOW,
        "is_own": True,
        "may_delete": True,
        "thumbnail": None,
    }
    return menu(of, results, position, t, **(values | changes))


def test_one_of_several():
    """Which one, pixels, bytes, how long it is kept; what can be done, and its cost."""
    assert shown(opened()) == snapshot(
        [
            "**Image 2 of 3**",
            "2048×1152 · 5.1 MB",
            "-# The original is kept until <t:1800000000:f>.",
            "[Vary (uses 4)]",
            "[Edit]",
            "[4K (uses 1)]",
            "[Use as reference]",
            "[Original file]",
            "[Delete this image…]",
        ]
    )
    assert shown(opened(t=ZH)) == snapshot(
        [
            "**第 2 张，共 3 张**",
            "2048×1152 · 5.1 MB",
            "-# 原图保留到 <t:1800000000:f>。",
            "[变体（用 4 张）]",
            "[修改]",
            "[4K 版（用 1 张）]",
            "[用作参考图]",
            "[原图]",
            "[删除这张图片…]",
        ]
    )
    (chosen,) = [
        option.value
        for item in opened().walk_children()
        if isinstance(item, discord.ui.Select)
        for option in item.options
        if option.default
    ]
    assert chosen == "1"


def test_all_of_several():
    """How many, until when they are kept, and what is done with all of them."""
    assert shown(opened(position=None)) == snapshot(
        [
            "**3 images**",
            "-# The originals are kept until <t:1800000000:f>.",
            "[Again (uses 2)]",
            "[Remix]",
            "[All originals]",
            "[Details]",
            "[Delete…]",
        ]
    )
    assert shown(opened(position=None, t=ZH)) == snapshot(
        [
            "**3 张图片**",
            "-# 原图保留到 <t:1800000000:f>。",
            "[再来一次（用 2 张）]",
            "[调整提示词]",
            "[全部原图]",
            "[详情]",
            "[删除…]",
        ]
    )
    assert "[All originals]" not in shown(opened(position=None, is_own=False))
    assert "[Delete…]" not in shown(opened(position=None, may_delete=False))


def test_what_is_gone_or_not_ones_own_is_not_offered():
    """No missing original, no deleting of others' images, no 4K of 4K."""
    gone = [replace(result, file=None) for result in RESULTS[:1]]
    large = replace(DONE, request=Request.parse("A cat", quality="4K"))

    assert shown(opened(results=gone, position=0)) == snapshot(
        [
            "**Image 1 of 1**",
            "2048×1152 · 5.1 MB",
            "-# The original is no longer kept.",
            "[Vary (uses 4)]",
            "[Edit]",
            "[4K (uses 1)]",
            "[Use as reference]",
            "[Again (uses 2)]",
            "[Remix]",
            "[Details]",
            "[Delete…]",
        ]
    )
    assert shown(opened(large, is_own=False, may_delete=False)) == snapshot(
        [
            "**Image 2 of 3**",
            "2048×1152 · 5.1 MB",
            "-# The original is kept until <t:1800000000:f>.",
            "[Vary (uses 4)]",
            "[Edit]",
            "[Use as reference]",
            "[Original file]",
        ]
    )


def test_a_small_picture_of_it():
    """With the prompt as its alt text, as in all our pictures."""
    view = opened(thumbnail="7-1.webp")
    (picture,) = [item for item in view.walk_children() if isinstance(item, discord.ui.Thumbnail)]

    assert (picture.media.url, picture.description) == ("attachment://7-1.webp", "A cat")
    assert shown(view) == shown(opened())


def test_a_position_that_is_none_shows_the_first():
    """Whatever a forged button says."""
    assert shown(opened(position=99))[0] == "**Image 1 of 3**"


def test_the_question():
    """It says that this can't be undone."""
    assert shown(
        delete_question(DONE, 2, EN, stays=False, position=None, thumbnail=None)
    ) == snapshot(
        [
            "**Delete these 2 images?**",
            "The message and the originals will be gone for good. Your quota isn't refunded.",
            "[Delete]",
            "[Keep]",
        ]
    )
    assert shown(
        delete_question(DONE, 1, ZH, stays=False, position=None, thumbnail=None)
    ) == snapshot(
        ["**要删除这 1 张图片吗？**", "消息和原图将永久删除，额度不会退还。", "[删除]", "[保留]"]
    )
    assert shown(delete_question(DONE, 1, EN, stays=True, position=None, thumbnail=None))[
        1
    ] == snapshot(
        "The originals will be gone for good; messages the bot can't delete stay. Your quota "
        "isn't refunded."
    )


def test_details_of_an_edit():
    """When it ended, where it came from, the references' names."""
    one = Reference(url="u", name="my *dog*.png", content_type="image/png", bytes=1)
    draft = Request.parse("A cat\nin two lines", size="2560x1440", references=(one, one))
    of = replace(DONE, request=draft, parent_id=3, submitted_at=NOW + 1000)

    assert shown(details(of, EN)) == snapshot(
        [
            "```",
            "A cat",
            "in two lines",
            "```",
            "**Done** · <t:1800000000:f>",
            "-# 2560×1440 · 1 image · 2 references",
            "-# 2 images charged · task 7 · made from task 3",
            "-# References: 1 my \\*dog\\*.png, 2 my \\*dog\\*.png",
            "[Make these my defaults]",
        ]
    )


def test_details_of_what_was_sent_beside_the_prompt():
    """What is sent instead of it, or after it, is no secret."""
    redrawn = replace(DONE, request=replace(DONE.request, instruction="Redraw it.", added_words=""))

    assert shown(details(DONE, EN))[-2] == "-# Added to the prompt: Generate 2 different images"
    assert shown(details(redrawn, EN))[-2] == "-# Sent instead of the prompt: Redraw it."


def test_details_are_at_most_half_as_long_as_they_were():
    """They used to be eleven lines for a cat: three dates, and the prompt twice."""
    *lines, button = shown(details(task(request=request(count=1)), EN))
    assert button == "[Make these my defaults]"
    assert len(lines) <= 11 // 2 + 1


@pytest.mark.parametrize("sign", ["a", "狐", "`", "\N{FOX FACE}"])
@pytest.mark.parametrize("t", [EN, ZH], ids=["en", "zh"])
def test_details_of_the_longest_prompt_fit(sign: str, t):
    """All of it, or as much as a message can have."""
    of = replace(DONE, request=request(sign * 1900))
    view = details(of, t)

    assert fits(view)
    assert sum(line.count(sign) for line in shown(view)) >= 1100


def test_the_question_before_one_image_goes():
    """It names the image, and says that the others stay."""
    asked = [
        shown(delete_question(DONE, 2, t, stays=stays, position=1, thumbnail=None))[:2]
        for t, stays in ((EN, False), (EN, True), (ZH, False))
    ]
    assert asked == snapshot(
        [
            [
                "**Delete image 2?**",
                "It will be gone for good; the others stay. Your quota isn't refunded.",
            ],
            [
                "**Delete image 2?**",
                (
                    "Its original will be gone for good; a message the bot can't change still "
                    "shows it. Your quota isn't refunded."
                ),
            ],
            ["**要删除第 2 张图片吗？**", "删除后无法恢复，其他图片会保留。额度不会退还。"],
        ]
    )
