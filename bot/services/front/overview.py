"""What a server's members have used, for its admins."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.grants import Grant
from bot.domain.ids import NOBODY, ServerId, UserId
from bot.domain.overview import PAGE, Order, Page
from bot.domain.quota import cap_period
from bot.domain.quota_change import Kind, Target
from bot.domain.quota_settings import Block, Limits, Policy, Rule, is_over
from bot.domain.requester import Requester
from bot.domain.window import Period, Window, period
from bot.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Reads it."""

    store: Store
    limits: Limits
    clock: Callable[[], int]

    async def page(self, server: ServerId, number: int = 0, order: Order = Order.MONTH) -> Page:
        """Return a page of a server's overview."""
        now, quotas = self.clock(), self.store.quotas
        settings = dict(await self.store.quota_settings.settings(server))
        found = settings.get(Target.of_server(server, Kind.POLICY))
        policy = found if isinstance(found, Policy) else Policy()
        month = period(Window.MONTH, now, policy.zone)
        today = period(Window.DAY, now, policy.zone)
        when = today if order is Order.TODAY else month
        members = await self._members(server, when, today.since, order, skip=number * PAGE)
        valid = [each for each in settings.items() if not is_over(each[1], now)]
        # Anybody's usage includes the totals over all members.
        usage = await quotas.usage(Requester(server, NOBODY), now=now)
        return Page(
            number=number,
            order=order,
            members=members[:PAGE],
            has_more=len(members) > PAGE,
            month=await quotas.used_in(server, month),
            today=await quotas.used_in(server, today),
            capped=await quotas.used_in(server, cap_period(policy, now)),
            policy=policy,
            drawn=usage.used_server,
            operator_cap=self.limits.cap_server,
            limits=sum(isinstance(setting, Rule) for _, setting in valid),
            grants=sum(isinstance(setting, Grant) for _, setting in valid),
            blocked=tuple(
                UserId(target.id) for target, setting in valid if isinstance(setting, Block)
            ),
            refusals=await self.store.drafts.refusals(server, since=today.since),
        )

    async def _members(
        self, server: ServerId, when: Period, day: int, order: Order, *, skip: int
    ) -> tuple[tuple[UserId, int], ...]:
        if order is Order.REFUSED:
            return await self.store.drafts.refused(server, since=day, most=PAGE + 1, skip=skip)
        return await self.store.quotas.members(server, when, most=PAGE + 1, skip=skip)
