"""Reading and changing quotas."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain import quota
from bot.domain.quota import Allowance, Limits, Rule
from bot.domain.requester import Requester
from bot.refusals import Blocked
from bot.store.facts import PAUSED
from bot.store.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Change:
    """An admin's change: the rule that applied before, and the allowance now."""

    was: Rule
    now: Allowance


@dataclass(frozen=True, slots=True)
class Quota:
    """The quotas of members, and the operator's pause."""

    store: Store
    limits: Limits
    clock: Callable[[], int]
    #: Wakes the worker.
    nudge: Callable[[], None]

    async def allowance(self, requester: Requester) -> Allowance:
        """Return a user's quota, and what they have used of it today."""
        now = self.clock()
        usage = await self.store.quotas.usage(requester, day=quota.day_of(now))
        return quota.allowance(usage, self.limits, now)

    async def check_unblocked(self, requester: Requester) -> None:
        """Refuse users whom the server's admins have blocked.

        Raises:
            Blocked: this user is.
        """
        if (await self.allowance(requester)).blocked:
            raise Blocked

    async def set(self, requester: Requester, images: int | None, *, actor: int) -> Change:
        """Set a user's images a day; ``None``: no limit."""
        now = self.clock()
        was = (await self.allowance(requester)).rule
        await self.store.quotas.set_rule(requester, images, actor=actor, now=now)
        log.info("quota set", whose=requester, images=images, actor=actor)
        return Change(was, await self.allowance(requester))

    async def clear(self, requester: Requester, *, actor: int) -> Change:
        """Remove a user's own rule, so that the server's or the default applies."""
        was = (await self.allowance(requester)).rule
        await self.store.quotas.clear_rule(requester)
        log.info("quota cleared", whose=requester, actor=actor)
        return Change(was, await self.allowance(requester))

    async def block(self, requester: Requester, *, actor: int) -> None:
        """Block a user in this server; their waiting tasks are cancelled."""
        await self.store.quotas.block(requester, actor=actor, now=self.clock())
        log.info("user blocked", whose=requester, actor=actor)
        self.nudge()

    async def unblock(self, requester: Requester, *, actor: int) -> bool:
        """Remove a block; ``False``: there was none."""
        lifted = await self.store.quotas.unblock(requester)
        log.info("user unblocked", whose=requester, actor=actor)
        return lifted

    async def pause(self, *, actor: int) -> None:
        """Stop accepting and submitting tasks, in all servers."""
        await self.store.facts.put(PAUSED, {"by": actor, "at": self.clock()})
        log.warning("paused by the operator", actor=actor)

    async def resume(self, *, actor: int) -> None:
        """End the pause."""
        await self.store.facts.remove(PAUSED)
        log.warning("resumed by the operator", actor=actor)
        self.nudge()
