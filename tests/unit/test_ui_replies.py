"""Results, answers, lists, buttons: what somebody sees who typed or pressed."""
# ruff: noqa: RUF001 - Chinese has its own commas

import time
from collections.abc import Iterable
from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from bot.domain.ids import InteractionId, UserId
from bot.domain.models import SEEDREAM_4_5
from bot.domain.queue_status import QueueStatus
from bot.domain.quota import Allowance
from bot.domain.quota_settings import Block, Rule
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.state import Reason, State
from bot.domain.task import Task
from bot.domain.window import DAY, Window
from bot.errors import ChatRefused, ImagineError, Moderated
from bot.refusals import (
    Blocked,
    CapReached,
    MissingPermissions,
    NotAllowed,
    PromptTooLong,
    QueueFull,
    QuotaReached,
    Scope,
    ServerNotAllowed,
    SubmissionsPaused,
    TooManyOpenTasks,
    TooManyPixels,
)
from bot.store import codec
from bot.ui.card import card
from bot.ui.menu import details
from bot.ui.quota import count_choice, none_left, quota_card
from bot.ui.replies import (
    notice,
    refusal,
    size_choice,
    size_choices,
    sizes_for,
)
from bot.ui.result import result_page
from bot.ui.texts import texts
from tests.unit.ui_kit import NOW, request, shown, task

EN, ZH = texts("en"), texts("zh-CN")
DRAFT = InteractionId(5)
READY = task(state=State.READY, remote_id="r")
KEPT = READY.kept(NOW, Reason.NO_WAY_TO_POST, 2)
STANDS = Allowance(rule=Rule(Scope.USER, 20), used=14, drawing=2, resets_at=NOW)
BLOCK = Block(by=UserId(9), since=NOW)


def test_a_result():
    """Whose, the prompt, numbered pictures, parameters, a button for each, and three for all."""
    view = result_page(task(), {0: "imagine-7-0-0.png", 1: "imagine-7-0-1.png"}, page=0, pages=1)

    assert view.to_components() == snapshot(
        [
            {
                "type": 10,
                "content": """\
<@13>
> A cat\
""",
            },
            {
                "type": 12,
                "items": [
                    {
                        "media": {"url": "attachment://imagine-7-0-0.png"},
                        "spoiler": False,
                        "description": "Image 1 · A cat",
                    },
                    {
                        "media": {"url": "attachment://imagine-7-0-1.png"},
                        "spoiler": False,
                        "description": "Image 2 · A cat",
                    },
                ],
            },
            {"type": 10, "content": "-# 16:9 · 2K · 2848×1600 · 2 images"},
            {
                "type": 1,
                "components": [
                    {
                        "type": 2,
                        "style": 2,
                        "disabled": False,
                        "label": "1",
                        "custom_id": "result:14:0:open",
                    },
                    {
                        "type": 2,
                        "style": 2,
                        "disabled": False,
                        "label": "2",
                        "custom_id": "result:14:1:open",
                    },
                ],
            },
            {
                "type": 1,
                "components": [
                    {
                        "type": 2,
                        "style": 2,
                        "disabled": False,
                        "label": "Again (uses 2)",
                        "custom_id": "task:14:again",
                    },
                    {
                        "type": 2,
                        "style": 2,
                        "disabled": False,
                        "label": "Remix",
                        "custom_id": "task:14:change",
                    },
                    {
                        "type": 2,
                        "style": 2,
                        "disabled": False,
                        "label": "More…",
                        "custom_id": "task:14:more",
                    },
                ],
            },
        ]
    )


def test_a_private_result_can_be_posted_for_everybody():
    """Only the requester sees it, so only there the button stands."""
    private = shown(result_page(task(private=True), {0: "a.png"}, page=0, pages=1))

    assert private[-4:] == ["[Again (uses 2)]", "[Remix]", "[More…]", "[Post to channel]"]
    assert "[Post to channel]" not in shown(result_page(task(), {0: "a.png"}, page=0, pages=1))


def test_pages_are_numbered_as_people_count():
    """Only if there are several; the number comes from Post.page, which starts at 0."""
    one = shown(result_page(task(), {0: "a.png", 1: "b.png"}, page=0, pages=1))
    second = shown(result_page(task(), {2: "a.png"}, page=1, pages=2))

    assert not any("page" in line for line in one)
    assert second[2].endswith("2 images · image 3 · page 2/2")


