"""How many images a user may draw.

The task row is the reservation, so there is no counter that could drift. A person's usage is the
sum over the tasks that they asked for that day: what is charged, or reserved where it is not
settled yet. Charged is every image that they could get, posted or ready to collect, taken or not,
deleted or not. Rules: the user's own, then the server's default, then the settings'.

Above all stand the operator's caps, which no server admin can lift. They count every image that
Evolink drew that day or may have drawn, and what waits to be drawn, whoever is charged for it. A
day is a calendar day in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.text import half_width, number
from bot.errors import (
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
#: A rule of more images a day than this is no limit at all.
MOST_IMAGES = 100_000
#: What no limit is asked for by.
UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Rule:
    """How many images a day; ``None`` is unlimited."""

    scope: Scope
    images: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What the operator's settings say."""

    #: Images a user may draw a day, where no rule says otherwise.
    images: int = 20
    open_tasks: int = 10
    #: Images a day over all servers; 0: no cap.
    cap_total: int = 1000
    #: Images a day in one server; 0: no cap.
    cap_server: int = 0
    #: Images a day of all users together, outside of the bot's servers; 0: no cap.
    cap_user_install: int = 100
    #: Empty: any.
    allowed_servers: frozenset[int] = frozenset()
    #: Tasks waiting, over all servers.
    queue: int = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What the rows say, read under the user's lock."""

    #: The rules that are set for the user and for the server.
    rules: tuple[Rule, ...] = ()
    #: Images of the user today: charged, or reserved where not settled.
    used: int = 0
    #: Of these, of tasks that have not ended.
    drawing: int = 0
    #: The user's tasks that have not ended, in this server.
    open_tasks: int = 0
    #: Images drawn today, or that may have been, and those that wait: in this server, and in all.
    used_server: int = 0
    used_total: int = 0
    #: Tasks waiting, over all servers.
    queued: int = 0
    blocked: bool = False
    #: The operator has paused the bot.
    paused: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """Where a user stands today, for ``/quota`` and the card."""

    rule: Rule
    used: int
    drawing: int
    resets_at: int
    blocked: bool = False

    @property
    def left(self) -> int | None:
        """Images that may still be asked for; ``None``: no limit."""
        if self.blocked:
            return 0
        return None if self.rule.images is None else max(0, self.rule.images - self.used)


def images_of(text: str) -> int | None:
    """Understand a limit as an admin types it: a number, or ``unlimited`` (``None``).

    Raises:
        LimitNotUnderstood: it is neither, or above ``MOST_IMAGES``.
    """
    plain = half_width(text).strip().lower()
    if plain == UNLIMITED:
        return None
    images = number(plain)
    if images is None or images > MOST_IMAGES:
        raise LimitNotUnderstood(text, MOST_IMAGES)
    return images


def day_of(now: int) -> int:
    """Return when the day of ``now`` began; epoch milliseconds."""
    return now - now % DAY


def rule_for(rules: Sequence[Rule], limits: Limits) -> Rule:
    """Pick the rule that counts: the user's, then the server's, then the settings'."""
    by_scope = {rule.scope: rule for rule in rules}
    default = Rule(Scope.DEFAULT, limits.images)
    return by_scope.get(Scope.USER) or by_scope.get(Scope.SERVER) or default


def allowance(usage: Usage, limits: Limits, now: int) -> Allowance:
    """Say where a user stands today."""
    return Allowance(
        rule=rule_for(usage.rules, limits),
        used=usage.used,
        drawing=usage.drawing,
        resets_at=day_of(now) + DAY,
        blocked=usage.blocked,
    )


def is_allowed(guild_id: int, limits: Limits) -> bool:
    """Tell whether the operator lets this server draw; 0, where only users are, is not named."""
    return not (guild_id and limits.allowed_servers) or guild_id in limits.allowed_servers


def check(asked: int, guild_id: int, usage: Usage, limits: Limits, now: int) -> Allowance:
    """Let ``asked`` images through, or refuse them.

    Raises:
        Refusal: the first of the operator's, the server's and the user's limits that is in the way.
    """
    stands = allowance(usage, limits, now)
    if not is_allowed(guild_id, limits):
        raise ServerNotAllowed
    if usage.paused:
        raise SubmissionsPaused
    if usage.blocked:
        raise Blocked
    if stands.left is not None and asked > stands.left:
        raise QuotaReached(
            asked,
            stands.left,
            stands.rule.images or 0,
            usage.drawing,
            stands.rule.scope,
            stands.resets_at,
        )
    if usage.open_tasks >= limits.open_tasks:
        raise TooManyOpenTasks(limits.open_tasks)
    # Server 0 stands for all places where only users have installed the bot.
    cap = limits.cap_server if guild_id else limits.cap_user_install
    if cap and usage.used_server + asked > cap:
        raise CapReached(Scope.SERVER if guild_id else Scope.AWAY, stands.resets_at)
    if limits.cap_total and usage.used_total + asked > limits.cap_total:
        raise CapReached(Scope.TOTAL, stands.resets_at)
    if usage.queued >= limits.queue:
        raise QueueFull(limits.queue)
    return stands
