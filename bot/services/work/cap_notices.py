"""Tells a server's admins how much of their own cap is used."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from bot.domain.ids import ChannelId, ServerId
from bot.domain.quota import cap_period
from bot.domain.quota_settings import Policy
from bot.services.shared.ports import Channels
from bot.services.work.duties import keep_up
from bot.store.store import Store
from bot.ui.quota import cap_notice
from bot.ui.texts import texts

log = structlog.get_logger()

#: Seconds between two rounds.
EVERY = 60
#: Percent of a cap at which a notice is sent.
LEVELS = (75, 90, 100)
#: Percent below which a rolling window counts as emptied, so that notices start again.
EMPTIED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CapNotices:
    """Looks at every server with a cap and a channel for notices.

    A notice is recorded only after it arrived, so a process that dies in between sends it twice
    rather than never.
    """

    store: Store
    chat: Channels
    clock: Callable[[], int]

    async def run(self) -> None:
        """Look every ``EVERY`` seconds until cancelled."""
        await keep_up("cap notices", self.run_once, self.store, every=EVERY)

    async def run_once(self) -> None:
        """Send the notices that are due."""
        for server, policy in await self.store.quota_settings.policies():
            if policy.cap is not None and policy.notices is not None:
                try:
                    await self._check(server, policy, policy.cap, policy.notices)
                except Exception:  # one server must not hold up the others
                    log.exception("a cap could not be looked at", server=server)

    async def _check(self, server: ServerId, policy: Policy, cap: int, channel: ChannelId) -> None:
        when = cap_period(policy, self.clock())
        used = await self.store.quotas.used_in(server, when)
        # A rolling window never starts over.
        since = 0 if policy.cap_window.is_rolling else when.since
        key = f"cap:{server}"
        noted: dict[str, Any] = await self.store.facts.get(key) or {}
        is_same = noted.get("since") == since and noted.get("cap") == cap
        noted_level = noted.get("level", 0) if is_same else 0
        percent = 100 * used // cap
        if policy.cap_window.is_rolling and percent < EMPTIED:
            noted_level = 0
        level = max((each for each in LEVELS if each <= percent), default=0)
        if level > noted_level:
            t = texts(policy.locale)
            text = cap_notice(used, policy, t, resets_at=when.until)
            if await self.chat.tell(channel, text):
                noted_level = level
        after: dict[str, Any] = {"since": since, "cap": cap, "level": noted_level}
        if after != noted:
            await self.store.facts.put(key, after)
