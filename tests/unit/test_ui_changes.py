"""What admins read of changes: what was, what is, whose, and what can be undone."""
# ruff: noqa: E501 - texts as people read them

from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from bot.domain.grants import Grant
from bot.domain.ids import RoleId, ServerId, UserId
from bot.domain.moderation import Moderation, Strike
from bot.domain.quota import Usage, allowance, why
from bot.domain.quota_change import Change, Kind, Target
from bot.domain.quota_settings import Block, Limits, Policy, Rule, Setting
from bot.domain.window import DAY, Window
from bot.refusals import Scope
from bot.ui.quota import bar, limit_choices, quota_card
from bot.ui.quota_changes import (
    LINES,
    change_card,
    change_log,
    role_choices,
    settings_list,
    why_card,
)
from bot.ui.texts import texts
from tests.kit.changes import changed_by
from tests.unit.ui_kit import NOW, shown

EN, ZH = texts("en"), texts("zh-CN")
SERVER = ServerId(5)
BY = changed_by(1, actor=2, at=NOW, reason="as agreed")
USER, ROLE = (
    Target.of_user(SERVER, UserId(6), Kind.LIMIT),
    Target.of_role(SERVER, RoleId(7)),
)
FIVE, TEN = Rule(Scope.USER, 5), Rule(Scope.ROLE, 10, Window.WEEK, RoleId(7))
BLOCK = Block(by=UserId(2), since=NOW, until=NOW + DAY, reason="as agreed")


def _change(target: Target, before: Setting | None, after: Setting | None) -> Change:
    return Change(by=BY, target=target, before=before, after=after)


CHANGES = {
    "a limit": _change(USER, None, FIVE),
    "the same limit": _change(USER, FIVE, FIVE),
    "a role's limit, removed": _change(ROLE, TEN, None),
    "a block": _change(Target.of_user(SERVER, UserId(6), Kind.BLOCK), None, BLOCK),
    "a block without end": _change(
        Target.of_user(SERVER, UserId(6), Kind.BLOCK), BLOCK, Block(by=UserId(2), since=NOW)
    ),
    "a block that is over, set again by Undo": _change(
        Target.of_user(SERVER, UserId(6), Kind.BLOCK),
        None,
        Block(by=UserId(2), since=NOW - DAY, until=NOW),
    ),
    "a grant": _change(
        Target.of_user(SERVER, UserId(6), Kind.GRANT, 1),
        None,
        Grant(images=3, given_at=NOW, reason="as agreed"),
    ),
    "for all members": _change(
        Target.of_server(SERVER, Kind.POLICY),
        None,
        Policy(cap=9, cap_enforced=False, managers=RoleId(7)),
    ),
    "moderation": _change(
        Target.of_server(SERVER, Kind.MODERATION),
        Moderation(words=("gore",)),
        Moderation(strikes=3),
    ),
    "a strike": _change(
        Target.of_user(SERVER, UserId(6), Kind.STRIKE, 1),
        None,
        Strike(by=UserId(2), at=NOW, until=NOW + DAY),
    ),
    "a strike, taken back": _change(
        Target.of_user(SERVER, UserId(6), Kind.STRIKE, 1),
        Strike(by=UserId(2), at=NOW, until=NOW + DAY),
        None,
    ),
    "a removal": _change(Target.of_user(SERVER, UserId(6), Kind.REMOVAL), None, None),
    "an attempt": _change(Target.of_user(SERVER, UserId(6), Kind.DENIED), None, None),
}


