"""Writes a task's transitions, and has its card follow."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

from bot.domain.durations import Durations
from bot.domain.ids import MessageId
from bot.domain.result import Post, Result
from bot.domain.task import Task, copied
from bot.measures import Measures
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.durable_writes import DurableWrites
from bot.services.work.held_tasks import NextStep
from bot.services.work.wakeup import Wakeup
from bot.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Transitions:
    """The only way in which steps write a task.

    Its methods raise ``Stale`` where the row has changed since the task was read, and
    ``StoreUnavailable`` where the database cannot be used.
    """

    store: Store
    cards: CardUpdates
    durable: DurableWrites
    wakeup: Wakeup
    measures: Measures
    durations: Durations
    clock: Callable[[], int]
    #: This process, as the one that holds a task.
    owner: str

    async def save(  # noqa: PLR0913 - one write, and all that is committed with it
        self,
        task: Task,
        event: str,
        *,
        detail: str = "",
        posted: Post | None = None,
        planned: Sequence[Post] = (),
        results: Sequence[Result] = (),
        card: MessageId | None = None,
    ) -> Task:
        """Write a transition together with its event; return the task as it is now stored.

        Whether a page was posted can't be asked again, so that is retried until it is written.
        """

        def write() -> Awaitable[Task]:
            return self.store.tasks.save(
                task,
                event,
                now=self.clock(),
                detail=detail,
                posted=posted,
                planned=planned,
                results=results,
                card=card,
            )

        is_outcome = posted is not None and (posted.message_id or posted.intent_at is None)
        is_given_back = task.owner is None
        async with self.cards.giving_back(task.id) if is_given_back else nullcontext():
            task = self.cards.kept_until_arrival(task) if is_given_back else task
            saved = await (self.durable.until_written(write) if is_outcome else write())
        self.measures.saved(saved, event)
        self.cards.changed(saved)
        if saved.owner is None and saved.wake_at is not None:
            self.wakeup.no_later_than(saved.wake_at)
        return saved

    async def hold(
        self,
        task: Task,
        event: str,
        *,
        posted: Post | None = None,
        planned: Sequence[Post] = (),
        results: Sequence[Result] = (),
    ) -> Task:
        """Write a transition and renew the lease; a process that lost the task learns it here."""
        leased = copied(task, owner=self.owner, wake_at=self.clock() + self.durations.lease)
        return await self.save(leased, event, posted=posted, planned=planned, results=results)

    async def go_on(
        self,
        task: Task,
        event: str,
        *,
        posted: Post | None = None,
        results: Sequence[Result] = (),
    ) -> NextStep:
        """Write a transition and hold the task, whose next step is due now."""
        held = await self.hold(task, event, posted=posted, results=results)
        return NextStep(held, self.clock())

    def refresh_card(self, task: Task) -> None:
        """Have the card follow what somebody else has written, such as a claim."""
        self.cards.changed(task)

    async def save_post(self, post: Post) -> None:
        """Write where a page was posted, retrying until it is written."""
        await self.durable.until_written(partial(self.store.posts.save, [post]))
