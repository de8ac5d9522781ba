"""What admins read about quotas fits into a message, however much there is."""

from dataclasses import replace

import pytest
from discord.ui import Button

from bot.domain.grants import Grant
from bot.domain.ids import ChannelId, RoleId, ServerId, UserId
from bot.domain.moderation import Moderation
from bot.domain.overview import Order, Page
from bot.domain.quota import Usage, why
from bot.domain.quota_change import Change, Kind, Target
from bot.domain.quota_settings import Block, Limits, Policy, Rule, Setting
from bot.domain.window import DAY, Window
from bot.refusals import (
    Blocked,
    ChannelNotAllowed,
    QuotaReached,
    Scope,
    ServerPaused,
    WordNotAllowed,
)
from bot.services.front.quota import PAGE
from bot.ui.overview import REASONS, overview
from bot.ui.prompt import TEXT_LIMIT, width
from bot.ui.quota import count_choice, quota_card
from bot.ui.quota_changes import (
    change_card,
    change_log,
    change_told,
    described,
    settings_list,
    why_card,
)
from bot.ui.texts import texts
from tests.kit.changes import changed_by
from tests.unit.ui_kit import NOW, shown

EN, ZH = texts("en"), texts("zh-CN")
ID = 2**63 - 1
SERVER = ServerId(1)
USERS = tuple(UserId(ID - n) for n in range(5001))
REASON = "*_`~|" * 40
LIMITS = Limits()
POLICY = Policy(zone="America/Argentina/ComodRivadavia", cap=10**7, cap_enforced=False)
BLOCK = Block(by=USERS[0], since=NOW, until=NOW + DAY, reason=REASON)
GRANTS = [Grant(images=9, given_at=NOW - 1, until=NOW + DAY, reason=REASON) for _ in range(50)]
ROLES = tuple(Rule(Scope.ROLE, 10**5, Window.LAST_MONTH, RoleId(ID - n)) for n in range(250))
USAGE = Usage(rules=ROLES, policy=POLICY, block=BLOCK, grants=tuple(GRANTS), used_cap=3)
FULL_OVERVIEW = Page(
    number=10**6,
    order=Order.MONTH,
    members=tuple((user, 10**7) for user in USERS[:10]),
    has_more=True,
    month=10**7,
    today=10**7,
    capped=10**7,
    policy=POLICY,
    drawn=10**7,
    operator_cap=10**7,
    limits=10**7,
    grants=10**7,
    blocked=USERS,
    refusals=(("QuotaReached", 10**9), ("Whatever", 10**9)),
)


def fits(lines: list[str]) -> bool:
    """Return whether Discord accepts it."""
    return sum(map(width, lines)) <= TEXT_LIMIT


def test_what_admins_forbid_has_a_name_in_the_overview():
    """Refusals by the admins' own settings aren't "other" reasons."""
    for forbidden in (WordNotAllowed, ChannelNotAllowed, ServerPaused, Blocked, QuotaReached):
        assert forbidden.__name__ in REASONS


def test_refusals_that_read_alike_are_counted_together():
    """Most first, and the unnamed ones last."""
    refused = (
        ("Whatever", 5),
        ("PromptMissing", 3),
        ("SizeOutOfRange", 2),
        ("SizeNotUnderstood", 2),
    )
    said = shown(overview(replace(FULL_OVERVIEW, refusals=refused), EN))
    assert "Refused today: unusable size 4 · empty prompt 3 · other 5" in said


@pytest.mark.parametrize("t", [EN, ZH], ids=["en", "zh"])
def test_a_page_of_the_log_has_as_many_entries_as_fit(t):
    """Six entries that change everything don't fit; *Older* continues after the last one shown."""
    full = Policy(
        zone="America/North_Dakota/New_Salem",
        weight_4k=19,
        weight_references=19,
        open_tasks=99_999,
        cap=10**7,
        cap_window=Window.LAST_MONTH,
        cap_enforced=False,
        managers=RoleId(ID),
        notices=ChannelId(ID),
        paused=True,
        channels=tuple(ChannelId(ID - n) for n in range(25)),
        log=ChannelId(ID),
    )
    changes = [
        Change(
            by=changed_by(ID - n, actor=ID, at=NOW, reason=REASON),
            target=Target.of_server(SERVER, Kind.POLICY),
            before=(full, POLICY)[n % 2],
            after=(POLICY, full)[n % 2],
        )
        for n in range(PAGE)
    ]
    view = change_log(changes, t, older=False)
    assert fits(shown(view))
    ids = [str(part.custom_id) for part in view.walk_children() if isinstance(part, Button)]
    count = sum(each.endswith(":undo") for each in ids)
    assert count > 1
    assert ids[count:] == ([] if count == PAGE else [f"changes:{ID - count + 1}"])


