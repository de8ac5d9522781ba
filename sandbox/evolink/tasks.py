"""The life of a task at the stand-in: held, drawn, settled; one sleeping coroutine each."""

import asyncio
import re
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.evolink.behaviour import Behaviour
from sandbox.evolink.books import Books, State, Submission
from sandbox.evolink.callbacks import Callbacks
from sandbox.evolink.orders import MAX_IMAGES, MODEL, Order
from sandbox.evolink.references import Unusable, fetch_all
from sandbox.evolink.results import Results
from sandbox.evolink.wording import TASK_ERRORS, Refused, insufficient_quota

_NUMBERS = {
    word: number
    for number, words in enumerate(
        "one 一 / two 二 两 / three 三 / four 四 / five 五 / six 六 / seven 七 / eight 八 / nine 九 / "
        "ten 十 / eleven 十一 / twelve 十二 / thirteen 十三 / fourteen 十四 / fifteen 十五".split(
            "/"
        ),
        start=1,
    )
    for word in words.split()
}
_NUMBER = r"(\d+|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_IMAGES = r"(?:images?|pictures?|photos?|variations?|versions?|illustrations?)"
#: 生成2张不同的图片 (Evolink's own example), "generate 4 different images", "3 different pictures".
_ASKS = (
    re.compile(rf"生成\s*{_NUMBER}\s*[张幅]"),
    re.compile(
        rf"\b(?:generate|create|draw|make|produce)\s+{_NUMBER}\s+(?:\w+\s+){{0,3}}?{_IMAGES}\b"
    ),
    re.compile(rf"\b{_NUMBER}\s+different\s+(?:\w+\s+){{0,2}}?{_IMAGES}\b"),
)


def images_asked(prompt: str, n: int, references: int = 0) -> int:
    """Return how many images the model makes: what the prompt asks for, ``n`` at most; else one.

    Evolink's page: n is only an upper bound, several images must be asked for in the prompt too,
    and references and images together are 15 at most.
    """
    for ask in _ASKS:
        if found := ask.search(prompt.lower()):
            asked = _NUMBERS.get(found[1]) or int(found[1])
            return max(1, min(asked, n, MAX_IMAGES - references))
    return 1


@dataclass
class Account:
    """Credits: what is left, after what is held for tasks that run."""

    left: float
    used: float = 0.0

    def hold(self, credits_held: float) -> None:
        """Set credits aside. Raises ``Refused`` (402) when there aren't enough."""
        if credits_held > self.left:
            raise insufficient_quota()
        self.left -= credits_held

    def settle(self, held: float, charged: float) -> None:
        """Give back what was held and not charged."""
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
        """Take an order, or find the task that its key has made already.

        Returns:
            The task, and whether it is a replay.

        Raises:
            Refused: 402 without credits for ``n`` images; 400 when the prompt is moderated at
                submission, or when the key comes with another payload (undocumented; strict, since
                a key that is used for two tasks is a mistake).
        """
        known = self._by_key.get(key) if key and self.behaviour.honours_idempotency else None
        if known is not None:
            if known.payload != payload:
                raise Refused(400, "idempotency_key_reused", "Idempotency key was used otherwise")
            known.replays += 1
            return known, True
        moderated = self._moderated(order.prompt)
        if moderated and self.behaviour.moderate_at_submit:
            raise Refused(400, "content_filter", TASK_ERRORS["content_policy_violation"])
        held = round(order.n * self.behaviour.credits_per_image, 4)
        self.account.hold(held)
        task = self._accepted(order, payload, key, held)
        failure = "content_policy_violation" if moderated else self._next_failure()
        self._start(self._work(task, order, failure), task.id)
        return task, False

    def find(self, task_id: str) -> Submission | None:
        """Return the task, if there is one."""
        return self._by_id.get(task_id)

    def cancel(self, task_id: str) -> None:
        """End a running task as Evolink's staff can: refunded, ``cancelled``, called back."""
        task = self._by_id[task_id]
        if task.ended:
            return
        for work in [work for work, of in self._background.items() if of == task_id]:
            work.cancel()
        self._end(task, "cancelled", error="request_cancelled")
        self._start(self._call_back(task), task_id)

    async def close(self) -> None:
        """Stop all work where it is."""
        running = list(self._background)
        for work in running:
            work.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _accepted(
        self, order: Order, payload: Mapping[str, object], key: str | None, held: float
    ) -> Submission:
        now = self.clock.now()
        made = self._images(order)
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

    async def _work(self, task: Submission, order: Order, failure: str | None) -> None:
        made = self._images(order)
        await self._until(task.starts_at)
        task.state = "processing"
        try:
            task.references.extend(await fetch_all(order.image_urls))
        except Unusable as unusable:
            failure = failure or unusable.code
        await self._until(task.due_at)
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
        # What was held is all that can be charged, even where more images were made.
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


def submitted_body(task: Submission, behaviour: Behaviour) -> dict[str, object]:
    """Return the answer to a submission."""
    return {
        "created": int(task.created_at),
        "id": task.id,
        "model": MODEL,
        "object": "image.generation.task",
        "progress": 0,
        "status": "pending",
        "task_info": _task_info(behaviour, can_cancel=True),
        "type": "image",
        "usage": {
            "billing_rule": "per_call",
            "credits_reserved": task.credits_reserved,
            "user_group": "default",
        },
    }


def task_body(task: Submission, behaviour: Behaviour, clock: Clock) -> dict[str, object]:
    """Return the task as a read or a callback shows it."""
    body: dict[str, object] = {
        "created": int(task.created_at),
        "id": task.id,
        "model": MODEL,
        "object": "image.generation.task",
        "progress": _progress(task, behaviour, clock.now()),
        "status": task.state,
        "task_info": _task_info(behaviour, can_cancel=task.state == "pending"),
        "type": "image",
    }
    if task.state == "completed":
        body |= _RESULTS[behaviour.result_shape](task.links)
        body["usage"] = {"billing_rule": "per_call", "credits_used": task.credits_charged}
    if task.error_code is not None:
        code = task.error_code
        message = TASK_ERRORS.get(code, "The task failed.")
        body["error"] = {"code": code, "message": message, "type": "task_error"}
    return body


#: The three homes of results that were seen.
_RESULTS: Mapping[str, Callable[[list[str]], dict[str, object]]] = {
    "strings": lambda links: {"results": list(links)},
    "objects": lambda links: {"results": [{"url": link} for link in links]},
    "result_data": lambda links: {"result_data": [{"image_url": link} for link in links]},
}


def _task_info(behaviour: Behaviour, *, can_cancel: bool) -> dict[str, object]:
    info: dict[str, object] = {"can_cancel": can_cancel}
    if behaviour.estimated_time is not None:
        info["estimated_time"] = behaviour.estimated_time
    return info


def _progress(task: Submission, behaviour: Behaviour, now: float) -> int:
    if task.ended:
        return 100
    if task.state == "pending" or not behaviour.progress_moves:
        return 0
    whole = task.due_at - task.starts_at
    return min(99, int(100 * (now - task.starts_at) / whole)) if whole > 0 else 99
