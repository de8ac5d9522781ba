"""Tells a server's admins, in a channel of their choice, what one of them has changed."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.ids import ServerId
from bot.domain.quota_change import Change
from bot.services.shared.ports import Channels
from bot.services.work.duties import keep_up
from bot.store.store import Store
from bot.ui.quota_changes import change_told
from bot.ui.texts import texts

log = structlog.get_logger()

#: Seconds between two rounds.
EVERY = 5
#: Milliseconds after which a change that couldn't be reported is given up.
NEWS = 24 * 60 * 60 * 1000
#: Changes read at a time.
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeNotices:
    """Reports every change that the log marks as not yet told, for up to a day.

    The mark goes only after the message arrived, so a process that dies in between tells it twice
    rather than never.
    """

    store: Store
    chat: Channels
    clock: Callable[[], int]

    async def run(self) -> None:
        """Look every ``EVERY`` seconds until cancelled."""
        await keep_up("change notices", self.run_once, self.store, every=EVERY, is_due=self._is_due)

    async def run_once(self) -> None:
        """Report what is still to be told; a server that can't be reached holds up no other."""
        failing = set[ServerId]()
        while changes := await self.store.quota_changes.untold(but=failing, limit=MOST):
            for change in changes:
                server = change.target.server
                if server in failing:
                    continue
                if await self._tell(change):
                    await self.store.quota_changes.told(change.by.id)
                else:
                    failing.add(server)

    async def _is_due(self) -> bool:
        return bool(await self.store.quota_changes.untold(but=(), limit=1))

    async def _tell(self, change: Change) -> bool:
        """Report a change; return whether to remove its mark."""
        server = change.target.server
        if self.clock() - change.by.at > NEWS:
            return True
        try:
            policy = await self.store.quota_settings.policy(server)
        except Exception:  # one server must not hold up the others
            log.exception("a change could not be told", server=server)
            return False
        if policy.log is None:
            return True
        return await self.chat.tell(policy.log, change_told(change, texts(policy.locale)))
