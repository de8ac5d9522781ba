"""Accepting a task into the queue."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain import pixel_budget, quota
from bot.domain.durations import Durations
from bot.domain.quota import Limits
from bot.domain.reference import reason_of
from bot.domain.task import NewTask, Reason, Task
from bot.errors import BadReference, FetchFailed, Stale, StoreUnavailable
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.estimates import Estimates
from bot.services.shared.references import References
from bot.store.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The way of a task into the queue."""

    store: Store
    references: References
    cards: CardUpdates
    estimates: Estimates
    limits: Limits
    durations: Durations
    clock: Callable[[], int]
    #: Who holds a task between its row and its card: this process.
    owner: str
    #: Tells the worker that something is due.
    nudge: Callable[[], None]

    async def accept(self, new: NewTask) -> Task | None:
        """Reserve the quota and write the task, in one transaction.

        ``None``: the interaction is replayed, and whoever had it first answers it.

        Raises:
            Refusal: a quota, a cap, a pause or the pixels of the user's pictures are in the way;
                nothing was written.
        """
        estimate = await self.estimates.get(new.request)
        now = self.clock()
        async with self.store.quotas.reserving(new.guild_id, new.user_id) as book:
            known = await book.existing(new.interaction_id)
            if known is not None:
                log.info("a replayed interaction", task=known.id)
                return None
            usage = await book.usage(day=quota.day_of(now))
            quota.check(new.request.count, new.guild_id, usage, self.limits, now)
            spent = await book.pixels(since=now - pixel_budget.WINDOW, now=now)
            pixel_budget.check(new.request.references, spent)
            return await book.insert(
                new,
                now=now,
                owner=self.owner,
                wake_at=now + self.durations.lease,
                estimate=estimate,
            )

    async def shown(self, task: Task, card_id: int) -> None:
        """Count the task as accepted: its card is there. Fetch its references and queue it.

        Whatever goes wrong, the card stands and the task is drawn: whoever asked must not read that
        it failed, or they ask again and pay twice. The worker confirms the card once our lease has
        run out.
        """
        try:
            await self._shown(task, card_id)
        except StoreUnavailable as error:
            log.warning("a card could not be noted", task=task.id, error=repr(error))
        except Exception:
            log.exception("a card could not be noted", task=task.id)

    async def _shown(self, task: Task, card_id: int) -> None:
        await self.store.tasks.record_card(task.id, card_id, now=self.clock())
        try:
            await self.references.fetch_ahead(task)
        except BadReference as error:
            await self._save(task.failed(self.clock(), reason_of(error)), "failed")
            return
        except FetchFailed as error:
            # The worker tries again once the task's turn has come.
            log.info("a reference could not be fetched yet", task=task.id, error=repr(error))
        await self._save(task.waiting(self.clock(), failures=0), "queued")
        self.cards.changed(task.id)

    async def refused(self, task: Task) -> None:
        """Give everything back: Discord surely did not take the card, and whoever asked is told.

        Closed at once: its last word would go over what they are told.
        """
        ended = task.cancelled(self.clock(), Reason.NEVER_SHOWN)
        await self._save(ended.closed(), "cancelled")

    async def not_shown(self, task: Task) -> None:
        """Have the card looked up: whether Discord took the answer is not known."""
        await self._save(task.waiting(self.clock(), failures=0), "unshown")

    async def _save(self, task: Task, kind: str) -> None:
        try:
            await self.store.tasks.save(task, kind, now=self.clock())
        except Stale:
            # Our lease ran out while we fetched, and the worker went on with the task.
            log.info("the worker was faster", task=task.id)
        except StoreUnavailable as error:
            # It runs out, and the worker looks for the card.
            log.warning("a task could not be written", task=task.id, error=repr(error))
        self.nudge()