@pytest.mark.parametrize("t", [EN, ZH], ids=["en", "zh"])
def test_the_longest_fit(t):
    """Longest ids, reasons full of markdown, fifty grants, 250 roles, thousands of settings."""
    found = why(SERVER, USAGE, LIMITS, NOW)
    assert fits(shown(quota_card(found.allowance, t, whose=ID)))
    assert fits(shown(why_card(USERS[0], found, t, has_left=True)))
    settings: list[tuple[Target, Setting]] = [
        (Target.of_user(SERVER, USERS[n], Kind.GRANT, n), grant) for n, grant in enumerate(GRANTS)
    ]
    settings += [(Target.of_user(SERVER, USERS[n], Kind.BLOCK), BLOCK) for n in range(2000)]
    settings.append((Target.of_server(SERVER, Kind.POLICY), POLICY))
    for page in (0, 1, 50, 999):
        assert fits(shown(settings_list(settings, t, page=page)))
    by = changed_by(ID, actor=ID, at=NOW, reason=REASON)
    user, server = (
        Target.of_user(SERVER, USERS[0], Kind.BLOCK),
        Target.of_server(SERVER, Kind.POLICY),
    )
    long = [
        Change(by=by, target=user, before=BLOCK, after=replace(BLOCK, by=1)),
        Change(by=by, target=server, before=None, after=replace(POLICY, weight_4k=9)),
    ]
    assert fits(shown(change_log(long * (PAGE // 2), t, older=True)))
    assert fits(shown(overview(FULL_OVERVIEW, t)))


def test_a_rolling_limit_says_when_the_first_come_back():
    """In words for a window; only a calendar day is called a day."""
    usage = Usage(rules=(Rule(Scope.SERVER, 10, Window.LAST_WEEK),), used=4, oldest=NOW - DAY)
    found = why(SERVER, usage, LIMITS, NOW).allowance
    back = (NOW + 6 * DAY) // 1000
    assert shown(quota_card(found, EN)) == [
        "**Your quota · 6 left**",
        "▰▰▰▰▱▱▱▱▱▱ 4/10",
        "4 used in the last 7 days",
        f"-# Server limit: 10 images in any 7 days · some come back <t:{back}:R>",
        "[My last 30 days]",
    ]
    assert count_choice(2, found, EN) == "2 · leaves 4"


def test_a_block_says_what_becomes_of_tasks():
    """Also a block that is set again by undoing its removal."""
    by, target = changed_by(ID, actor=ID, at=NOW), Target.of_user(SERVER, USERS[0], Kind.BLOCK)
    for before, after, told in ((None, BLOCK, True), (BLOCK, BLOCK, False), (BLOCK, None, False)):
        change = Change(by=by, target=target, before=before, after=after)
        assert ("waiting tasks" in str(shown(change_card(change, EN)))) is told


@pytest.mark.parametrize("t", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize(
    "now", [Policy(cap_window=Window.WEEK), Policy(cap_enforced=False), Policy(locale="zh-CN")]
)
def test_a_change_of_what_has_no_line_says_something(now, t):
    """Discord refuses an empty text, and the change was made."""
    by, target = changed_by(ID, actor=ID, at=NOW), Target.of_server(SERVER, Kind.POLICY)
    change = Change(by=by, target=target, before=Policy(), after=now)

    assert all(text.strip() for text in shown(change_card(change, t)))
    assert described(change, t)


@pytest.mark.parametrize("kind", [Kind.POLICY, Kind.MODERATION])
def test_what_is_set_for_all_is_not_said_to_be_unset_when_it_stays(kind):
    """It used to be: "Everyone here · not set"."""
    setting = POLICY if kind is Kind.POLICY else Moderation(strikes=2)
    by, target = changed_by(ID, actor=ID, at=NOW), Target.of_server(SERVER, kind)
    same = Change(by=by, target=target, before=setting, after=setting)
    assert described(same, EN) == ["It's already set that way."]


def test_the_log_has_a_reason_once():
    """Whether the setting keeps it, or only the change."""
    by, block = changed_by(ID, actor=ID, at=NOW, reason="spam"), replace(BLOCK, reason="spam")
    for kind, after in ((Kind.BLOCK, block), (Kind.LIMIT, Rule(Scope.USER, 5)), (Kind.BLOCK, None)):
        change = Change(
            by=by, target=Target.of_user(SERVER, USERS[0], kind), before=None, after=after
        )
        assert change_told(change, EN).count("spam") == 1
