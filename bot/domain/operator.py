"""What the operator sees of the bot."""

from dataclasses import dataclass

from bot.domain.quota import Drawn
from bot.domain.quota_settings import OperatorRules

#: Servers on a page.
PAGE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class CapsUsed:
    """The operator's caps, and what is used of them in all servers; days and months in UTC."""

    #: As set by command; and the daily cap that applies, 0: no cap.
    caps: OperatorRules
    day_cap: int
    #: What was or may be drawn.
    today: Drawn
    month: Drawn


@dataclass(frozen=True, kw_only=True, slots=True)
class Credits:
    """The credits that can be spent at Evolink."""

    #: ``None``: no limit.
    left: float | None
    #: Below this the operator is warned; ``None``: never.
    warn_below: int | None
