"""Reading and changing quotas."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain import quota
from bot.domain.quota import Allowance, Limits, Rule
from bot.errors import Blocked
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

    async def allowance(self, guild_id: int, user_id: int) -> Allowance:
        """Return a user's quota, and what they have used of it today."""
        now = self.clock()
        usage = await self.store.quotas.usage(guild_id, user_id, day=quota.day_of(now))
        return quota.allowance(usage, self.limits, now)

    async def check_unblocked(self, guild_id: int, user_id: int) -> None:
        """Refuse users whom the server's admins have blocked.

        Raises:
            Blocked: this user is.
        """
        if (await self.allowance(guild_id, user_id)).blocked:
            raise Blocked

    async def set(self, guild_id: int, user_id: int, images: int | None, *, actor: int) -> Change:
        """Set a user's images a day; ``None``: no limit."""
        now = self.clock()
        was = (await self.allowance(guild_id, user_id)).rule
        await self.store.quotas.set_rule(guild_id, user_id, images, actor=actor, now=now)
        log.info("quota set", guild=guild_id, user=user_id, images=images, actor=actor)
        return Change(was, await self.allowance(guild_id, user_id))

    async def clear(self, guild_id: int, user_id: int, *, actor: int) -> Change:
        """Remove a user's own rule, so that the server's or the default applies."""
        was = (await self.allowance(guild_id, user_id)).rule
        await self.store.quotas.clear_rule(guild_id, user_id)
        log.info("quota cleared", guild=guild_id, user=user_id, actor=actor)
        return Change(was, await self.allowance(guild_id, user_id))

    async def block(self, guild_id: int, user_id: int, *, actor: int) -> None:
        """Block a user in this server; their waiting tasks are cancelled."""
        await self.store.quotas.block(guild_id, user_id, actor=actor, now=self.clock())
        log.info("user blocked", guild=guild_id, user=user_id, actor=actor)
        self.nudge()

    async def unblock(self, guild_id: int, user_id: int, *, actor: int) -> bool:
        """Remove a block; ``False``: there was none."""
        lifted = await self.store.quotas.unblock(guild_id, user_id)
        log.info("user unblocked", guild=guild_id, user=user_id, actor=actor)
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
