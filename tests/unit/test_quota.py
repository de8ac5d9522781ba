"""The quota's decision: whose rule counts, and which limit refuses first."""

from dataclasses import replace

import pytest

from bot.domain.ids import ChannelId, RoleId, ServerId, UserId
from bot.domain.quota import Drawn, Usage, check, check_place, day_of, rule_for
from bot.domain.quota_settings import Block, Limits, OperatorRules, Policy, Rule
from bot.domain.request import Request
from bot.domain.window import DAY
from bot.refusals import (
    Blocked,
    CapReached,
    ChannelNotAllowed,
    QueueFull,
    QuotaReached,
    Scope,
    ServerNotAllowed,
    SubmissionsPaused,
    TooManyOpenTasks,
)

NOW = 10 * DAY + 5000
LIMITS = Limits(images=20, open_tasks=10, cap_total=1000, cap_server=100, queue=50)
SERVER = ServerId(1)


def test_the_users_rule_comes_first():
    """User, then server, then the settings."""
    user, server = Rule(Scope.USER, 5), Rule(Scope.SERVER, 50)

    assert user == rule_for([server, user], LIMITS)
    assert server == rule_for([server], LIMITS)
    assert Rule(Scope.DEFAULT, 20) == rule_for([], LIMITS)


def test_of_roles_that_give_as_much_the_older_counts():
    """So that it always names the same one."""
    older, newer = Rule(Scope.ROLE, 5, role=RoleId(7)), Rule(Scope.ROLE, 5, role=RoleId(8))
    assert rule_for([newer, older], LIMITS) == rule_for([older, newer], LIMITS) == older


def test_the_admins_cap_can_be_used_up():
    """To the last image; a cap that isn't enforced, or isn't set, refuses nothing."""
    capped = Usage(policy=Policy(cap=10), used_cap=7)
    check(3, SERVER, capped, LIMITS, NOW)
    with pytest.raises(CapReached) as refused:
        check(4, SERVER, capped, LIMITS, NOW)
    assert refused.value.scope == Scope.ADMINS
    check(4, SERVER, replace(capped, policy=Policy(cap=10, cap_enforced=False)), LIMITS, NOW)
    check(4, SERVER, replace(capped, policy=Policy()), LIMITS, NOW)


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        ({"quality": "4K"}, 3),
        ({"size": "7:5", "quality": "4K"}, 3),
        ({"size": "4096x4096"}, 3),
        ({"size": "3000x2000"}, 3),
        ({"size": "16:9"}, 1),
        ({"size": "7:5", "quality": "2K"}, 1),
        ({"size": "2848x1600"}, 1),
    ],
)
def test_as_many_pixels_as_in_4k_count_as_4k(asked, counts):
    """Whether by quality, shape or pixels; none of 2K's sizes does."""
    assert Policy(weight_4k=3).weight(Request.parse("a boat", **asked)) == counts


def test_drawing_is_allowed_where_the_admins_say():
    """In a channel that they chose and its threads; everywhere if they chose none."""
    here, there, elsewhere, thread = map(ChannelId, (5, 6, 7, 9))
    chosen = Policy(channels=(here, there))
    check_place(chosen, {here})
    check_place(chosen, {thread, there})
    check_place(Policy(), {elsewhere})
    with pytest.raises(ChannelNotAllowed):
        check_place(chosen, {elsewhere, thread})


def test_the_last_images_can_be_used():
    """Asking for exactly what is left passes; one more does not."""
    usage = Usage(used=17)

    assert check(3, SERVER, usage, LIMITS, NOW).left == 3
    with pytest.raises(QuotaReached) as refused:
        check(4, SERVER, usage, LIMITS, NOW)
    assert (
        refused.value.asked,
        refused.value.left,
        refused.value.images,
        refused.value.scope,
        refused.value.resets_at,
    ) == (4, 3, 20, Scope.DEFAULT, 11 * DAY)