def labels(of: Task, positions: Iterable[int], page: int = 0, pages: int = 1) -> list[list[str]]:
    """The rows below a page of results: buttons' labels, and the options of menus."""
    names = {position: f"{position}.png" for position in positions}
    rows = result_page(of, names, page=page, pages=pages).to_components()
    return [
        [
            label
            for part in row["components"]
            for label in [part.get("label"), *(each["label"] for each in part.get("options", ()))]
            if label
        ]
        for row in rows
        if row["type"] == 1
    ]


def test_each_image_is_one_press_away():
    """Up to five by a button with its number, more by a menu; numbers go on over the pages."""
    many = task(request=request(count=15))
    whole = ["Again (uses 15)", "Remix", "More…"]

    assert labels(many, range(10), 0, 2) == [[f"Image {n}" for n in range(1, 11)], whole]
    assert labels(many, range(10, 15), 1, 2) == [["11", "12", "13", "14", "15"], whole]
    assert labels(many, [10], 1, 2) == [["11"], whole]
    assert labels(task(), range(2))[0] == ["1", "2"]


def test_an_only_image_has_its_buttons_at_once():
    """There is nothing to choose; a 4K image isn't offered in 4K again."""
    whole = ["Again (uses 1)", "Remix", "More…"]
    one, large = (task(request=Request.parse("A cat", quality=q)) for q in ("2K", "4K"))

    assert labels(one, [0]) == [["Vary (uses 4)", "Edit", "4K (uses 1)"], whole]
    assert labels(large, [0]) == [["Vary (uses 4)", "Edit"], whole]


@pytest.mark.parametrize(
    ("asked", "main"),
    [
        ({}, ["Vary (uses 8)", "Edit", "4K (uses 6)"]),
        ({"quality": "4K"}, ["Vary (uses 24)", "Edit"]),
        ({"size": "2000x2000"}, ["Vary (uses 8)", "Edit", "4K (uses 6)"]),
        ({"size": "4000x4000"}, ["Vary (uses 24)", "Edit", "4K (uses 6)"]),
    ],
)
def test_buttons_say_what_their_images_count_as(asked, main):
    """Both draw from a picture; a server may count such images, and 4K, as more than one."""
    of = task(request=Request.parse("A cat", **asked), weight_4k=3, weight_references=2)
    assert labels(of, [0])[0] == main


@pytest.mark.parametrize(
    ("images", "galleries"), [(1, [1]), (4, [4]), (7, [4, 3]), (9, [9]), (10, [6, 4])]
)
def test_no_image_is_as_wide_as_the_gallery(images: int, galleries: list[int]):
    """Discord would show one of 7 or 10 that wide."""
    names = {position: f"{position}.png" for position in range(images)}
    view = result_page(task(request=request(count=15)), names, page=0, pages=2).to_components()

    shown_here = [
        [item["media"]["url"] for item in part["items"]] for part in view if part["type"] == 12
    ]
    assert [len(gallery) for gallery in shown_here] == galleries
    assert [url for gallery in shown_here for url in gallery] == [
        f"attachment://{name}" for name in names.values()
    ]


def test_what_an_image_was_made_from():
    """Which image, with a link if everybody can open it; the prompt reads as people typed it."""
    of_result = Reference(url="", name="imagine-3-2", bytes=1, source="result:3:1")
    edited = replace(request(count=1), references=(of_result,), made_from=(12, 99))
    large = replace(edited, instruction="Redraw this picture.")
    link = "[image 2](https://discord.com/channels/11/12/99)"

    for told in (
        lambda of: shown(result_page(of, {0: "a.png"}, page=0, pages=1))[1],
        lambda of: shown(card(of, QueueStatus()))[0],
    ):
        assert told(task(request=edited)) == f"> A cat · from {link}"
        assert told(task(request=large)) == f"> A cat · 4K of {link}"
        assert told(task(request=replace(large, made_from=None))) == "> A cat · 4K of image 2"
        assert told(task(request=replace(edited, made_from=None))) == "> A cat"
    assert codec.decode(codec.encode(large), SEEDREAM_4_5) == large


