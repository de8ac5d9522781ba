"""One function a state: read the row, act, write once.

Every outside call may be the last thing this process does, so each step leaves a row from which the
next process knows what to do. Only the submission is not safe to repeat: its intent is committed
before it is sent, and a row that is found in ``submitting`` is never blindly sent again.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from bot.domain.durations import Durations
from bot.domain.queue import alone
from bot.domain.queue_status import Pause
from bot.domain.reference import reason_of
from bot.domain.result import Result
from bot.domain.state import UNPAID, Reason, State
from bot.domain.task import Task
from bot.errors import (
    AnsweredElsewhere,
    BadReference,
    EvolinkError,
    FetchFailed,
    ModelUnavailable,
    NotTaken,
    OutcomeUnknown,
    Rejected,
    UnusablePicture,
    Withheld,
)
from bot.evolink.client import Evolink
from bot.evolink.values import RemoteTask, Status
from bot.services.shared.alerts import Alerts
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.estimates import Estimates
from bot.services.shared.pauses import LONGEST, Pauses, kind_of
from bot.services.shared.ports import Chat
from bot.services.shared.references import References
from bot.services.work.admission import Admission
from bot.services.work.callbacks import Callbacks
from bot.services.work.delete_step import DeleteStep
from bot.services.work.delivery import Delivery
from bot.services.work.publish_step import PublishStep
from bot.store.store import Store

log = structlog.get_logger()

#: Tries in a row before a failure of the same kind ends the task (500 at submission, a reference).
TRIES = 3
#: Refusals of a task between which others were taken, before it is not the account's trouble but
#: its own; of a rate, which meets whoever comes at the wrong time, more.
ALONE, ALONE_OF_RATE = 3, 10
#: "Not found" in a row before a task that Evolink took counts as lost there, and its age by then: a
#: part of GIVE_UP_SECONDS, six hours by default.
LOST_AFTER, LOST_AGE = 10, 4
#: As many times "completed" without links, and its age by then: an hour by default.
LINKS_AGE = 24
#: The event of a refusal.
REFUSED = "refused"
#: The event of a try of which nobody knows what it drew.
DOUBTFUL = "doubtful"

#: States in which Evolink's id may become known.
_TO_FOLLOW = frozenset({*UNPAID, State.SUBMITTING})

_ELSEWHERE = (
    "Another process is running with this bot's token. It answered first, so this one drew "
    "nothing. Stop the other one, or give it its own token."
)
_AWAY = "Evolink can't be reached. Waiting tasks resume automatically."


@dataclass(frozen=True, slots=True)
class Steps:
    """What is done with a task that is due, by its state."""

    store: Store
    chat: Chat
    evolink: Evolink
    references: References
    delivery: Delivery
    public_posts: PublishStep
    delete_step: DeleteStep
    cards: CardUpdates
    pauses: Pauses
    admission: Admission
    alerts: Alerts
    durable: DurableWrites
    estimates: Estimates
    callbacks: Callbacks
    durations: Durations
    clock: Callable[[], int]
    #: Whether a submission may be repeated with the same key (EVOLINK_IDEMPOTENCY=trusted).
    keys_trusted: bool
    #: Steps with a paid request under way; a stop waits for these.
    paying: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])

    async def run(self, task: Task) -> None:
        """Take the step that is due.

        Raises:
            Stale: somebody else has the task by now.
            ChatUnavailable: Discord is failing; the step may be taken again later.
            StoreUnavailable: so is the database; nothing is lost that could not be asked again.
        """
        if task.remote_id is not None and task.state in _TO_FOLLOW:
            # Whatever else was heard of it. It may be drawn by now, and who told of it may have
            # been Evolink's only callback.
            await self._follow(task, None, wait=False)
            return
        match task.state:
            case State.QUEUED:
                await self._confirm(task)
            case State.PREPARING:
                await self._prepare(task)
            case State.SUBMITTING:
                await self._look_for_outcome(task)
            case State.RUNNING:
                await self._read(task)
            case State.READY:
                await self.delivery.deliver(task)
            case _ if task.deleting:
                await self.delete_step.run(task)
            case _ if task.publishing:
                await self.public_posts.run(task)
            case _:
                await self.delivery.close(task)

    async def _confirm(self, task: Task) -> None:
        """Find out whether the card of a queued task is there, or obey a cancellation."""
        if task.cancel_requested:
            # Its requester asked for that, or has been blocked.
            reason = await self.admission.reason_to_cancel(task)
            await self._save(task.cancelled(self.clock(), reason), "cancelled")
            return
        try:
            card_id = task.card_id or await self.chat.find_card(task)
        except AnsweredElsewhere:
            await self.alerts.warn("answered_elsewhere", _ELSEWHERE)
            # Closed at once: a last word would go over the other one's card.
            ended = task.cancelled(self.clock(), Reason.ANSWERED_ELSEWHERE)
            await self._save(ended.closed(), "cancelled")
            return
        if card_id is None:
            await self._save(task.cancelled(self.clock(), Reason.NEVER_SHOWN), "cancelled")
            return
        await self.store.tasks.record_card(task.id, card_id, now=self.clock())
        await self._save(task.waiting(self.clock(), failures=0), "shown")

    async def _prepare(self, task: Task) -> None:
        reason = await self.admission.reason_to_cancel(task)
        if task.cancel_requested or reason is not None:
            await self._save(task.cancelled(self.clock(), reason), "cancelled")
            return
        self.cards.changed(task.id)
        until = await self.pauses.until(task)
        if until is not None:
            again = task.requeued(until, failures=task.failures, reason=task.reason, same_key=True)
            await self._save(again, "queued")
            return
        links = await self._linked(task)
        if links is None:
            return
        if self.durable.is_behind:
            await self._wait_for_the_store(task)
            return
        # Pictures may have taken a while to fetch and to upload.
        if (reason := await self.admission.reason_to_cancel(task)) is not None:
            await self._save(task.cancelled(self.clock(), reason), "cancelled")
            return
        intent = replace(task.submitting(self.clock()), wake_at=self.clock() + self.durations.lease)
        # Whatever may fail comes before the intent: from there on the request leaves, or it is
        # not known whether it did.
        url = await self.callbacks.url(intent)
        with self._paying():
            await self._submit(await self._save(intent, "submitting"), links, url, before=task)

    async def _linked(self, task: Task) -> list[str] | None:
        """Return what Evolink is to read; ``None``: there is none now, and the row says why."""
        try:
            return await self._links(task)
        except BadReference as error:
            await self._save(task.failed(self.clock(), reason_of(error)), "failed")
        except UnusablePicture as error:
            log.warning("a reference is gone", task=task.id, error=repr(error))
            await self._save(task.failed(self.clock(), Reason.REFERENCE_GONE), "failed")
        except FetchFailed as error:
            await self._wait_out(task, Reason.REFERENCE_GONE, error)
        except Withheld as error:
            await self._hold_back(task, error)
        except Rejected as error:
            await self._try_again(task, Reason.SERVER_FAILED, error)
        except EvolinkError as error:
            await self._wait_out(task, Reason.SERVER_FAILED, error)
        return None

    async def _wait_for_the_store(self, task: Task) -> None:
        until = self.clock() + self.durations.retry
        await self._save(task.requeued(until, failures=task.failures, same_key=True), "queued")

    async def _links(self, task: Task) -> list[str]:
        """Return what Evolink is to read: the same as before where the same key is sent again."""
        again = task.intent_at is not None
        return await (self.references.links_again if again else self.references.links)(task)

    async def _submit(self, task: Task, links: list[str], url: str | None, *, before: Task) -> None:
        """Send what was never sent before: the intent of this attempt is committed.

        ``before``: the task as it stood then.
        """
        if task.cancel_requested or self.durable.is_behind:
            unsent = task.unsent(before)
            until = self.clock() + (0 if task.cancel_requested else self.durations.retry)
            again = unsent.requeued(until, failures=task.failures, same_key=True)
            await self.durable.until_written(partial(self._save, again, "queued"))
            return
        try:
            taken, estimate = await self._send(task, links, url)
        except OutcomeUnknown as error:
            log.warning("a submission has no answer", task=task.id, error=repr(error))
            await self._look_for_outcome(task)
        except EvolinkError as error:
            # What it says exists nowhere else: forgotten, it would be of unknown outcome.
            await self.durable.until_written(partial(self._refused, task, error, before))
        else:
            await self.pauses.end(task)
            await self._follow(taken, estimate)

    async def _refused(self, task: Task, error: EvolinkError, before: Task) -> None:
        """Follow what was said instead of an id."""
        # Where Evolink says so itself, or was not reached.
        undrawn = task.undrawn(before)
        match error:
            case Withheld():
                await self._hold_back(undrawn, error)
            case Rejected():
                log.info("evolink rejects", task=task.id, code=error.code, answer=error.message)
                await self._save(undrawn.failed(self.clock(), error.code), "failed")
            case NotTaken():
                await self._not_taken(undrawn, error)
            case _:
                await self._try_again(task, Reason.SERVER_FAILED, error, kind=DOUBTFUL)

    async def _not_taken(self, task: Task, error: NotTaken) -> None:
        log.info("evolink is not there", task=task.id, error=repr(error))
        wait = max(self.durations.backoff(task.failures), round(self.evolink.held * 1000))
        # What Evolink says before it charges anything may be answered from its key's memory.
        same_key = not isinstance(error, ModelUnavailable)
        await self._step_back(task, self.clock() + wait, same_key=same_key)
        if task.failures >= TRIES:
            await self.alerts.warn("evolink_away", _AWAY)

    async def _send(self, task: Task, links: list[str], url: str | None) -> tuple[Task, int | None]:
        """Submit while we hold the task; write the id down whatever became of that: it is paid.

        Returns the task with its id, and how long it may take in milliseconds.
        """
        assert task.wake_at is not None
        taken = await self.evolink.submit(
            task.request,
            links,
            key=task.idempotency_key,
            before=task.wake_at,
            callback_url=url,
        )
        log.info("taken", task=task.id, remote=taken.remote_id)
        if not await self.callbacks.taken(task, task.attempt, taken.remote_id):
            raise OutcomeUnknown("the id of another task")
        return replace(task, remote_id=taken.remote_id), taken.estimate

    async def _look_for_outcome(self, task: Task) -> None:
        """Wait for a sign of a submission that may have been taken, or ask for it by its key."""
        if self.keys_trusted:
            await self._send_again(task)
        elif task.reason == Reason.CHECKING and self.clock() >= self._unknown_from(task):
            await self._save(task.unknown(self.clock()), "unknown")
        else:
            await self._check_until(task, self._unknown_from(task))

    async def _send_again(self, task: Task) -> None:
        """Send it with the same key until an id comes back, at last when it would be unknown.

        Whatever else comes back says nothing about the first time, so nothing else follows from it.
        """
        try:
            links = await self.references.links_again(task)
            url = await self.callbacks.url(task)
            held = replace(
                task, reason=Reason.CHECKING, wake_at=self.clock() + self.durations.lease
            )
            task = await self._save(held, "resubmitting")
            with self._paying():
                taken, estimate = await self._send(task, links, url)
        except (EvolinkError, BadReference, FetchFailed) as error:
            log.warning("sent again, and no id", task=task.id, error=repr(error))
        else:
            await self._follow(taken, estimate)
            return
        now = self.clock()
        if now >= self._unknown_from(task):
            await self._save(task.unknown(now), "unknown")
            return
        again = now + self.durations.backoff(task.failures)
        counted = replace(task, failures=task.failures + 1)
        await self._check_until(counted, min(again, self._unknown_from(task)))

    async def _check_until(self, task: Task, until: int) -> None:
        await self._save(task.checking(until), "checking")

    def _unknown_from(self, task: Task) -> int:
        return (task.intent_at or 0) + self.durations.unknown_after

    async def _follow(self, task: Task, estimated: int | None, *, wait: bool = True) -> None:
        now = self.clock()
        estimate = await self.estimates.get(task.request, estimated)
        first = now + self.durations.polling.first(estimate) if wait else now
        await self._save(
            task.running(now, first, estimate, now + self.durations.give_up), "running"
        )

    async def _read(self, task: Task) -> None:
        assert task.remote_id is not None
        now = self.clock()
        try:
            remote = await self.evolink.read(task.remote_id)
        except EvolinkError as error:
            await self._not_read(task, error)
            return
        if remote.status is Status.COMPLETED:
            await self._drawn(task, remote)
        elif remote.status is Status.FAILED:
            code = remote.error_code or "unknown_error"
            log.info("drawing failed", task=task.id, code=code, answer=remote.error_message)
            await self.pauses.heard(task, code)
            drawn = None if await self._is_doubtful(task) else 0
            await self._save(task.failed(now, code, drawn=drawn), "failed")
        elif task.deadline is not None and now > task.deadline:
            await self._save(task.failed(now, Reason.GAVE_UP), "failed")
        else:
            await self._save(task.read(remote.progress, self._next_read(task)), "read")

    async def _drawn(self, task: Task, remote: RemoteTask) -> None:
        if not remote.results:
            await self._not_linked(task, remote)
            return
        if len(remote.results) > task.request.count:
            log.warning("more results than asked for", results=len(remote.results))
        results = [
            Result(task_id=task.id, position=position, url=url)
            for position, url in enumerate(remote.results[: task.request.count])
        ]
        now = self.clock()
        drawn = None if await self._is_doubtful(task) else len(results)
        ready = task.ready(now, drawn=drawn, deadline=now + self.durations.give_up)
        await self._save(ready, "ready", results=results)

    async def _is_doubtful(self, task: Task) -> bool:
        """Tell whether a try before the one that was taken may have drawn something as well.

        Nothing proves that Evolink honours keys, so what became of this one does not tell.
        """
        return any(event.kind == DOUBTFUL for event in await self.store.events.of_task(task.id))

    async def _not_linked(self, task: Task, remote: RemoteTask) -> None:
        """Read on: links may come later than the word that they are there."""
        now = self.clock()
        code = remote.error_code
        failing = task.failing(Reason.RESULTS_AWAITED)
        # Where it names an error, too, there is less to hope for.
        old = code is not None or self._age(task) >= self.durations.give_up // LINKS_AGE
        late = task.deadline is not None and now > task.deadline
        log.info("done, and no links", task=task.id, failures=failing.failures, code=code)
        if late or (old and failing.failures > LOST_AFTER):
            await self._save(task.failed(now, code or Reason.NO_IMAGES), "failed")
            return
        wait = max(self._next_read(task) - now, self.durations.backoff(failing.failures - 1))
        await self._save(failing.waiting(now + wait, failures=failing.failures), "unlinked")

    async def _not_read(self, task: Task, error: EvolinkError) -> None:
        """Ask again later: that we could not ask says nothing about the drawing."""
        now = self.clock()
        log.info("a task could not be read", task=task.id, error=repr(error))
        # Only "not found" in a row, for hours, says that it is lost there; an outage says nothing.
        known = replace(task, reason=None, failures=task.failures + 1)
        failing = task.failing(Reason.NOT_FOUND) if isinstance(error, Rejected) else known
        old = self._age(task) >= self.durations.give_up // LOST_AGE
        if old and failing.reason == Reason.NOT_FOUND and failing.failures > LOST_AFTER:
            await self._save(task.failed(now, Reason.NOT_FOUND), "failed")
            return
        if task.deadline is not None and now > task.deadline:
            await self._save(task.failed(now, Reason.GAVE_UP), "failed")
            return
        asked = error.retry_after if isinstance(error, Withheld) else self.evolink.held
        wait = max(
            self._next_read(task) - now,
            self.durations.backoff(failing.failures - 1),
            min(round((asked or 0) * 1000), LONGEST),
        )
        await self._save(failing.waiting(now + wait, failures=failing.failures), "unread")

    def _next_read(self, task: Task) -> int:
        return self.clock() + self.durations.polling.next(self._age(task))

    def _age(self, task: Task) -> int:
        """Return for how long Evolink has had it, in milliseconds."""
        now = self.clock()
        return now - (task.submitted_at or now)

    async def _try_again(
        self, task: Task, reason: str, error: Exception, *, kind: str = "queued"
    ) -> None:
        """Take the step again later, a few times; then the task has failed."""
        log.info("a step failed", task=task.id, state=task.state, error=repr(error))
        now = self.clock()
        failing = task.failing(reason)
        if failing.failures >= TRIES:
            await self._save(task.failed(now, reason), "failed")
            return
        until = now + self.durations.backoff(failing.failures - 1)
        again = failing.requeued(until, failures=failing.failures, reason=reason, same_key=True)
        await self._save(again, kind)

    async def _wait_out(self, task: Task, reason: Reason, error: Exception) -> None:
        """Queue a task again: what it needs is out of reach, and an outage ends none."""
        log.info("a reference has to wait", task=task.id, error=repr(error))
        until = self.clock() + self.durations.backoff(task.failures)
        waits = Reason.REFERENCE_AWAITED
        await self._step_back(task, until, reason=waits, same_key=True, end=reason)

    async def _hold_back(self, task: Task, error: Withheld) -> None:
        """Step a refused task back behind the others; end one that alone is refused."""
        kind = kind_of(error)
        if await self._is_alone(task, kind):
            log.warning("refused alone", task=task.id, code=error.code, answer=error.message)
            # A rate meets whoever comes at the wrong time: nothing is wrong with the request.
            busy = kind is Pause.RATE_LIMITED
            failed = task.failed(self.clock(), kind if busy else Reason.REFUSED_ALONE)
            await self._save(failed, "failed")
            return
        until = await self.pauses.begin(task, error)
        # A rate may be told late, and by something that is not Evolink.
        same_key = kind is Pause.RATE_LIMITED
        await self._step_back(
            task, until, reason=kind, same_key=same_key, kind=REFUSED, detail=error.code
        )

    async def _is_alone(self, task: Task, kind: Pause) -> bool:
        """Tell whether others, of as many images where it is about credits, are taken meanwhile."""
        events = await self.store.events.of_task(task.id)
        refused = [event.at for event in events if event.kind == REFUSED]
        most = ALONE_OF_RATE if kind is Pause.RATE_LIMITED else ALONE
        if len(refused) < most:
            return False
        images = task.reserved if kind is Pause.OUT_OF_CREDITS else 0
        taken = await self.store.queue.taken(since=refused[0], images=images, other_than=task.id)
        return alone([*refused, self.clock()], taken) >= most

    async def _step_back(  # noqa: PLR0913 - what the row and its event say
        self,
        task: Task,
        until: int,
        *,
        reason: str | None = None,
        same_key: bool = False,
        kind: str = "queued",
        detail: str = "",
        end: str | None = None,
    ) -> None:
        """Queue a task again behind those that never failed, for a day at most.

        ``end``: why it has failed then, where that is not the ``reason`` for which it waits.
        """
        now = self.clock()
        deadline = task.deadline or now + self.durations.give_up
        if now >= deadline:
            await self._save(task.failed(now, end or reason or Reason.SERVER_FAILED), "failed")
            return
        again = task.requeued(until, failures=task.failures + 1, reason=reason, same_key=same_key)
        await self._save(replace(again, deadline=deadline), kind, detail=detail)

    async def _save(
        self, task: Task, kind: str, *, detail: str = "", results: list[Result] | None = None
    ) -> Task:
        saved = await self.store.tasks.save(
            task, kind, now=self.clock(), detail=detail, results=results or ()
        )
        self.cards.changed(task.id)
        return saved

    @contextmanager
    def _paying(self) -> Generator[None]:
        step = asyncio.current_task()
        assert step is not None
        self.paying.add(step)
        try:
            yield
        finally:
            self.paying.discard(step)
