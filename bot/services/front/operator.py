"""What whoever runs the bot looks at and decides, for all servers."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.domain.operator import PAGE, CapsUsed, Credits
from bot.domain.quota import day_of
from bot.domain.quota_settings import Limits, within
from bot.domain.requester import Requester
from bot.domain.window import Period, Window, period
from bot.services.shared.ports import Account
from bot.store.facts import CREDITS
from bot.store.store import Store

log = structlog.get_logger()

#: The largest cap, and the most credits to be warned below.
MOST = 100_000_000
#: What counts for all is read with anybody's quota.
_NOBODY = Requester(None, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Callers check first that it is the operator who asks."""

    store: Store
    account: Account
    limits: Limits
    clock: Callable[[], int]

    async def caps(self) -> CapsUsed:
        """Return the caps over all servers, and what is used of them."""
        now = self.clock()
        month = period(Window.MONTH, now, "UTC")
        usage = await self.store.quotas.usage(_NOBODY, now=now)
        before = await self.store.quotas.drawn_in(Period(month.since, day_of(now)))
        return CapsUsed(
            caps=usage.owners_caps,
            day_cap=usage.owners_caps.total(self.limits),
            today=usage.used_total,
            month=before + usage.used_total,
        )

    async def set_caps(self, *, day: int | None, month: int | None, actor: int) -> CapsUsed:
        """Set what isn't ``None``; 0: no cap. What waits already is drawn all the same.

        Raises:
            NumberOutOfRange: one is.
        """
        caps = (await self.store.quotas.usage(_NOBODY, now=self.clock())).owners_caps
        if day is not None:
            caps = replace(caps, day=within(day, 0, MOST))
        if month is not None:
            caps = replace(caps, month=within(month, 0, MOST))
        await self.store.quotas.set_caps(caps)
        log.warning("caps set by the operator", caps=caps, actor=actor)
        return await self.caps()

    async def credits(self) -> Credits:
        """Return what is left.

        Raises:
            EvolinkError: it can't be read.
        """
        left = await self.account.credits()
        return Credits(left=left, warn_below=await self.store.facts.get(CREDITS))

    async def warn_below(self, credits_left: int) -> None:
        """Be warned once fewer are left; 0: never.

        Raises:
            NumberOutOfRange: it is.
        """
        if within(credits_left, 0, MOST):
            await self.store.facts.put(CREDITS, credits_left)
        else:
            await self.store.facts.remove(CREDITS)

    async def servers(self, page: int) -> tuple[tuple[tuple[int, int], ...], bool]:
        """Return servers and the images drawn for them this month (UTC), and if there are more."""
        month = period(Window.MONTH, self.clock(), "UTC")
        found = await self.store.quotas.servers(month, most=PAGE + 1, skip=page * PAGE)
        return found[:PAGE], len(found) > PAGE
