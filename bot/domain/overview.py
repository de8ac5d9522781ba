"""What an admin sees of a server at a glance."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import UserId
from bot.domain.quota_settings import Policy

#: Members on a page.
PAGE = 10


class Order(StrEnum):
    """What members are sorted by, most first.

    Not by images left: that depends on roles, which Discord only sends for the member who is
    interacting.
    """

    MONTH = "month"
    TODAY = "today"
    REFUSED = "refused"

    @classmethod
    def parse(cls, text: str) -> "Order":
        """Return the order of this name; anything else is by month."""
        return cls(text) if text in {each.value for each in cls} else cls.MONTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of an overview. Images count as they do towards quotas, except for the owner's cap."""

    #: From 0.
    number: int
    order: Order
    #: Users and their images, or how often something was refused today.
    members: tuple[tuple[UserId, int], ...]
    has_more: bool
    #: All members' images.
    month: int
    today: int
    #: The same in the period of the server's own cap.
    capped: int
    policy: Policy
    #: What was or may be drawn here today, and the operator's cap for that; 0: none.
    drawn: int
    operator_cap: int
    #: How many limits and grants are set.
    limits: int
    grants: int
    #: Users who are blocked.
    blocked: tuple[UserId, ...]
    #: How often something was refused today, by the error's name; most first.
    refusals: tuple[tuple[str, int], ...]

    @property
    def first(self) -> int:
        """The place of the first member on this page."""
        return self.number * PAGE + 1

    @property
    def total(self) -> int:
        """What all members' numbers on all pages add up to."""
        if self.order is Order.REFUSED:
            return sum(times for _, times in self.refusals)
        return self.today if self.order is Order.TODAY else self.month