def test_whoever_changes_something_reads_what_it_was() -> None:
    """With *Undo*, if there is something to undo."""
    assert {name: shown(change_card(each, EN, "A note.")) for name, each in CHANGES.items()} == (
        snapshot(
            {
                "a limit": ["<@6>: was not set, now 5 images a day", "A note.", "[Undo]"],
                "the same limit": [
                    "<@6> · 5 images a day",
                    "It's already set that way.",
                    "A note.",
                ],
                "a role's limit, removed": [
                    "<@&7>: was 10 images a week, now not set",
                    "A note.",
                    "[Undo]",
                ],
                "a block": [
                    "<@6>: was not set, now blocked until <t:1800086400:f> · as agreed",
                    "A note.",
                    "Their waiting tasks are cancelled.",
                    "[Undo]",
                ],
                "a block without end": [
                    "<@6>: was blocked until <t:1800086400:f> · as agreed, now blocked",
                    "A note.",
                    "Their waiting tasks are cancelled.",
                    "[Undo]",
                ],
                "a block that is over, set again by Undo": [
                    "<@6>: was not set, now blocked until <t:1800000000:f>",
                    "A note.",
                    "[Undo]",
                ],
                "a grant": [
                    "<@6>: was not set, now 3 extra images · as agreed",
                    "A note.",
                    "[Undo]",
                ],
                "for all members": [
                    "Limit for all members together: was not set, now 9 images a month (not enforced)",
                    "Who else can set limits: was not set, now <@&7>",
                    "A note.",
                    "[Undo]",
                ],
                "moderation": [
                    "Words that aren't allowed: was gore, now none",
                    "Strikes that block a member: was off, now 3 within 30 days, for 7 days",
                    "A note.",
                    "[Undo]",
                ],
                "a strike": ["<@6> · strike, until <t:1800086400:f>", "A note.", "[Undo]"],
                "a strike, taken back": ["<@6>: a strike was taken back", "A note.", "[Undo]"],
                "a removal": ["<@6>: removal of their images requested", "A note."],
                "an attempt": ["<@6> tried something only admins can do.", "A note."],
            }
        )
    )


def test_the_log_tells_who_and_why() -> None:
    """Each change once; an undone one says so, and has no button."""
    assert shown(change_log(list(CHANGES.values()), EN, older=True)) == snapshot(
        [
            "**Changes**",
            "<@6>: was not set, now 5 images a day",
            "-# <t:1800000000:R> · <@2> · as agreed",
            "[Undo]",
            "<@6> · 5 images a day",
            "It's already set that way.",
            "-# <t:1800000000:R> · <@2> · as agreed",
            "<@&7>: was 10 images a week, now not set",
            "-# <t:1800000000:R> · <@2> · as agreed",
            "[Undo]",
            "<@6>: was not set, now blocked until <t:1800086400:f> · as agreed",
            "-# <t:1800000000:R> · <@2>",
            "[Undo]",
            "<@6>: was blocked until <t:1800086400:f> · as agreed, now blocked",
            "-# <t:1800000000:R> · <@2> · as agreed",
            "[Undo]",
            "<@6>: was not set, now blocked until <t:1800000000:f>",
            "-# <t:1800000000:R> · <@2> · as agreed",
            "[Undo]",
            "<@6>: was not set, now 3 extra images · as agreed",
            "-# <t:1800000000:R> · <@2>",
            "[Undo]",
            "Limit for all members together: was not set, now 9 images a month (not enforced)",
            "Who else can set limits: was not set, now <@&7>",
            "-# <t:1800000000:R> · <@2> · as agreed",
            "[Undo]",
            "Words that aren't allowed: was gore, now none",
            "Strikes that block a member: was off, now 3 within 30 days, for 7 days",
            "-# <t:1800000000:R> · <@2> · as agreed",
            "[Undo]",
            "<@6> · strike, until <t:1800086400:f>",
            "-# <t:1800000000:R> · <@2> · as agreed",
            "[Undo]",
            "<@6>: a strike was taken back",
            "-# <t:1800000000:R> · <@2> · as agreed",
            "[Undo]",
            "<@6>: removal of their images requested",
            "-# <t:1800000000:R> · <@2> · as agreed",
            "<@6> tried something only admins can do.",
            "-# <t:1800000000:R> · <@2> · as agreed",
            "[Older]",
        ]
    )
    assert shown(change_log([replace(CHANGES["a limit"], undone=True)], EN, older=False)) == (
        snapshot(
            [
                "**Changes**",
                "<@6>: was not set, now 5 images a day",
                "-# <t:1800000000:R> · <@2> · as agreed · undone",
            ]
        )
    )
    assert shown(change_log([], EN, older=False)) == snapshot(["**Changes**", "No changes yet."])


