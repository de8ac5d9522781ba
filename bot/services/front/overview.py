"""What a server's members have used, for its admins."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.quota import Block, Policy, cap_period, is_over
from bot.domain.quota_change import Kind, Target
from bot.domain.window import Window, period
from bot.store.store import Store

#: Members on a page.
PAGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of an overview. Images count as they do towards quotas."""

    #: From 0.
    number: int
    #: Users and their images this month, most first.
    members: tuple[tuple[int, int], ...]
    has_more: bool
    #: All members' images.
    month: int
    today: int
    #: And in the period of the server's own cap.
    capped: int
    policy: Policy
    #: Users who are blocked.
    blocked: tuple[int, ...]
    #: How often something was refused today, by the error's name; most first.
    refusals: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Reads it."""

    store: Store
    clock: Callable[[], int]

    async def page(self, server: int, number: int = 0) -> Page:
        """Return a page of a server's overview."""
        now, quotas = self.clock(), self.store.quotas
        settings = dict(await quotas.settings(server))
        found = settings.get(Target.of_server(server, Kind.POLICY))
        policy = found if isinstance(found, Policy) else Policy()
        month = period(Window.MONTH, now, policy.zone)
        today = period(Window.DAY, now, policy.zone)
        members = await quotas.members(server, month, most=PAGE + 1, skip=number * PAGE)
        return Page(
            number=number,
            members=members[:PAGE],
            has_more=len(members) > PAGE,
            month=await quotas.used_in(server, month),
            today=await quotas.used_in(server, today),
            capped=await quotas.used_in(server, cap_period(policy, now)),
            policy=policy,
            blocked=tuple(
                target.id
                for target, setting in settings.items()
                if isinstance(setting, Block) and not is_over(setting, now)
            ),
            refusals=await self.store.drafts.refusals(server, since=today.since),
        )
