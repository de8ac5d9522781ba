"""What limits drawing: what a server's admins set, and the operator's own limits."""

from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.grants import Grant
from bot.domain.ids import ChannelId, RoleId, ServerId, UserId
from bot.domain.moderation import Moderation, Strike
from bot.domain.request import Request
from bot.domain.text import half_width, number
from bot.domain.window import DAY, Window
from bot.refusals import LimitNotUnderstood, NumberOutOfRange, Scope

#: The largest limit that a rule may set; beyond it, a limit is pointless.
MOST_IMAGES = 100_000
#: What an admin types instead of a number for no limit.
UNLIMITED = "unlimited"
#: What an admin types instead of a number to remove a limit.
DEFAULT = "default"
#: The largest weight: how many images one may count as.
MOST_WEIGHT = 20
#: The largest cap for all members of a server.
MOST_CAP = 10_000_000
#: Credits are counted in thousandths of one: sums of 2.04 are exact.
CREDIT = 1000
#: The largest cap over all servers, and the largest number of credits to warn below.
MOST_OF_ALL = 100_000_000
#: The most channels that drawing may be limited to: what fits in one of Discord's menus.
MOST_CHANNELS = 25


@dataclass(frozen=True, slots=True)
class Rule:
    """Images in a window; ``None`` is unlimited."""

    scope: Scope
    images: int | None
    window: Window = Window.DAY
    #: The role whose rule it is.
    role: RoleId | None = None

    @property
    def rate(self) -> float:
        """Images a day, to compare the rules of a user's roles."""
        return float("inf") if self.images is None else self.images * DAY / self.window.length


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """An admin's block of a user; times are epoch milliseconds."""

    by: UserId
    since: int
    reason: str = ""
    #: ``None``: until it is lifted.
    until: int | None = None

    def is_over(self, now: int) -> bool:
        """Tell whether its time is up."""
        return self.until is not None and now >= self.until


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """How a server counts, and what is turned on there, as set by its admins."""

    #: Name of the time zone of its days, weeks and months.
    zone: str = "UTC"
    #: How many images a 4K image counts as, and one with references; both: the product.
    weight_4k: int = 1
    weight_references: int = 1
    #: Unfinished tasks of a user; ``None``: as many as the operator allows.
    open_tasks: int | None = None
    #: Images of all members together; ``None``: no cap.
    cap: int | None = None
    cap_window: Window = Window.MONTH
    #: Otherwise admins are only shown how much is used.
    cap_enforced: bool = True
    #: The role whose members may decide about quotas, as those with Manage Server may.
    managers: RoleId | None = None
    #: The channel where the bot reports how much of the cap is used.
    notices: ChannelId | None = None
    #: Paused by the admins: nothing new is accepted.
    paused: bool = False
    #: Where drawing is allowed, threads included; empty: everywhere.
    channels: tuple[ChannelId, ...] = ()
    #: The channel where the bot reports what admins change.
    log: ChannelId | None = None
    #: The language of these reports.
    locale: str = "en-US"
    #: Whether message menus may use other people's pictures as references.
    others_images: bool = True
    #: Whether a requester may keep results to themselves.
    private: bool = True
    #: Whether messages that begin by mentioning the bot are drawn. Discord's command permissions
    #: ("Integrations") don't apply to messages, so admins decide.
    mentions: bool = False

    def checked(self) -> "Policy":
        """Return this policy if its numbers are within bounds.

        Raises:
            NumberOutOfRange: one isn't.
        """
        within(self.weight_4k, 1, MOST_WEIGHT)
        within(self.weight_references, 1, MOST_WEIGHT)
        within(1 if self.open_tasks is None else self.open_tasks, 1, MOST_IMAGES)
        within(1 if self.cap is None else self.cap, 1, MOST_CAP)
        within(len(self.channels), 0, MOST_CHANNELS)
        return self

    def weight(self, request: Request) -> int:
        """Return how many images each image of a request counts as."""
        drawn_4k = self.weight_4k if request.is_4k else 1
        return drawn_4k * (self.weight_references if request.references else 1)


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
    allowed_servers: frozenset[ServerId] = frozenset()
    #: Queued tasks over all servers.
    queue: int = 1000
    #: What an image is expected to cost: thousandths of a credit at Evolink.
    image_credits: int = 2040


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatorRules:
    """What the operator sets for all servers, by command; days and months are in UTC."""

    #: Nothing is accepted or submitted.
    paused: bool = False
    #: Images a day, instead of ``Limits.cap_total``; 0: no cap; ``None``: it isn't set.
    day: int | None = None
    #: Images a calendar month; 0: no cap.
    month: int = 0
    #: Credits at Evolink a day and a calendar month; 0: no cap.
    credits_day: int = 0
    credits_month: int = 0
    #: Credits at Evolink below which the operator is warned; 0: never.
    warn_below: int = 0

    def checked(self) -> "OperatorRules":
        """Return these rules if their numbers are within bounds.

        Raises:
            NumberOutOfRange: one isn't; Discord would not send it.
        """
        numbers = self.day or 0, self.month, self.credits_day, self.credits_month, self.warn_below
        for each in numbers:
            within(each, 0, MOST_OF_ALL)
        return self

    @property
    def caps_month(self) -> bool:
        """Whether there is a monthly cap."""
        return bool(self.month or self.credits_month)

    def total(self, limits: Limits) -> int:
        """Return the images a day over all servers; 0: no cap."""
        return limits.cap_total if self.day is None else self.day


#: What admins and the operator set; each change is kept.
Setting: TypeAlias = Rule | Block | Grant | Policy | Moderation | Strike | OperatorRules


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


def within(value: int, least: int, most: int) -> int:
    """Return ``value`` if it is within bounds.

    Raises:
        NumberOutOfRange: it isn't; Discord would not send it.
    """
    if not least <= value <= most:
        raise NumberOutOfRange(value, least, most)
    return value


def is_over(setting: Setting, now: int) -> bool:
    """Tell whether the time of a block, a strike or a grant is up."""
    match setting:
        case Block() | Strike():
            return setting.is_over(now)
        case Grant():
            return setting.until is not None and setting.until <= now
        case _:
            return False