def test_fewer_images_than_asked_for_are_admitted():
    """Evolink's count is only an upper bound."""
    said = shown(result_page(task(), {0: "a.png"}, page=0, pages=1))

    assert said[2].endswith("1 of 2 images")


def test_references_are_counted():
    """Next to size and count, in both languages."""
    one = Reference(url="u", name="n.png", content_type="image/png", bytes=1)
    draft = Request.parse("A cat", references=(one, one))
    of = task(request=draft, locale="zh-TW")

    assert shown(result_page(of, {0: "a.png"}, page=0, pages=1))[2] == (
        "-# 自動尺寸 · 2K · 1 張圖片 · 2 張參考圖"
    )


def test_a_prompt_with_nothing_to_see_has_no_alt_text():
    """Discord refuses empty alt texts, and old tasks may have such a prompt."""
    stored = codec.encode(request(count=1)) | {"prompt": "\u3164"}
    unseen = codec.decode(stored, SEEDREAM_4_5)
    view = result_page(task(request=unseen), {0: "a.png"}, page=0, pages=1)

    gallery = view.to_components()[1]
    assert gallery["items"][0].get("description") is None


def test_a_refusal_gives_the_prompt_back():
    """So that nobody has to type it again."""
    said = shown(refusal(Blocked(), EN, "a *cat*\n```"))

    assert said == snapshot(
        [
            "An admin has blocked you from drawing here.",
            "-# Your prompt, to copy:",
            "```",
            "a *cat*",
            "`\u200b`\u200b`",
            "```",
        ]
    )


def test_a_refusal_that_can_be_mended_looks_like_a_card():
    """The prompt is quoted in short; the form behind the button has all of it."""
    said = shown(refusal(PromptTooLong(1600, 1000), EN, "a *cat* " * 200, DRAFT))

    assert len(said) == 3
    assert said[0].startswith("> a \\*cat\\* a")
    assert len(said[0]) <= 280
    assert said[1:] == [
        "Your prompt is 1600 characters long; the limit is 1000.",
        "[Edit and resend]",
    ]


@pytest.mark.parametrize(
    "error",
    [
        QueueFull(1000, 1000),
        SubmissionsPaused(),
        TooManyOpenTasks(3, 3),
        MissingPermissions(("attach_files",)),
        ChatRefused(50001),
        QuotaReached(4, left=0, images=20, drawing=0, scope=Scope.USER, resets_at=NOW),
    ],
)
def test_a_refusal_that_passes_offers_the_same_again(error: ImagineError):
    """Nothing needs fixing, so there is no form; the button shows the price."""
    said = shown(refusal(error, EN, "a cat", DRAFT, uses=4))

    assert [line for line in said if line.startswith("[")] == ["[Send again (uses 4)]"]


@pytest.mark.parametrize(
    ("uses", "offered"),
    [
        (1, ["[Send again (uses 1)]"]),
        (4, ["[Send again (uses 4)]", "[Edit and resend]"]),
    ],
)
def test_a_cap_that_is_reached_passes_and_may_have_room_for_fewer(uses: int, offered: list[str]):
    """Waiting helps; so does asking for fewer, unless it was a single image."""
    said = shown(refusal(CapReached(Scope.ADMINS, NOW, 9, 10), EN, "a cat", DRAFT, uses=uses))

    assert [line for line in said if line.startswith("[")] == offered


@pytest.mark.parametrize(
    "error",
    [
        Blocked(),
        ServerNotAllowed(),
        NotAllowed("write"),
        QuotaReached(1, left=0, images=0, drawing=0, scope=Scope.USER, resets_at=NOW),
    ],
)
def test_a_refusal_that_nothing_helps_against_has_no_button(error: ImagineError):
    """Only the prompt, to copy."""
    said = shown(refusal(error, EN, "a cat", DRAFT))

    assert not [line for line in said if line.startswith("[")]
    assert "a cat" in said


@pytest.mark.parametrize(
    "error",
    [
        QuotaReached(4, left=2, images=20, drawing=0, scope=Scope.USER, resets_at=NOW),
        # More than the whole limit won't fit on any day.
        QuotaReached(4, left=0, images=3, drawing=0, scope=Scope.USER, resets_at=NOW),
        QuotaReached(1, left=0, images=3, drawing=0, scope=Scope.USER, resets_at=NOW, weight=4),
        Moderated(200000),
        TooManyPixels(10, 2688, 2600),
    ],
)
def test_a_refusal_of_what_was_asked_for_offers_the_form(error: ImagineError):
    """Fewer images, other words or smaller pictures are accepted."""
    said = shown(refusal(error, EN, "a cat", DRAFT))

    assert [line for line in said if line.startswith("[")] == ["[Edit and resend]"]


