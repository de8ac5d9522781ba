"""``/tasks``: the list, its filters, and what each task offers."""

from dataclasses import replace

import discord
import pytest
from inline_snapshot import snapshot

from bot.domain.ids import InteractionId, ServerId, UserId
from bot.domain.requester import Requester
from bot.domain.state import Reason, State
from bot.domain.task import Task
from bot.domain.task_query import SEARCH_LIMIT, Jump, TaskFilter, TaskQuery
from bot.refusals import PlaceNotUnderstood
from bot.ui.history import history_page
from bot.ui.menu import details
from bot.ui.texts import texts
from tests.unit.ui_kit import NOW, SERVER, fits, request, shown, task

EN, ZH = texts("en"), texts("zh-CN")
READY = task(state=State.READY, remote_id="r")
KEPT = READY.kept(NOW, Reason.NO_WAY_TO_POST, 2)
NEWER, OLDER = TaskQuery(page=1, after=InteractionId(9)), TaskQuery(page=3, before=InteractionId(8))


def page(
    tasks: list[Task],
    posts=None,
    t=EN,
    *,
    server: ServerId | None = SERVER,
    newer=None,
    older=None,
    kept=None,
    **query,
) -> discord.ui.LayoutView:
    """A page of these."""
    thumbnails = {of.id: f"{of.id}.webp" for of in tasks if of.state is State.DELIVERED}
    return history_page(
        tasks,
        posts or {},
        thumbnails,
        t,
        kept={of.id for of in tasks} if kept is None else kept,
        query=TaskQuery(**query),
        newer=newer,
        older=older,
        server=server,
    )


def test_a_list_of_tasks():
    """Each with the action that is possible now, and a button for everything else."""
    tasks = [
        task(id=5, request=request("1. *five*")),
        replace(READY.delivered(NOW, 2), id=3, private=True),
        replace(KEPT, id=2),
        replace(task(id=1).failed(NOW, "unknown_error")),
    ]
    view = page(tasks, {3: (12, 99)}, older=OLDER)

    assert shown(view) == snapshot(
        [
            "**Your tasks**",
            "1\\. \\*five\\*",
            "-# Waiting · 2 images · <t:1800000000:R>",
            "[Cancel]",
            "[Details]",
            "A cat",
            "-# Done · 2 images · private · <t:1800000000:R>",
            "[Open]",
            "[More…]",
            "A cat",
            "-# Ready to collect · 2 images · <t:1800000000:R>",
            "[Get images]",
            "[More…]",
            "A cat",
            "-# Couldn't draw this · 2 images · <t:1800000000:R>",
            "[Send again (uses 2)]",
            "[Details]",
            "[Newer] off",
            "[Older]",
            "[Go to…]",
            "[Search…]",
        ]
    )
    assert "https://discord.com/channels/11/12/99" in str(view.to_components())
    assert fits(view)


def test_a_failure_that_would_come_again():
    """A refused prompt can be changed, as on its card; a block offers nothing."""
    refused = task(id=1).failed(NOW, "content_policy_violation")
    blocked = task(id=2).cancelled(NOW, Reason.BLOCKED)
    said = shown(page([refused, blocked]))

    assert [line for line in said if line.startswith("[")] == [
        "[Edit and resend]",
        "[Details]",
        "[Details]",
        "[Search…]",
    ]


def test_a_stopped_one_whose_last_image_is_awaited():
    """The images that have come can be collected meanwhile."""
    stopped = replace(READY, cancel_requested=True).awaiting(NOW)
    view = history_page(
        [stopped],
        {},
        {stopped.id: "1.webp"},
        EN,
        kept={stopped.id},
        query=TaskQuery(),
        newer=None,
        older=None,
        server=SERVER,
    )
    assert "[Get images]" in shown(view)
    assert "[Get images]" not in shown(page([stopped]))


def test_collected_ones_are_done():
    """They can be fetched while they are kept, and drawn again after that."""
    collected = replace(KEPT.collected(NOW), id=1)
    private = replace(READY.delivered(NOW, 2), id=2, private=True)
    for each in (collected, private):
        assert [line for line in shown(page([each])) if "Done" in line or line[0] == "["][:3] == [
            "-# Done · 2 images · private · <t:1800000000:R>"
            if each.private
            else "-# Done · 2 images · <t:1800000000:R>",
            "[Get images]",
            "[More…]",
        ]
        no_longer = shown(page([each], kept=()))
        assert "[Again (uses 2)]" in no_longer
        assert "[Get images]" not in no_longer
    assert "ready" not in "".join(shown(details(collected, EN)))


def test_thumbnails_have_the_prompt_as_alt_text():
    """As in all our pictures."""
    view = page([READY.delivered(NOW, 2)])
    (picture,) = [item for item in view.walk_children() if isinstance(item, discord.ui.Thumbnail)]

    assert picture.media.url == "attachment://7.webp"
    assert picture.description == "A cat"


@pytest.mark.parametrize("of", [KEPT.expired(), READY.delivered(NOW, 2).deleted(NOW)])
def test_nothing_is_offered_in_vain(of: Task):
    """What is gone can't be fetched; it can be asked for again."""
    said = shown(page([of]))

    assert [line for line in said if line.startswith("[")] == [
        "[Again (uses 2)]",
        "[Details]",
        "[Search…]",
    ]


def test_a_link_in_a_direct_message():
    """Discord calls that place @me."""
    view = page(
        [replace(READY.delivered(NOW, 2), requester=Requester(None, UserId(13)))],
        {7: (12, 99)},
        server=None,
    )

    assert "https://discord.com/channels/@me/12/99" in str(view.to_components())


