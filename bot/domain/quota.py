"""How many images a user may draw.

A task's row is its reservation, so no counter can drift. A user's usage is the sum over the tasks
that they requested in the period of their rule: the images charged, or those reserved while a task
isn't settled. Every image that the user could get is charged: posted or ready to collect, collected
or not, deleted or not. The user's own rule applies, else the best of their roles', else the
server's, else the default. What an admin has granted is used after that. A server may count images
in 4K, or with references, more than once, and have a cap of its own.

In addition there are the operator's caps, which no server admin can lift. They count the images
that Evolink drew or may have drawn today (a calendar day in UTC), whoever is charged for them, and
those still queued.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.domain.grants import Grant, left_of
from bot.domain.ids import ChannelId, ServerId
from bot.domain.moderation import Moderation
from bot.domain.quota_settings import CREDIT, Block, Limits, OperatorRules, Policy, Rule
from bot.domain.window import DAY, Period, Window, period
from bot.refusals import (
    Blocked,
    CapReached,
    ChannelNotAllowed,
    QueueFull,
    QuotaReached,
    Refusal,
    Scope,
    ServerNotAllowed,
    ServerPaused,
    SubmissionsPaused,
    TooManyOpenTasks,
)


class Drawn(NamedTuple):
    """What was or may have been drawn, and what it cost: thousandths of a credit at Evolink."""

    images: int
    credits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What is set for a user and their server, and what they have used; read in one transaction."""

    #: Those that apply to the user: their own, their roles', the server's.
    rules: tuple[Rule, ...] = ()
    policy: Policy = field(default_factory=Policy)
    moderation: Moderation = field(default_factory=Moderation)
    block: Block | None = None
    #: The user's grants, and what they used beyond the allowance: when, and how many images.
    grants: tuple[Grant, ...] = ()
    granted: tuple[tuple[int, int], ...] = ()
    #: The user's images in their rule's period, without ``granted``: charged, or reserved by
    #: unsettled tasks.
    used: int = 0
    #: Those of them whose tasks haven't ended.
    drawing: int = 0
    #: When the first of them was asked for; ``None``: there are none.
    oldest: int | None = None
    #: The user's unfinished tasks in this server.
    open_tasks: int = 0
    #: Images of all the server's members in the period of its own cap; 0 without a cap.
    used_cap: int = 0
    #: Images in this server that were or may have been drawn today, and those still queued.
    used_server: int = 0
    #: The same over all servers.
    used_total: int = 0
    #: What these cost, or are expected to: thousandths of a credit at Evolink.
    used_credits: int = 0
    #: What was drawn this month before today, if there is a monthly cap.
    before: Drawn = field(default_factory=lambda: Drawn(0, 0))
    operator_rules: OperatorRules = field(default_factory=OperatorRules)
    #: Queued tasks over all servers.
    queued: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """A user's limit and usage."""

    rule: Rule
    used: int
    drawing: int
    #: When all images come back, or, of a rolling window, the first of them; epoch milliseconds.
    resets_at: int
    block: Block | None = None
    #: Grants, with what is left of each.
    grants: tuple[Grant, ...] = ()

    @property
    def left_of_rule(self) -> int | None:
        """Images left without grants; ``None``: no limit."""
        return None if self.rule.images is None else max(0, self.rule.images - self.used)

    @property
    def granted(self) -> int:
        """Images left of grants."""
        return sum(grant.images for grant in self.grants)

    @property
    def left(self) -> int | None:
        """Images left; ``None``: no limit."""
        if self.block is not None:
            return 0
        return None if self.left_of_rule is None else self.left_of_rule + self.granted

    def beyond(self, images: int) -> int:
        """Return how many of these images would come from grants."""
        return 0 if self.left_of_rule is None else max(0, images - self.left_of_rule)


@dataclass(frozen=True, slots=True)
class Why:
    """Why somebody may or may not draw."""

    usage: Usage
    allowance: Allowance
    #: Those that apply, the one that wins first.
    rules: tuple[Rule, ...]
    #: Why a request for one image would be refused now; ``None``: it would be accepted.
    refusal: Refusal | None


def day_of(now: int) -> int:
    """Return the start of the UTC day of ``now``; epoch milliseconds."""
    return now - now % DAY


def ranked(rules: Sequence[Rule], images: int) -> list[Rule]:
    """Return the rules that apply, the one that wins first; ``images``: the default per day.

    The user's rule wins, then the most generous of the roles', then the server's. Roles with equal
    rates: the shorter window, and then the older role.
    """

    def rank(rule: Rule) -> tuple[int, float, int, int]:
        return _RANKS[rule.scope], -rule.rate, rule.window.length, rule.role or 0

    return sorted((*rules, Rule(Scope.DEFAULT, images)), key=rank)


_RANKS = {Scope.USER: 0, Scope.ROLE: 1, Scope.SERVER: 2, Scope.DEFAULT: 3}


def rule_for(rules: Sequence[Rule], limits: Limits) -> Rule:
    """Return the rule that applies."""
    return ranked(rules, limits.images)[0]


def period_of(rules: Sequence[Rule], policy: Policy, now: int) -> Period:
    """Return the period over which a user's images count."""
    return period(ranked(rules, 0)[0].window, now, policy.zone)