@pytest.mark.parametrize("prompt", [None, "", " \n", "\u3164"])
def test_a_refusal_without_a_prompt_is_a_sentence(prompt: str | None):
    """An empty code block would look broken."""
    assert len(shown(refusal(Blocked(), EN, prompt))) == 1


def test_a_notice():
    """Just the sentence."""
    assert shown(notice("Done.")) == ["Done."]


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        (
            STANDS,
            snapshot(
                [
                    "**Your quota · 6 left today**",
                    "▰▰▰▰▰▰▰▱▱▱ 14/20",
                    "14 used today, 2 of them being drawn",
                    "-# Your limit: 20 images a day · resets <t:1800000000:R>",
                    "[My last 30 days]",
                ]
            ),
        ),
        (
            replace(STANDS, rule=Rule(Scope.DEFAULT, 20), drawing=0, used=20),
            snapshot(
                [
                    "**Your quota · 0 left today**",
                    "▰▰▰▰▰▰▰▰▰▰ 20/20",
                    "20 used today",
                    "-# Default limit: 20 images a day · resets <t:1800000000:R>",
                    "[My last 30 days]",
                ]
            ),
        ),
        (
            replace(STANDS, rule=Rule(Scope.SERVER, None)),
            snapshot(
                [
                    "**Your quota · no limit**",
                    "14 used today, 2 of them being drawn",
                    "-# Server limit: no limit",
                    "[My last 30 days]",
                ]
            ),
        ),
        (
            replace(STANDS, block=BLOCK),
            snapshot(
                [
                    "**Your quota · 0 left today**",
                    "An admin has blocked you from drawing here.",
                    "▰▰▰▰▰▰▰▱▱▱ 14/20",
                    "14 used today, 2 of them being drawn",
                    "-# Your limit: 20 images a day · resets <t:1800000000:R>",
                    "[My last 30 days]",
                ]
            ),
        ),
    ],
    ids=["some left", "none left", "unlimited", "blocked"],
)
def test_a_quota_card(stands: Allowance, said: list[str]):
    """Left, being drawn, used, when it resets, which rule."""
    assert shown(quota_card(stands, EN)) == said


def test_somebody_elses_quota():
    """As an admin sees it."""
    assert shown(quota_card(replace(STANDS, block=BLOCK), EN, whose=5)) == snapshot(
        [
            "**Quota of <@5> · 0 left today**",
            "Blocked <t:1800000000:R> by <@9>.",
            "▰▰▰▰▰▰▰▱▱▱ 14/20",
            "14 used today, 2 of them being drawn",
            "-# Personal limit: 20 images a day · resets <t:1800000000:R>",
        ]
    )
    assert shown(quota_card(STANDS, ZH, whose=5)) == snapshot(
        [
            "**<@5> 的额度 · 今天还剩 6 张**",
            "▰▰▰▰▰▰▰▱▱▱ 14/20",
            "今天已用 14 张，其中 2 张正在生成",
            "-# 个人上限：每天 20 张 · <t:1800000000:R>重置",
        ]
    )


def test_sizes_are_found_by_how_they_begin_and_by_words():
    """Sizes that begin so come first, then by usage; shapes can be found by name."""
    every = sizes_for("", SEEDREAM_4_5, EN)

    assert every[:6] == ["auto", "1:1", "16:9", "9:16", "4:3", "3:4"]
    assert sorted(every) == sorted(("auto", *SEEDREAM_4_5.ratios))
    assert sizes_for("16", SEEDREAM_4_5, EN)[0] == "16:9"
    assert sizes_for("１６：", SEEDREAM_4_5, ZH) == ["16:9"]
    assert sizes_for("Portrait", SEEDREAM_4_5, EN)[:2] == ["9:16", "3:4"]
    assert sizes_for("方", SEEDREAM_4_5, ZH) == ["1:1"]
    assert sizes_for("横", SEEDREAM_4_5, EN) == sizes_for("landscape", SEEDREAM_4_5, ZH) == ["16:9"]
    assert sizes_for("huge", SEEDREAM_4_5, EN) == []


