"""What the operator sees and decides, for all servers."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.domain.ids import NOBODY, InteractionId, ServerId
from bot.domain.operator import PAGE, CapsUsed, Credits
from bot.domain.quota import Drawn, day_of
from bot.domain.quota_change import EVERYWHERE, By, Change, Kind
from bot.domain.quota_settings import Limits, OperatorRules, Setting
from bot.domain.requester import Requester
from bot.domain.window import Period, Window, period
from bot.services.shared.ports import Account
from bot.store.facts import OPERATOR
from bot.store.settings_codec import operator_rules_of
from bot.store.store import Store

log = structlog.get_logger()

#: Anybody's usage includes the totals over all servers.
_NOBODY = Requester(None, NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Callers check first that it is the operator who asks."""

    store: Store
    account: Account
    limits: Limits
    clock: Callable[[], int]
    #: Wakes the worker.
    nudge: Callable[[], None]

    async def caps(self) -> CapsUsed:
        """Return the caps over all servers, and what is used of them."""
        now = self.clock()
        month = period(Window.MONTH, now, "UTC")
        usage = await self.store.quotas.usage(_NOBODY, now=now)
        before = await self.store.quotas.drawn_in(Period(month.since, day_of(now)))
        return CapsUsed(
            caps=usage.operator_rules,
            day_cap=usage.operator_rules.total(self.limits),
            today=Drawn(usage.used_total, usage.used_credits),
            month=Drawn(before.images + usage.used_total, before.credits + usage.used_credits),
        )

    async def change(self, by: By, **changes: object) -> Change:
        """Change what is set; names and values as in ``OperatorRules``.

        Waiting tasks are drawn even over a cap; while paused, nothing is accepted or submitted.

        Raises:
            NumberOutOfRange: a number is out of bounds.
        """

        def revised(before: Setting | None) -> Setting:
            assert isinstance(before, OperatorRules)
            return replace(before, **changes).checked()

        return self._changed(await self.store.quota_settings.revise(EVERYWHERE, revised, by))

    async def undo(self, change_id: InteractionId, by: By) -> Change:
        """Undo a change.

        Raises:
            ChangedSince: it was changed again, or undone already.
        """
        undone = await self.store.quota_settings.undo(change_id, EVERYWHERE.server, by)
        return self._changed(undone)

    async def left(self, server: ServerId, by: By) -> None:
        """Note that the bot was told to leave a server."""
        target = replace(EVERYWHERE, kind=Kind.LEFT, id=server)
        await self.store.quota_changes.note(target, by)
        log.warning("left a server", server=server, actor=by.actor)

    async def credits(self) -> Credits:
        """Return the credits that are left.

        Raises:
            EvolinkError: it can't be read.
        """
        left = await self.account.credits()
        rules = operator_rules_of(await self.store.facts.get(OPERATOR))
        return Credits(left=left, warn_below=rules.warn_below or None)

    async def servers(self, page: int) -> tuple[tuple[tuple[ServerId, int], ...], bool]:
        """Return servers and images drawn for them this month (UTC), and whether there are more."""
        month = period(Window.MONTH, self.clock(), "UTC")
        found = await self.store.quotas.servers(month, most=PAGE + 1, skip=page * PAGE)
        return found[:PAGE], len(found) > PAGE

    def _changed(self, change: Change) -> Change:
        self.store.facts.forget()
        log.warning("changed by the operator", after=change.after, actor=change.by.actor)
        self.nudge()
        return change