def test_unlimited_has_no_limit_but_the_caps():
    """A rule without a number lets any number through, up to the operator's caps."""
    usage = Usage(rules=(Rule(Scope.USER, None),), used=90, used_server=90)

    assert check(10, SERVER, usage, LIMITS, NOW).left is None
    with pytest.raises(CapReached):
        check(11, SERVER, usage, LIMITS, NOW)


def test_outside_of_the_bots_servers():
    """Without a server: a cap for all users there, and no list of servers; 0 means no cap."""
    limits = replace(LIMITS, cap_user_install=30, allowed_servers=frozenset({7}))
    assert check(5, None, Usage(used_server=25), limits, NOW).left == 20
    with pytest.raises(CapReached) as reached:
        check(6, None, Usage(used_server=25), limits, NOW)
    assert reached.value.scope is Scope.AWAY
    assert check(6, None, Usage(used_server=999), replace(limits, cap_user_install=0), NOW)


@pytest.mark.parametrize(
    ("usage", "limits", "error"),
    [
        (Usage(), replace(LIMITS, allowed_servers=frozenset({7})), ServerNotAllowed),
        (Usage(operator_rules=OperatorRules(paused=True)), LIMITS, SubmissionsPaused),
        (Usage(block=Block(by=UserId(1), since=NOW)), LIMITS, Blocked),
        (Usage(open_tasks=10), LIMITS, TooManyOpenTasks),
        (Usage(used_server=100), LIMITS, CapReached),
        (Usage(used_total=1000), LIMITS, CapReached),
        (Usage(queued=50), LIMITS, QueueFull),
    ],
)
def test_what_else_is_in_the_way(usage, limits, error):
    """Each limit refuses with an error of its own."""
    with pytest.raises(error):
        check(1, SERVER, usage, limits, NOW)


def test_the_day_is_a_calendar_day():
    """In UTC, from midnight."""
    assert day_of(NOW) == 10 * DAY
    assert day_of(10 * DAY) == 10 * DAY


def test_the_operators_own_caps():
    """A cap set by command replaces the setting; a month includes the days before today."""
    used = Usage(used_total=900)
    assert check(10, SERVER, used, LIMITS, NOW)
    with pytest.raises(CapReached) as reached:
        check(10, SERVER, replace(used, operator_rules=OperatorRules(day=905)), LIMITS, NOW)
    assert (reached.value.scope, reached.value.resets_at) == (Scope.TOTAL, 11 * DAY)
    month = replace(used, operator_rules=OperatorRules(day=0, month=2000), before=Drawn(1090, 0))
    assert check(10, SERVER, month, LIMITS, NOW)
    with pytest.raises(CapReached) as reached:
        check(11, SERVER, month, LIMITS, NOW)
    # The first of February 1970.
    assert (reached.value.scope, reached.value.resets_at) == (Scope.MONTH, 31 * DAY)
    assert (reached.value.used, reached.value.limit) == (1990, 2000)


@pytest.mark.parametrize(
    ("operator_rules", "scope", "used"),
    [
        (OperatorRules(credits_day=23), Scope.TOTAL, 21),
        (OperatorRules(credits_month=125), Scope.MONTH, 123),
    ],
)
def test_the_operators_caps_in_credits(operator_rules, scope, used):
    """Reported by Evolink, plus the expected rest; whole credits are shown."""
    limits = replace(LIMITS, image_credits=2040)
    usage = Usage(operator_rules=operator_rules, used_credits=20_400, before=Drawn(7, 102_000))
    assert check(1, SERVER, usage, limits, NOW)
    with pytest.raises(CapReached) as reached:
        check(2, SERVER, usage, limits, NOW)
    assert (reached.value.scope, reached.value.used) == (scope, used)
    exact = replace(
        usage, operator_rules=OperatorRules(credits_day=102), used_credits=102_000 - 2040
    )
    assert check(1, SERVER, exact, limits, NOW)
