"""What holds submissions back: the operator, no room for files, trouble at Evolink.

A refused task moves behind the others and waits longer each time. The next attempt, by a single
other task, tells whose fault it is: if it is accepted, all go on; if it is refused as well, the
account is at fault. Then everybody pauses for a while, and again a single task tries. The operator
is told once, however many tasks were refused.

A submission without an answer isn't sent again (``Submission``). If two tasks in a row get none,
everybody pauses as well: each further one would be lost to its user, and count as drawn. Any answer
to a submission ends that pause; missing answers neither begin nor end any other.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import structlog

from bot.domain.durations import Durations
from bot.domain.ids import TaskId
from bot.domain.queue_status import Pause
from bot.domain.task import Task
from bot.errors import (
    AccessDenied,
    KeyRefused,
    OutOfCredits,
    RateLimited,
    StoreUnavailable,
    Withheld,
)
from bot.evolink.answer_errors import error_for_code
from bot.files import FileStorage
from bot.services.shared.alerts import Alerts
from bot.store.claims import ANY_SIZE
from bot.store.facts import OPERATOR
from bot.store.settings_codec import operator_rules_of
from bot.store.store import Store

log = structlog.get_logger()

#: Keys of the table ``fact``.
TROUBLE = "trouble"

#: The longest wait in milliseconds, whatever Evolink asks for.
LONGEST = 60 * 60 * 1000
#: The longest wait, in pauses: of a refused task, unless Evolink asks for more, and of everybody
#: while submissions get no answer.
MOST_PAUSES = 5

_KINDS: dict[type[Withheld], Pause] = {
    KeyRefused: Pause.KEY_REFUSED,
    OutOfCredits: Pause.OUT_OF_CREDITS,
    AccessDenied: Pause.ACCESS_DENIED,
    RateLimited: Pause.RATE_LIMITED,
}
#: Reasons of tasks that were refused.
_REASONS = frozenset(pause.value for pause in _KINDS.values())
_ADVICE = {
    Pause.KEY_REFUSED: "Evolink refuses the key. Check EVOLINK_API_KEY and restart the bot.",
    Pause.OUT_OF_CREDITS: "The Evolink account is out of credits. Top it up.",
    Pause.ACCESS_DENIED: "The Evolink key has no access to the model. Check its permissions.",
    Pause.RATE_LIMITED: "Evolink says the bot sends too many requests.",
    Pause.NO_ANSWER: "Evolink doesn't answer submissions; whether it took them isn't known.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """Why Evolink refuses, and until when no other task tries (epoch milliseconds)."""

    pause: Pause
    until: int
    #: Whether the operator was told, and so will be told of its end.
    told: bool = False
    #: Whether we tried to tell the operator, who may have known already.
    said: bool = False
    #: The task that was refused last.
    task_id: TaskId | None = None
    #: Whether different tasks were refused: then the account is at fault.
    shared: bool = True
    #: The fewest images that were refused: the credits may suffice for fewer.
    images: int = 0
    #: How many pauses were followed by a submission without an answer.
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a refusal leads to; ``until``: when to try the task again (epoch milliseconds)."""

    until: int
    #: What to tell the operator, if anything.
    news: Trouble | None