def test_why_somebody_can_or_cannot_draw() -> None:
    """Which limits there are, which one counts, and what the member would read."""
    usage = Usage(rules=(TEN, FIVE), policy=Policy(cap=40), used=2, used_cap=12)
    can = why(SERVER, usage, Limits(), NOW)
    cannot = why(SERVER, replace(usage, block=BLOCK), Limits(), NOW)
    who_can = shown(why_card(UserId(6), can, EN, has_left=False))
    who_cannot = shown(why_card(UserId(6), cannot, EN, has_left=True))
    assert who_can == snapshot(
        [
            "**Quota of <@6> · 3 left today**",
            "**Limits (the first one applies)**",
            "1. Personal limit: 5 images a day",
            "2. Role limit: 10 images a week · <@&7>",
            "3. Default limit: 20 images a day",
            "**What counts**",
            "2 used today",
            "0 unfinished tasks",
            "All members: ▰▰▰▱▱▱▱▱▱▱ 12/40",
            "-# resets <t:1800057600:R> · UTC",
            "[Limit…]",
            "[+10 today]",
            "[Block]",
        ]
    )
    assert who_cannot[:9] == snapshot(
        [
            "**Quota of <@6> · 0 left today**",
            "No longer a member, so no role counts.",
            "If they ask for one image now, they'll see:",
            "> An admin has blocked you from drawing here.",
            "> The block ends <t:1800086400:R>.",
            "> Reason: as agreed",
            "Blocked <t:1800000000:R> by <@2>.",
            "The block ends <t:1800086400:R>.",
            "Reason: as agreed",
        ]
    )
    # The rest is the same, without the button that blocks.
    assert who_cannot[9:] == who_can[1:-1]


@pytest.mark.parametrize(("used", "is_less"), [(4, False), (5, False), (6, True)])
def test_a_new_limit_below_what_is_used_says_so(used: int, is_less: bool) -> None:
    """Unless it is just used up, or has no number."""
    note = "That's less than what's already used."
    for rule, said in ((FIVE, is_less), (Rule(Scope.USER, None), False)):
        stands = allowance(Usage(rules=(rule,), used=used), Limits(), NOW)
        assert (note in shown(quota_card(stands, EN, whose=6, was=TEN))) is said


def test_what_is_set_is_shown_page_by_page() -> None:
    """Settings for everybody come first; a page's worth of lines has no next page."""
    targets = [
        (Target.of_user(SERVER, UserId(100 + each), Kind.LIMIT), FIVE) for each in range(2 * LINES)
    ]
    lines = len(shown(settings_list([], EN))) - 1
    whole = targets[: LINES - lines]
    assert not any(each.startswith("[") for each in shown(settings_list(whole, EN)))
    more = targets[: LINES - lines + 1]
    assert shown(settings_list(more, EN))[-1] == "[More…]"
    assert shown(settings_list(more, EN, page=1))[1:] == [f"<@{more[-1][0].id}> · 5 images a day"]


def test_roles_that_were_deleted_can_be_chosen_first() -> None:
    """By name, or by number; members' limits are left out."""
    found = [
        (USER, FIVE),
        (ROLE, TEN),
        (Target.of_role(SERVER, RoleId(8)), replace(TEN, role=RoleId(8))),
    ]
    assert role_choices(found, {RoleId(7): "Artists"}, "", EN) == snapshot(
        [("deleted role 8 · 10 images a week", "8"), ("Artists · 10 images a week", "7")]
    )
    assert role_choices(found, {RoleId(7): "Artists"}, "art", EN) == snapshot(
        [("Artists · 10 images a week", "7")]
    )


def test_a_limit_is_completed_from_a_number_or_a_word() -> None:
    """Usual numbers before anything is typed; the reader's words work, too."""
    usual = [value for _, value in limit_choices(" ", Window.WEEK, EN)]
    assert usual[-2:] == ["unlimited", "default"]
    assert all(each.isdecimal() for each in usual[:-2])
    assert limit_choices("7", Window.WEEK, EN) == [("7 images a week", "7")]
    assert limit_choices("UNL", Window.WEEK, EN) == [("unlimited", "unlimited")]
    assert limit_choices("unlimited", Window.WEEK, EN) == [("unlimited", "unlimited")]
    assert limit_choices("不", Window.WEEK, ZH) == [("不限", "unlimited")]
    assert limit_choices("many", Window.WEEK, EN) == []


@pytest.mark.parametrize(("used", "full"), [(0, 0), (1, 0), (2, 1), (19, 9), (20, 10), (99, 10)])
def test_a_bar_is_full_when_nothing_is_left(used: int, full: int) -> None:
    """Not before, and it is never too long."""
    assert bar(used, 20) == f"{'▰' * full}{'▱' * (10 - full)} {used}/20"
    assert bar(0, 0) == f"{'▰' * 10} 0/0"