def test_details():
    """The prompt to copy, when, the parameters, and what it cost."""
    assert shown(details(task(), EN)) == snapshot(
        [
            "```",
            "A cat",
            "```",
            "**Waiting** · <t:1800000000:f>",
            "-# 16:9 · 2K · 2848×1600 · 2 images",
            "-# 2 reserved · task 7",
            "-# Added to the prompt: Generate 2 different images",
            "[Make these my defaults]",
        ]
    )
    assert shown(details(replace(KEPT, ended_at=NOW + 60_000), ZH)) == snapshot(
        [
            "```",
            "A cat",
            "```",
            "**待领取** · <t:1800000060:f>",
            "图片已生成，但机器人无法发到这里。",
            "-# 16:9 · 2K · 2848×1600 · 2 张图片",
            "-# 已扣 2 张额度 · 任务 7",
            "-# 附加在提示词后：Generate 2 different images",
            "[设为我的默认设置]",
        ]
    )


def test_choices_of_size():
    """Ratio, orientation and pixels, within Discord's 100 characters."""
    named = [size_choice(size, SEEDREAM_4_5, EN) for size in ("auto", *SEEDREAM_4_5.ratios)]

    assert named == snapshot(
        [
            "auto · chosen from the prompt or your pictures",
            "1:1 · square · 2048×2048",
            "2:3 · portrait · 1664×2496",
            "3:2 · landscape · 2496×1664",
            "3:4 · portrait · 1728×2304",
            "4:3 · landscape · 2304×1728",
            "4:5 · portrait",
            "5:4 · landscape",
            "9:16 · portrait · 1600×2848",
            "16:9 · landscape · 2848×1600",
            "21:9 · landscape · 3136×1344",
        ]
    )
    assert all(
        len(size_choice(size, SEEDREAM_4_5, ZH)) <= 100 for size in ("auto", *SEEDREAM_4_5.ratios)
    )


def test_no_size_takes_long_to_complete():
    """It runs at each key, on the event loop; characters that expand to eighteen took 0.6 s."""
    began = time.process_time()
    assert size_choices("\ufdfa" * 6000, SEEDREAM_4_5, texts("en-US")) == []
    assert time.process_time() - began < 0.1


def test_choices_of_count():
    """Each with what remains; without a limit, nothing does."""
    assert count_choice(4, STANDS, EN) == "4 · leaves 2 today"
    assert count_choice(9, STANDS, EN) == "9 · leaves 0 today"
    assert count_choice(4, STANDS, ZH) == "4 · 生成后今天还剩 2 张"
    assert count_choice(4, replace(STANDS, rule=Rule(Scope.USER, None)), EN) == "4"


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        (60_000, "None left today · resets in 60 s"),
        (119 * 60_000, "None left today · resets in 119 min"),
        (5 * 3_600_000, "None left today · resets in 5 h"),
        (12 * DAY, "None left today · resets in 12 days"),
    ],
)
def test_no_count_is_left(wait: int, said: str):
    """The choice says until when, as text: clients don't render timestamps there."""
    assert none_left(replace(STANDS, used=20), NOW - wait, EN) == said


def test_why_no_count_is_left():
    """A rolling limit comes back gradually, and waiting doesn't help against a block or a 0."""
    rolling = replace(STANDS, used=20, rule=Rule(Scope.USER, 20, Window.LAST_WEEK))
    none = replace(STANDS, rule=Rule(Scope.USER, 0))

    assert none_left(replace(STANDS, used=20), NOW - DAY, ZH) == "今天已用完 · 24 小时后重置"
    assert none_left(rolling, NOW - DAY, EN) == "None left · some come back in 24 h"
    assert none_left(none, NOW - DAY, EN) == "Your limit here is 0 images a day."
    assert none_left(replace(STANDS, block=BLOCK), NOW - DAY, EN) == (
        "An admin has blocked you from drawing here."
    )


async def test_a_drawn_view_is_not_kept_by_discord_py():
    """It is finished before it is sent: ``store_view`` comes only after ``not is_finished()``."""
    view = card(task(), QueueStatus())

    assert view.is_finished()
    assert view.timeout is None
    assert view.to_components()
