"""How many images a user may draw.

A task's row is its reservation, so there is no counter that could drift. A user's usage is the sum
over the tasks that they requested today: the images charged, or those reserved while a task isn't
settled. Every image that the user could get is charged: posted or ready to collect, collected or
not, deleted or not. The user's own rule applies, else the server's, else the default.

In addition there are the operator's caps, which no server admin can lift. They count the images
that Evolink drew or may have drawn today, whoever is charged for them, and those still queued. A
day is a calendar day in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.text import half_width, number
from bot.refusals import (
    Blocked,
    CapReached,
    LimitNotUnderstood,
    QueueFull,
    QuotaReached,
    Scope,
    ServerNotAllowed,
    SubmissionsPaused,
    TooManyOpenTasks,
)

DAY = 24 * 60 * 60 * 1000
#: The largest limit that a rule may set; beyond it, a limit is pointless.
MOST_IMAGES = 100_000
#: What an admin types instead of a number for no limit.
UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Rule:
    """Images a day; ``None`` is unlimited."""

    scope: Scope
    images: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The operator's limits, from the settings."""

    #: Images a day for a user without a rule.
    images: int = 20
    #: Unfinished tasks of a user in one server.
    open_tasks: int = 10
    #: Images a day over all servers; 0: no cap.
    cap_total: int = 1000
    #: Images a day in one server; 0: no cap.
    cap_server: int = 0
    #: Images a day of all users together, outside the bot's servers; 0: no cap.
    cap_user_install: int = 100
    #: Empty: every server.
    allowed_servers: frozenset[int] = frozenset()
    #: Queued tasks over all servers.
    queue: int = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """The usage of a user, a server and the bot, read in one transaction."""

    #: The user's rule and the server's, as far as they are set.
    rules: tuple[Rule, ...] = ()
    #: The user's images today: charged, or reserved by unsettled tasks.
    used: int = 0
    #: Those of them whose tasks haven't ended.
    drawing: int = 0
    #: The user's unfinished tasks in this server.
    open_tasks: int = 0
    #: Images in this server that were or may have been drawn today, and those still queued.
    used_server: int = 0
    #: The same over all servers.
    used_total: int = 0
    #: Queued tasks over all servers.
    queued: int = 0
    #: The server's admins have blocked the user.
    blocked: bool = False
    #: The operator has paused the bot.
    paused: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """A user's limit and usage today."""

    rule: Rule
    used: int
    drawing: int
    #: Epoch milliseconds.
    resets_at: int
    blocked: bool = False

    @property
    def left(self) -> int | None:
        """Images left today; ``None``: no limit."""
        if self.blocked:
            return 0
        return None if self.rule.images is None else max(0, self.rule.images - self.used)


def images_of(text: str) -> int | None:
    """Parse a limit as an admin types it: a number, or ``unlimited`` (``None``).

    Raises:
        LimitNotUnderstood: it is neither, or exceeds ``MOST_IMAGES``.
    """
    plain = half_width(text).strip().lower()
    if plain == UNLIMITED:
        return None
    images = number(plain)
    if images is None or images > MOST_IMAGES:
        raise LimitNotUnderstood(text, MOST_IMAGES)
    return images


def day_of(now: int) -> int:
    """Return the start of the UTC day of ``now``; epoch milliseconds."""
    return now - now % DAY


def rule_for(rules: Sequence[Rule], limits: Limits) -> Rule:
    """Return the rule that applies: the user's, else the server's, else the default."""
    by_scope = {rule.scope: rule for rule in rules}
    default = Rule(Scope.DEFAULT, limits.images)
    return by_scope.get(Scope.USER) or by_scope.get(Scope.SERVER) or default


def allowance(usage: Usage, limits: Limits, now: int) -> Allowance:
    """Return a user's limit and usage today."""
    return Allowance(
        rule=rule_for(usage.rules, limits),
        used=usage.used,
        drawing=usage.drawing,
        resets_at=day_of(now) + DAY,
        blocked=usage.blocked,
    )


def is_allowed(server: int | None, limits: Limits) -> bool:
    """Tell whether ``ALLOWED_SERVERS`` has this server. It doesn't restrict other places."""
    return server is None or not limits.allowed_servers or server in limits.allowed_servers


def check(asked: int, server: int | None, usage: Usage, limits: Limits, now: int) -> Allowance:
    """Check a request for ``asked`` images; return the allowance before it.

    Raises:
        Refusal: the first of the operator's, the server's and the user's limits that it exceeds.
    """
    current = allowance(usage, limits, now)
    if not is_allowed(server, limits):
        raise ServerNotAllowed
    if usage.paused:
        raise SubmissionsPaused
    if usage.blocked:
        raise Blocked
    if current.left is not None and asked > current.left:
        raise QuotaReached(
            asked,
            current.left,
            current.rule.images or 0,
            usage.drawing,
            current.rule.scope,
            current.resets_at,
        )
    if usage.open_tasks >= limits.open_tasks:
        raise TooManyOpenTasks(limits.open_tasks)
    cap = limits.cap_user_install if server is None else limits.cap_server
    if cap and usage.used_server + asked > cap:
        raise CapReached(Scope.AWAY if server is None else Scope.SERVER, current.resets_at)
    if limits.cap_total and usage.used_total + asked > limits.cap_total:
        raise CapReached(Scope.TOTAL, current.resets_at)
    if usage.queued >= limits.queue:
        raise QueueFull(limits.queue)
    return current
