"""The life of a task, from held credits to settled ones: one sleeping coroutine each."""

import asyncio
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.evolink.behaviour import Behaviour
from sandbox.evolink.bodies import task_body
from sandbox.evolink.books import Books, State, Submission
from sandbox.evolink.callbacks import Callbacks
from sandbox.evolink.counting import images_asked
from sandbox.evolink.orders import Order
from sandbox.evolink.references import Unusable, fetch_all
from sandbox.evolink.results import Results
from sandbox.evolink.wording import TASK_ERRORS, Refused, insufficient_quota


@dataclass
class Account:
    """The account's credits, less those held for running tasks."""

    left: float
    used: float = 0.0

    def hold(self, credits_held: float) -> None:
        """Set credits aside. Raises ``Refused`` (402) when there aren't enough."""
        if credits_held > self.left:
            raise insufficient_quota()
        self.left -= credits_held

    def settle(self, held: float, charged: float) -> None:
        """Return what was held but not charged."""
        self.left += held - charged
        self.used += charged


@dataclass
class Tasks:
    """All tasks, by id."""

    clock: Clock
    behaviour: Behaviour
    books: Books
    account: Account
    results: Results
    callbacks: Callbacks

    def __post_init__(self) -> None:
        self._by_id: dict[str, Submission] = {}
        self._by_key: dict[str, Submission] = {}
        self._orders: dict[str, Order] = {}
        self._background: dict[asyncio.Task[None], str] = {}

    def submit(
        self, order: Order, payload: Mapping[str, object], key: str | None
    ) -> tuple[Submission, bool]:
        """Accept an order, or find the task that its idempotency key already made.

        Returns:
            The task, and whether it is a replay.

        Raises:
            Refused: 402 without credits for ``n`` images; 400 when the prompt is moderated at
                submission; 409 when the key comes with another payload.
        """
        known = self._by_key.get(key) if key and self.behaviour.honours_idempotency else None
        if known is not None:
            if known.payload != payload:
                raise Refused(409, "idempotency_conflict", "Idempotency key was used otherwise")
            known.replays += 1
            return known, True
        moderated = self._moderated(order.prompt)
        if moderated and self.behaviour.moderate_at_submit:
            raise Refused(400, "content_filter", TASK_ERRORS["content_policy_violation"])
        held = round(order.n * self.behaviour.credits_per_image, 4)
        self.account.hold(held)
        made = self._images(order)
        task = self._accepted(order, payload, key, held, made)
        failure = "content_policy_violation" if moderated else self._next_failure()
        self._start(self._work(task, order, made, failure), task.id)
        return task, False

    def find(self, task_id: str) -> Submission | None:
        """Return the task, if there is one."""
        return self._by_id.get(task_id)

    def newest(self) -> list[Submission]:
        """Return every task, the newest first."""
        return list(reversed(self._by_id.values()))

    def cancel(self, task_id: str) -> None:
        """End a running task as ``cancelled``, as Evolink's staff can, with refund and callback."""
        task = self._by_id[task_id]
        if task.ended:
            return
        for work in [work for work, of in self._background.items() if of == task_id]:
            work.cancel()
        self._end(task, "cancelled", error="request_cancelled")
        self._start(self._call_back(task), task_id)

    async def close(self) -> None:
        """Stop all work at once."""
        running = list(self._background)
        for work in running:
            work.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _accepted(
        self, order: Order, payload: Mapping[str, object], key: str | None, held: float, made: int
    ) -> Submission:
        now = self.clock.now()
        drawing = self.behaviour.drawing_seconds
        drawing += self.behaviour.seconds_per_extra_image * max(0, made - 1)
        pending = min(self.behaviour.pending_seconds, drawing)
        task = Submission(
            id=f"task-unified-{int(now)}-{secrets.token_hex(4)}",
            prompt=order.prompt,
            payload=payload,
            idempotency_key=key,
            n=order.n,
            credits_reserved=held,
            created_at=now,
            starts_at=now + self.clock.lasting(pending),
            due_at=now + self.clock.lasting(drawing),
        )
        self.books.submissions.append(task)
        self._by_id[task.id] = task
        self._orders[task.id] = order
        if key:
            self._by_key.setdefault(key, task)
        return task

    def _images(self, order: Order) -> int:
        if self.behaviour.images_made is not None:
            return self.behaviour.images_made
        return images_asked(order.prompt, order.n, len(order.image_urls))

    def _moderated(self, prompt: str) -> bool:
        return any(word.lower() in prompt.lower() for word in self.behaviour.moderate_words)

    def _next_failure(self) -> str | None:
        return self.behaviour.next_failures.pop(0) if self.behaviour.next_failures else None

    def _start(self, work: Coroutine[None, None, None], task_id: str) -> None:
        running = asyncio.create_task(work)
        self._background[running] = task_id
        running.add_done_callback(self._background.pop)

    async def _work(self, task: Submission, order: Order, made: int, failure: str | None) -> None:
        await self._until(task.starts_at)
        task.state = "processing"
        try:
            task.references.extend(await fetch_all(order.image_urls))
        except Unusable as unusable:
            failure = failure or unusable.code
        await self._until(task.due_at)
        while self.behaviour.unfinished:  # noqa: ASYNC110 - switched by assigning
            await asyncio.sleep(0.02)
        if failure is not None:
            self._end(task, "failed", error=failure)
        else:
            task.links.extend(self.results.publish(task, order, made))
            self._end(task, "completed", made=made)
        await self._call_back(task)

    async def _until(self, moment: float) -> None:
        await asyncio.sleep(moment - self.clock.now())

    def _end(
        self, task: Submission, state: State, *, made: int = 0, error: str | None = None
    ) -> None:
        # No more than what was held can be charged, even if more images were made.
        cost = round(made * self.behaviour.credits_per_image, 4)
        task.credits_charged = min(cost, task.credits_reserved)
        self.account.settle(task.credits_reserved, task.credits_charged)
        task.images_made = made
        task.error_code = error
        task.state = state
        task.ended_at = self.clock.now()

    async def _call_back(self, task: Submission) -> None:
        url = self._orders[task.id].callback_url
        if url is not None:
            await self.callbacks.send(task, url, task_body(task, self.behaviour, self.clock))
