"""Tells a server's admins, in a channel of their choice, what one of them has changed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.quota import Policy
from bot.domain.quota_change import Change, Kind, Target
from bot.services.shared.ports import Channels
from bot.store.store import Store
from bot.ui.quota_changes import change_told
from bot.ui.texts import texts

log = structlog.get_logger()

#: Seconds between two rounds.
EVERY = 5
#: Milliseconds for which a change may still be on its way into the database, after one that began
#: later: Discord waits 3 s for an answer.
SETTLED = 4_000
#: Milliseconds after which a change that couldn't be told is old news.
NEWS = 24 * 60 * 60 * 1000
#: Changes read at a time.
MOST = 50
#: The fact that holds the last change that was told.
TOLD = "changes_told"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeNotices:
    """Reads the log of changes from where it was left.

    What was told is noted after it arrived: a process that dies in between tells it twice rather
    than never.
    """

    store: Store
    chat: Channels
    clock: Callable[[], int]

    async def run(self) -> None:
        """Look every ``EVERY`` seconds until cancelled."""
        while True:
            try:
                if await self.store.peers.leads("change notices"):
                    await self.run_once()
            except Exception:  # a busy database must not end it
                log.exception("changes could not be told")
            await asyncio.sleep(EVERY)

    async def run_once(self) -> None:
        """Tell what was changed since the last time; the first time begins here."""
        quotas, facts = self.store.quotas, self.store.facts
        after = await facts.get(TOLD)
        if after is None:
            await facts.put(TOLD, await quotas.last_change())
            return
        settled = self.clock() - SETTLED
        for change in await quotas.changes_since(after, until=settled, limit=MOST):
            if not await self._tell(change):
                return
            await facts.put(TOLD, change.by.id)

    async def _tell(self, change: Change) -> bool:
        """Return whether it is done with."""
        server = change.target.server
        policy = await self.store.quotas.get(Target.of_server(server, Kind.POLICY))
        if not isinstance(policy, Policy) or policy.log is None:
            return True
        told = await self.chat.tell(policy.log, change_told(change, texts(policy.locale)))
        return told or self.clock() - change.by.at > NEWS