def cap_period(policy: Policy, now: int) -> Period:
    """Return the period over which the server's own cap counts."""
    return period(policy.cap_window, now, policy.zone)


def allowance(usage: Usage, limits: Limits, now: int) -> Allowance:
    """Return a user's limit and usage."""
    rule = rule_for(usage.rules, limits)
    resets_at = period_of(usage.rules, usage.policy, now).until
    if rule.window.is_rolling:
        resets_at = (now if usage.oldest is None else usage.oldest) + rule.window.length
    return Allowance(
        rule=rule,
        used=usage.used,
        drawing=usage.drawing,
        resets_at=resets_at,
        block=usage.block,
        grants=left_of(usage.grants, usage.granted, now),
    )


def is_allowed(server: ServerId | None, limits: Limits) -> bool:
    """Tell whether ``ALLOWED_SERVERS`` has this server. It doesn't restrict other places."""
    return server is None or not limits.allowed_servers or server in limits.allowed_servers


def check(  # noqa: PLR0913 - a decision and all that it depends on
    asked: int, server: ServerId | None, usage: Usage, limits: Limits, now: int, *, weight: int = 1
) -> Allowance:
    """Check a request for ``asked`` images; return the allowance before it.

    ``weight``: how many images each of them counts as, for members; the operator's caps count what
    is drawn.

    Raises:
        Refusal: the first of the operator's, the server's and the user's limits that it exceeds.
    """
    current = allowance(usage, limits, now)
    if not is_allowed(server, limits):
        raise ServerNotAllowed
    if usage.operator_rules.paused:
        raise SubmissionsPaused
    if usage.policy.paused:
        raise ServerPaused
    if usage.block is not None:
        raise Blocked(usage.block.reason, usage.block.until)
    if current.left is not None and asked * weight > current.left:
        raise _reached(asked, current, weight)
    _check_server(asked, weight, usage, limits, now)
    _check_operator_caps(asked, server, usage, limits, now)
    if usage.queued >= limits.queue:
        raise QueueFull(limits.queue, usage.queued)
    return current


def check_place(policy: Policy, places: Collection[ChannelId]) -> None:
    """Check where a request is made: ``places`` are its channel and, for a thread, the parent.

    Raises:
        ChannelNotAllowed: the admins allow drawing elsewhere only.
    """
    if policy.channels and not set(policy.channels) & set(places):
        raise ChannelNotAllowed(policy.channels)


def why(server: ServerId | None, usage: Usage, limits: Limits, now: int) -> Why:
    """Explain how ``check`` decides on a request for one image."""
    refusal = None
    try:
        check(1, server, usage, limits, now)
    except Refusal as error:
        refusal = error
    rules = tuple(ranked(usage.rules, limits.images))
    return Why(usage, allowance(usage, limits, now), rules, refusal)


def _check_server(asked: int, weight: int, usage: Usage, limits: Limits, now: int) -> None:
    """Check what the server's admins have set for all of its members."""
    policy, used = usage.policy, usage.used_cap
    most = limits.open_tasks
    if policy.open_tasks is not None:
        most = min(most, policy.open_tasks)
    if usage.open_tasks >= most:
        raise TooManyOpenTasks(most, usage.open_tasks)
    if policy.cap is not None and policy.cap_enforced and used + asked * weight > policy.cap:
        rolling = policy.cap_window.is_rolling
        resets_at = None if rolling else cap_period(policy, now).until
        raise CapReached(Scope.ADMINS, resets_at, used, policy.cap, weight)


def _check_operator_caps(
    asked: int, server: ServerId | None, usage: Usage, limits: Limits, now: int
) -> None:
    """Check the operator's caps."""
    rules, before, cost = usage.operator_rules, usage.before, limits.image_credits
    costs = asked * cost
    tomorrow, next_month = day_of(now) + DAY, period(Window.MONTH, now, "UTC").until
    if server is None:
        _check_cap(Scope.AWAY, limits.cap_user_install, usage.used_server, asked, tomorrow)
    else:
        _check_cap(Scope.SERVER, limits.cap_server, usage.used_server, asked, tomorrow)
    month, credits_month = before.images + usage.used_total, before.credits + usage.used_credits
    _check_cap(Scope.TOTAL, rules.total(limits), usage.used_total, asked, tomorrow)
    _check_cap(Scope.MONTH, rules.month, month, asked, next_month)
    _check_cap(Scope.TOTAL, rules.credits_day, usage.used_credits, costs, tomorrow, CREDIT, cost)
    _check_cap(Scope.MONTH, rules.credits_month, credits_month, costs, next_month, CREDIT, cost)


def _check_cap(  # noqa: PLR0913, PLR0917 - a cap and all that it depends on
    scope: Scope, cap: int, used: int, asked: int, resets_at: int, unit: int = 1, one: int = 1
) -> None:
    if cap and used + asked > cap * unit:
        least = max(1, -(-one // unit))
        raise CapReached(scope, resets_at, -(-used // unit), cap, least)


def _reached(asked: int, current: Allowance, weight: int) -> QuotaReached:
    return QuotaReached(
        asked,
        (current.left or 0) // weight,
        current.rule.images or 0,
        current.drawing,
        current.rule.scope,
        current.resets_at,
        used=current.used,
        granted=current.granted,
        window=current.rule.window,
        weight=weight,
    )
