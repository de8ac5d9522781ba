"""Accepting a task into the queue."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog

from bot.domain import pixel_budget, quota
from bot.domain.durations import Durations
from bot.domain.ids import ChannelId, MessageId
from bot.domain.quota_settings import Limits
from bot.domain.reference import reason_of
from bot.domain.state import Reason
from bot.domain.task import NewTask, Task
from bot.errors import FetchFailed, Stale, StoreUnavailable
from bot.measures import Measures
from bot.refusals import BadReference
from bot.services.front.servers import Servers
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.estimates import Estimates
from bot.services.shared.references import References
from bot.store.quotas import Reservation
from bot.store.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Takes a task from the request to the queue."""

    store: Store
    servers: Servers
    references: References
    cards: CardUpdates
    estimates: Estimates
    measures: Measures
    limits: Limits
    durations: Durations
    clock: Callable[[], int]
    #: This process. It holds the task's lease from the insert until the card is confirmed.
    owner: str
    #: Wakes the worker.
    nudge: Callable[[], None]

    async def accept(self, new: NewTask, places: Collection[ChannelId] = ()) -> Task | None:
        """Reserve the quota and insert the task, in one transaction.

        ``places``: the channel and, for a thread, its parent; empty: the channel.

        Returns ``None`` for a replayed interaction, which was accepted (and is answered) before.

        Raises:
            Refusal: a quota, a cap, a pause, the pixel budget or the server's settings forbid it;
                nothing was written.
        """
        if new.private:
            await self.servers.check_private(new.requester.server)
        estimate = await self.estimates.get(new.request)
        now = self.clock()

        def decide(book: Reservation) -> Task | None:
            if book.existing(new.interaction_id) is not None:
                return None
            usage = book.usage(now=now)
            usage.moderation.check(new.request.prompt)
            count, weight = new.request.count, usage.policy.weight(new.request)
            server = new.requester.server
            quota.check_place(usage.policy, places or {new.channel_id})
            stands = quota.check(count, server, usage, self.limits, now, weight=weight)
            spent = book.pixels(since=now - pixel_budget.WINDOW, now=now)
            pixel_budget.check(new.request.references, spent)
            return book.insert(
                new,
                now=now,
                owner=self.owner,
                wake_at=now + self.durations.lease,
                estimate=estimate,
                policy=usage.policy,
                granted=stands.beyond(count * weight),
                credits_expected=count * self.limits.image_credits,
                log_channel=usage.moderation.logged_in(private=new.private),
            )

        task = await self.store.quotas.reserve(new.requester, decide, now=now)
        if task is None:
            log.info("a replayed interaction", interaction=new.interaction_id)
        return task

    async def shown(self, task: Task, card_id: MessageId) -> None:
        """Confirm the card, fetch the references and queue the task.

        Never raises: the card is there and the task will be drawn, so an error shown now would make
        people ask again and pay twice. If this fails, the worker confirms the card once our lease
        has expired.
        """
        with structlog.contextvars.bound_contextvars(task=task.id):
            try:
                await self._shown(task, card_id)
            except StoreUnavailable as error:
                log.warning("a card could not be recorded", error=repr(error))
            except Exception:
                log.exception("a card could not be recorded")

    async def _shown(self, task: Task, card_id: MessageId) -> None:
        if not task.request.references:
            await self._queue(task, card=card_id)
            return
        await self.store.tasks.record_card(task.id, card_id, now=self.clock())
        try:
            await self.references.fetch_ahead(task)
        except BadReference as error:
            await self._save(task.failed(self.clock(), reason_of(error)), "failed")
            return
        except FetchFailed as error:
            # The worker tries again when it's the task's turn.
            log.info("a reference could not be fetched yet", task=task.id, error=repr(error))
        await self._queue(task)

    async def _queue(self, task: Task, *, card: MessageId | None = None) -> None:
        waiting = task.waiting(self.clock(), failures=0)
        await self._save(waiting, "waiting", card=card)
        self.cards.changed(waiting)

    async def refused(self, task: Task) -> None:
        """Cancel the task and release its quota: Discord refused the card, and the user knows.

        It is closed at once, so that no final edit replaces the refusal that the user reads.
        """
        ended = task.cancelled(self.clock(), Reason.NEVER_SHOWN)
        await self._save(ended.closed(), "cancelled")

    async def unconfirmed(self, task: Task) -> None:
        """Have the worker look for the card: nobody knows whether Discord took the answer."""
        await self._save(task.waiting(self.clock(), failures=0), "unshown")

    async def _save(self, task: Task, kind: str, *, card: MessageId | None = None) -> None:
        try:
            await self.store.tasks.save(task, kind, now=self.clock(), card=card)
            self.measures.saved(task, kind)
        except Stale:
            # Our lease expired while we fetched, and the worker took over.
            log.info("the worker was faster", task=task.id)
        except StoreUnavailable as error:
            # Once our lease has expired, the worker looks for the card.
            log.warning("a task could not be saved", task=task.id, error=repr(error))
        self.nudge()