def test_no_link_to_a_server_that_the_bot_has_left():
    """The requester may not be in it any more; the images are handed out."""
    view = page([READY.delivered(NOW, 2)], {7: (12, 99)}, server=None)

    assert "[Get images]" in shown(view)
    assert "channels" not in str(view.to_components())


def test_an_empty_list_says_how_to_begin():
    """With the reader's own command names; an empty search offers other ways."""
    assert shown(page([])) == ["**Your tasks**", "None yet. Draw something with /imagine."]
    assert shown(page([], t=ZH))[1] == "还没有任务。用 /画图 生成第一张图片吧。"
    assert shown(page([], search="*owl*")) == snapshot(
        [
            "**Your tasks** · with “\\*owl\\*”",
            "No matching tasks.",
            "[Search…]",
            "[Clear search]",
        ]
    )
    assert shown(page([], t=ZH, filter=TaskFilter.FAILED)) == snapshot(
        ["**你的任务**", "没有符合条件的任务。", "[搜索…]"]
    )


def test_the_pager_stops_at_both_ends():
    """Its ids differ, as Discord requires."""
    pages = {
        1: page([task()], older=OLDER, search="x"),
        2: page([task()], page=2, newer=NEWER, older=OLDER, search="x"),
        3: page([task()], page=3, newer=NEWER, search="x"),
    }

    assert [shown(view)[0] for view in pages.values()] == [
        "**Your tasks** · with “x”",
        "**Your tasks** · with “x” · page 2",
        "**Your tasks** · with “x” · page 3",
    ]
    assert {n: shown(view)[-5:-3] for n, view in pages.items()} == {
        1: ["[Newer] off", "[Older]"],
        2: ["[Newer]", "[Older]"],
        3: ["[Newer]", "[Older] off"],
    }
    assert ["[Newest]" in shown(view) for view in pages.values()] == [False, False, True]
    for view in pages.values():
        ids = [
            item.custom_id
            for item in view.walk_children()
            if isinstance(item, discord.ui.Button | discord.ui.Select)
        ]
        assert len(ids) == len(set(ids))


def test_more_tasks_are_a_grid():
    """Nine, numbered as in their picture; what waits is collected by one press."""
    tasks = [
        replace(READY.delivered(NOW, 2), id=6),
        replace(KEPT, id=5),
        replace(KEPT.collected(NOW), id=4),
        task(id=3),
        task(id=2).failed(NOW, "unknown_error"),
    ]
    view = history_page(
        tasks,
        {},
        {tasks[0].id: "6.webp"},
        EN,
        kept={each.id for each in tasks[:3]},
        query=TaskQuery(),
        newer=None,
        older=OLDER,
        server=SERVER,
        sheet="tasks.webp",
        totals=(128, 412),
    )

    assert shown(view) == snapshot(
        [
            "**Your tasks**",
            "-# 128 tasks so far, 412 images",
            "**1** A cat · <t:1800000000:R>",
            "**2** A cat · Ready to collect · <t:1800000000:R>",
            "**3** A cat · Done · <t:1800000000:R>",
            "**4** A cat · Waiting · <t:1800000000:R>",
            "**5** A cat · Couldn't draw this · <t:1800000000:R>",
            "[1]",
            "[2 · Get images]",
            "[3]",
            "[4]",
            "[5]",
            "[Newer] off",
            "[Older]",
            "[Go to…]",
            "[Search…]",
        ]
    )
    (gallery,) = [i for i in view.walk_children() if isinstance(i, discord.ui.MediaGallery)]
    assert gallery.items[0].media.url == "attachment://tasks.webp"
    assert gallery.items[0].description == "1 A cat · 2 A cat · 3 A cat · 4 A cat · 5 A cat"
    assert fits(view)


@pytest.mark.parametrize("count", [4, 9])
def test_the_largest_page_fits(count):
    """A list of four or a grid of nine, every button, all to be collected: 40 components."""
    long = replace(KEPT, request=request("狐" * 1900))
    tasks = [replace(long, id=n, interaction_id=n) for n in range(count)]
    view = history_page(
        tasks,
        {},
        {each.id: f"{each.id}.webp" for each in tasks},
        EN,
        kept={each.id for each in tasks},
        query=TaskQuery(page=3, search="w" * SEARCH_LIMIT, filter=TaskFilter.EVERYWHERE),
        newer=NEWER,
        older=OLDER,
        server=SERVER,
        sheet="tasks.webp" if count > 4 else None,
        totals=(10**6, 10**7),
    )

    assert fits(view)


@pytest.mark.parametrize(
    ("typed", "to"),
    [
        ("3", Jump(page=3)),
        (" \uff11\uff12 ", Jump(page=12)),
        ("2015-01-01", Jump(until=InteractionId(86_400_000 << 22))),
        ("2015/1/1", Jump(until=InteractionId(86_400_000 << 22))),
        ("2015年1月1日", Jump(until=InteractionId(86_400_000 << 22))),
        ("1999-01-01", Jump(until=InteractionId(0))),
    ],
)
def test_where_to_go(typed, to):
    """A page, or the end of a day as one of Discord's ids."""
    assert Jump.parse(typed) == to


@pytest.mark.parametrize("typed", ["0", "-1", "soon", "2015-13-01", "2015-02-30", "x 2015-01-01"])
def test_nowhere_to_go(typed):
    """The answer says what can be typed."""
    with pytest.raises(PlaceNotUnderstood):
        Jump.parse(typed)


def test_the_longest_list_fits():
    """Four tasks with thumbnails and every button: 40 components are the most."""
    long = replace(READY, request=request("狐" * 1900)).delivered(NOW, 2)
    tasks = [replace(long, id=n) for n in range(4)]
    posts = {n: (12, n) for n in range(4)}
    view = page(tasks, posts, page=3, newer=NEWER, older=OLDER, search="w" * SEARCH_LIMIT)

    assert fits(view)
