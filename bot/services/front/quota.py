"""Looking at quotas, and setting them."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain import quota
from bot.domain.quota import Allowance, Limits, Rule
from bot.errors import Blocked
from bot.services.shared.pauses import PAUSED
from bot.store.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Change:
    """What an admin has changed: the rule that counted before, and where somebody stands now."""

    was: Rule
    now: Allowance


@dataclass(frozen=True, slots=True)
class Quota:
    """Rules of one person in one server, and the operator's pause."""

    store: Store
    limits: Limits
    clock: Callable[[], int]
    #: Tells the worker that something is due.
    nudge: Callable[[], None]

    async def allowance(self, guild_id: int, user_id: int) -> Allowance:
        """Say where somebody stands today."""
        now = self.clock()
        usage = await self.store.quotas.usage(guild_id, user_id, day=quota.day_of(now))
        return quota.allowance(usage, self.limits, now)

    async def check_unblocked(self, guild_id: int, user_id: int) -> None:
        """Let nobody have the bot post whom this server's admins have blocked.

        Raises:
            Blocked: they have.
        """
        if (await self.allowance(guild_id, user_id)).blocked:
            raise Blocked

    async def set(self, guild_id: int, user_id: int, images: int | None, *, actor: int) -> Change:
        """Give somebody so many images a day; ``None``: without limit."""
        now = self.clock()
        was = (await self.allowance(guild_id, user_id)).rule
        await self.store.quotas.set_rule(guild_id, user_id, images, actor=actor, now=now)
        log.info("quota set", guild=guild_id, user=user_id, images=images, actor=actor)
        return Change(was, await self.allowance(guild_id, user_id))

    async def clear(self, guild_id: int, user_id: int, *, actor: int) -> Change:
        """Take somebody's own rule away; the server's or the default counts again."""
        was = (await self.allowance(guild_id, user_id)).rule
        await self.store.quotas.clear_rule(guild_id, user_id)
        log.info("quota cleared", guild=guild_id, user=user_id, actor=actor)
        return Change(was, await self.allowance(guild_id, user_id))

    async def block(self, guild_id: int, user_id: int, *, actor: int) -> None:
        """Let somebody draw nothing in this server; what they have waiting is cancelled."""
        await self.store.quotas.block(guild_id, user_id, actor=actor, now=self.clock())
        log.info("user blocked", guild=guild_id, user=user_id, actor=actor)
        self.nudge()

    async def unblock(self, guild_id: int, user_id: int, *, actor: int) -> bool:
        """Lift a block; ``False``: there was none."""
        lifted = await self.store.quotas.unblock(guild_id, user_id)
        log.info("user unblocked", guild=guild_id, user=user_id, actor=actor)
        return lifted

    async def pause(self, *, actor: int) -> None:
        """Take no new tasks and submit none, in any server."""
        await self.store.facts.put(PAUSED, {"by": actor, "at": self.clock()})
        log.warning("paused by the operator", actor=actor)

    async def resume(self, *, actor: int) -> None:
        """Go on."""
        await self.store.facts.remove(PAUSED)
        log.warning("resumed by the operator", actor=actor)
        self.nudge()