@dataclass(frozen=True, slots=True)
class Room:
    """How many queued tasks may be submitted now, each of fewer than ``below`` images."""

    places: int
    below: int = ANY_SIZE
    #: Whether only a single one may try, to find out who is at fault.
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """What holds submissions back."""

    store: Store
    alerts: Alerts
    storage: FileStorage
    durations: Durations
    clock: Callable[[], int]
    #: For how many more seconds a proxy in front of Evolink blocks this process.
    blocked_seconds: Callable[[], float]

    async def trouble(self) -> Trouble | None:
        """Return the trouble at Evolink, if any."""
        return self._state(await self._facts())[1]

    async def for_everybody(self) -> Pause | None:
        """Return why no queued task may start."""
        ours, trouble = self._state(await self._facts())
        if ours is not None:
            return ours
        return trouble.pause if trouble is not None and trouble.shared else None

    async def get(self, task: Task) -> Pause | None:
        """Return why a queued task is waiting: a reason that holds all tasks back, or its own."""
        own = Pause(task.reason) if task.reason in _REASONS else None
        return await self.for_everybody() or own

    async def holds(self, task: Task) -> bool:
        """Tell whether a task was refused for a reason that holds everybody back."""
        if task.reason not in _REASONS:
            return False
        trouble = _trouble(await self.store.facts.get(TROUBLE))
        return trouble is not None and trouble.shared

    async def until(self, task: Task) -> int | None:
        """Return until when a task may not be submitted; ``None``: it may be now."""
        room, until = self._room(1, await self._facts())
        return None if room.places and task.reserved < room.below else until

    async def room(self, places: int) -> Room:
        """Return which queued tasks may start, at most ``places``."""
        if self.store.peers.is_alone:
            facts = await self._facts()
        else:
            # Not from memory: another process may just have told the operator of a pause.
            facts = await self.store.facts.several(OPERATOR, TROUBLE)
        return self._room(places, facts)[0]

    async def pull_in(self) -> None:
        """Let the next task try now: the clock was set, so the stored time means nothing."""
        now = self.clock()
        await self.store.facts.revise(
            TROUBLE, lambda fact: fact | {"until": now} if fact and fact["until"] > now else None
        )

    async def begin(self, task: Task, error: Withheld) -> Refusal:
        """Record a refusal. The second is news for the operator, until ``tell`` reports it."""
        kind, wait = kind_of(error), self._asked(error)

        def refused(fact: dict[str, Any] | None) -> dict[str, Any]:
            return asdict(_refused(_trouble(fact), kind, task, self.clock(), wait))

        known, fact = await self.store.facts.revise(TROUBLE, refused)
        trouble = _trouble(cast("dict[str, Any]", fact))
        assert trouble is not None
        log.info("refused", kind=str(kind), answer=error.message, code=error.code)
        longer = min(wait * 2 ** min(task.failures, 20), MOST_PAUSES * self.durations.pause)
        until = self.clock() + max(wait, longer)
        is_first = known is None or known["pause"] == Pause.NO_ANSWER
        return Refusal(until, None if is_first or trouble.said else trouble)

    async def unanswered(self, task: Task) -> None:
        """Record a submission without an answer. From the second task's on, everybody pauses."""

        def unheard(fact: dict[str, Any] | None) -> dict[str, Any] | None:
            known = _trouble(fact)
            if known is not None and known.pause is not Pause.NO_ANSWER:
                return None  # submissions are already held back
            return asdict(_unanswered(known, task, self.clock(), self.durations.pause))

        with suppress(StoreUnavailable):
            _, fact = await self.store.facts.revise(TROUBLE, unheard)
            trouble = _trouble(cast("dict[str, Any] | None", fact))
            if trouble is not None and trouble.shared and not trouble.said:
                await self.tell(trouble, task, "no answer")

    async def answered(self, task: Task) -> None:
        """End a pause for missing answers: Evolink has answered a submission."""
        with suppress(StoreUnavailable):
            trouble = await self._met()
            if trouble is not None and trouble.pause is Pause.NO_ANSWER:
                await self.end(task)

    async def tell(self, trouble: Trouble, task: Task, answer: str) -> None:
        """Tell the operator of the trouble, once the refused task's row is written.

        That is recorded only afterwards: a process that dies in between tells them again.
        """
        with suppress(StoreUnavailable):
            told = await self._tell(trouble.pause, task, answer, shared=trouble.shared)
            # If the operator knew already, ``told`` stays: they still hear of the end.
            said = {"said": True} | ({"told": True} if told else {})
            await self.store.facts.revise(
                TROUBLE,
                lambda fact: fact | said if fact and fact["pause"] == trouble.pause else None,
            )

    async def end(self, task: Task) -> None:
        """End the pause: Evolink has accepted a task."""
        trouble = await self._met()
        if trouble is None or not await self.store.facts.remove(TROUBLE):
            return
        log.info("submissions go on")
        if trouble.shared:
            fewer = trouble.pause is Pause.OUT_OF_CREDITS
            below = task.reserved + 1 if fewer else ANY_SIZE
            await self.store.claims.wake_refused(now=self.clock(), below=below)
        if trouble.told:
            did = "answers again" if trouble.pause is Pause.NO_ANSWER else "accepted a task"
            self.alerts.send_soon(f"Submissions resumed: Evolink {did}.")

    async def heard(self, task: Task, code: str) -> None:
        """Tell the operator of a drawing that failed for lack of credits or permission."""
        meant = error_for_code(code)
        kind = _KINDS.get(meant) if meant is not None and issubclass(meant, Withheld) else None
        if kind is not None and kind is not Pause.RATE_LIMITED:
            await self.alerts.warn(kind, f"Task {task.id} failed at Evolink: {_ADVICE[kind]}")

    async def _met(self) -> Trouble | None:
        """Return the trouble that tasks ran into, not counting a proxy that blocks us."""
        return _trouble((await self._facts()).get(TROUBLE))

    async def _facts(self) -> dict[str, Any]:
        return await self.store.facts.recent(OPERATOR, TROUBLE, now=self.clock())

    def _state(self, facts: dict[str, Any]) -> tuple[Pause | None, Trouble | None]:
        """Return our own reason not to submit, the operator's first, and the trouble at Evolink.

        A proxy in front of Evolink that blocks us counts as trouble, too.
        """
        trouble = _trouble(facts.get(TROUBLE))
        blocked = round(self.blocked_seconds() * 1000)
        if blocked > 0 and (trouble is None or trouble.until < self.clock() + blocked):
            until = self.clock() + blocked
            trouble = Trouble(pause=Pause.RATE_LIMITED, until=until)
        if operator_rules_of(facts.get(OPERATOR)).paused:
            return Pause.OPERATOR, trouble
        return (None if self.storage.is_usable() else Pause.STORAGE), trouble

    def _room(self, places: int, facts: dict[str, Any]) -> tuple[Room, int]:
        """Return how many may be submitted now, and until when the others must wait."""
        now = self.clock()
        ours, trouble = self._state(facts)
        if ours is not None:
            return Room(0), now + self.durations.retry
        if trouble is None or (trouble.pause is Pause.NO_ANSWER and not trouble.shared):
            return Room(places), now
        if trouble.until <= now:
            return Room(1, alone=True), now
        if trouble.pause is Pause.OUT_OF_CREDITS:
            return Room(1, trouble.images, alone=True), trouble.until
        return Room(0), trouble.until

    async def _tell(self, kind: Pause, task: Task, answer: str, *, shared: bool) -> bool:
        if shared:
            log.warning("submissions pause", pause=str(kind), answer=answer)
            text = f"Submissions paused. {_ADVICE[kind]} Waiting tasks resume automatically."
        else:
            text = (
                f"Evolink refused task {task.id} again, with no other task to try: {_ADVICE[kind]}"
            )
        return await self.alerts.warn(kind, text)

    def _asked(self, error: Withheld) -> int:
        """Return the milliseconds that Evolink asks us to wait, or our own default."""
        if error.retry_after is None:
            return self.durations.pause
        return min(max(round(error.retry_after * 1000), self.durations.retry), LONGEST)


def kind_of(error: Withheld) -> Pause:
    """Return the pause for an error."""
    return _KINDS[type(error)]


def _refused(known: Trouble | None, kind: Pause, task: Task, now: int, wait: int) -> Trouble:
    """Return the trouble after one more task was refused."""
    told = known is not None and known.told
    if known is not None and known.pause is Pause.NO_ANSWER:
        known = None  # a refusal is an answer
    shared = known is not None and (known.shared or known.task_id != task.id)
    same = known is not None and known.pause is kind
    # A rate limit holds for all tasks: further requests would prolong it.
    pausing = shared or kind is Pause.RATE_LIMITED
    return Trouble(
        pause=kind,
        until=now + (wait if pausing else 0),
        # An operator who was told of a pause hears of its end.
        told=told if same or known is None else False,
        said=known.said if known and same else False,
        task_id=task.id,
        shared=shared,
        images=min(task.reserved, known.images) if known and same else task.reserved,
    )


def _unanswered(known: Trouble | None, task: Task, now: int, pause: int) -> Trouble:
    """Return the trouble after one more submission had no answer."""
    if known is None:
        return Trouble(pause=Pause.NO_ANSWER, until=now, task_id=task.id, shared=False)
    # Submissions already in flight when the pause began say nothing new.
    repeated = known.repeated + (known.shared and known.until <= now)
    shared = known.shared or known.task_id != task.id
    wait = pause * min(2**repeated, MOST_PAUSES) if shared else 0
    return replace(known, until=now + wait, task_id=task.id, shared=shared, repeated=repeated)


def _trouble(fact: dict[str, Any] | None) -> Trouble | None:
    if fact is None:
        return None
    values: dict[str, Any] = {**fact, "pause": Pause(fact["pause"])}
    return Trouble(**values)
