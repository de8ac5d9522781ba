"""Keeps cards up to date: rate-limited, only when something changed, newest state wins."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from bot.domain.durations import ARRIVAL, Durations, may_arrive
from bot.domain.ids import TaskId
from bot.domain.queue import TURNS_REMEMBERED, QueuedTask, turns
from bot.domain.queue_status import Pause, QueueStatus, is_late
from bot.domain.result import Way
from bot.domain.state import State
from bot.domain.task import Task, copied
from bot.errors import ChatRefused, ChatUnavailable, Stale
from bot.services.shared.pauses import Pauses
from bot.services.shared.ports import Cards
from bot.store.store import Store

log = structlog.get_logger()

#: Concurrent edits, including those that Discord has not answered yet.
EDITS = 32
#: Edit intervals between two reads of the queue: each task that ends moves all the others.
TURNS_EVERY = 4
#: The first so many in the queue see each move. The cards behind them are edited at most once in so
#: many milliseconds per place, but at least once in the longest: with 10,000 waiting, that is 17
#: edits a second.
FIRST, PER_PLACE, LONGEST = 20, 3_000, 10 * 60 * 1000
#: Seconds to wait for Discord to answer an edit.
ANSWERED = 5.0
#: Suffix of the owner of a task on hold: even the process that edited its card leaves it alone.
ARRIVING = "arriving"
#: As in ``Peers.leads``: who shows waiting users their place in the queue.
DUTY = "queue"
#: Cards whose content a process remembers; a forgotten one is edited once more.
MOST_SHOWN = 10_000


@dataclass(slots=True)
class _Shown:
    """What this process knows about one card."""

    face: object = None
    at: int = 0
    #: Its place in the queue then.
    turn: QueuedTask | None = None
    #: The row's version after our edit, if nobody held the task; at a later one, others may have
    #: edited the card.
    version: int | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class CardUpdates:
    """Edits the cards of open tasks. The worker makes the final edit of an ended one."""

    def __init__(  # noqa: PLR0913 - parts and limits
        self,
        *,
        store: Store,
        chat: Cards,
        pauses: Pauses,
        durations: Durations,
        clock: Callable[[], int],
        max_running: int,
        user_running: int,
        owner: str,
    ) -> None:
        self._store = store
        self._chat = chat
        self._pauses = pauses
        self._durations = durations
        self._clock = clock
        self._max_running = max_running
        self._user_running = user_running
        #: "instance/start": who this process is in the rows.
        self._owner = owner
        self._dirty = set[TaskId]()
        self._became_dirty = asyncio.Event()
        #: The newest copy of each open task that this process holds. Empty if there are other
        #: processes: one may take a task over before its lease ends (``Tasks.record_remote``).
        self._held = dict[TaskId, Task]()
        self._under_way = dict[TaskId, asyncio.Task[None]]()
        self._given_back = set[TaskId]()
        self._slots = asyncio.Semaphore(EDITS)
        self._shown = dict[TaskId, _Shown]()
        #: When edits ended without an answer.
        self._unanswered = dict[TaskId, int]()
        self._turns = dict[TaskId, QueuedTask]()
        self._pause: Pause | None = None
        self._is_over = False

    def changed(self, task: Task) -> None:
        """Schedule an edit of a task's card."""
        if task.has_ended or task.cancel_requested:
            # The worker makes the final edit, or the card already shows the cancellation.
            self._dirty.discard(task.id)
            self._held.pop(task.id, None)
            if task.token is None:
                self._shown.pop(task.id, None)
            return
        self._mark(task.id)
        if task.owner == self._owner and self._store.peers.is_alone:
            self._held[task.id] = task
        else:
            self._held.pop(task.id, None)

    async def queue_status(self, task: Task) -> QueueStatus:
        """Return a queued task's position, and why submissions pause."""
        if task.state is not State.QUEUED:
            return QueueStatus(is_late=is_late(task, self._clock()))
        turn = self._turns.get(task.id)
        return QueueStatus(
            position=turn.place if turn else None,
            starts_in=(turn.wait or None) if turn else None,
            pause=await self._pauses.get(task),
        )

    async def last_word(self, task: Task) -> None:
        """Make the final edit of an ended task's card; no other edit comes after it.

        Raises:
            ChatRefused: Discord refuses.
            ChatUnavailable: Discord is failing, or an earlier edit may still arrive.
        """
        shown = self._shown.setdefault(task.id, _Shown())
        async with shown.lock:
            self._require_arrival(task.id)
            self._dirty.discard(task.id)
            assert task.wake_at is not None
            await self._chat.edit_card(task, QueueStatus(), before=task.wake_at)
        self._shown.pop(task.id, None)

    @asynccontextmanager
    async def hold_edits(self, task: Task) -> AsyncGenerator[None]:
        """Hold back edits of this card inside the block.

        An edit from before the images were attached would arrive after them and remove them.

        Raises:
            ChatUnavailable: an earlier edit may still arrive.
        """
        async with self._shown.setdefault(task.id, _Shown()).lock:
            self._require_arrival(task.id)
            yield
        self._shown.pop(task.id, None)

    def _require_arrival(self, task_id: TaskId) -> None:
        arrives_by = self._arrives_by(task_id)
        if arrives_by is not None:
            raise ChatUnavailable(retry_after=(arrives_by - self._clock()) / 1000)

    def _arrives_by(self, task_id: TaskId) -> int | None:
        """Return until when an unanswered edit may still arrive; ``None``: none can."""
        ended_at = self._unanswered.get(task_id)
        if ended_at is None or not may_arrive(ended_at, self._clock()):
            return None
        return ended_at + ARRIVAL

    async def take_away(self, task: Task) -> None:
        """Delete the card; no edit follows."""
        shown = self._shown.setdefault(task.id, _Shown())
        async with shown.lock:
            self._dirty.discard(task.id)
            await self._chat.delete_card(task)
        self._shown.pop(task.id, None)

    @asynccontextmanager
    async def giving_back(self, task_id: TaskId) -> AsyncGenerator[None]:
        """Finish edits of a card whose task is given back inside the block, and start no more.

        Once that is committed, another process may take the task and make the final edit.
        """
        self._given_back.add(task_id)
        try:
            await self._end(task_id)
            yield
        finally:
            self._given_back.discard(task_id)

    def kept_until_arrival(self, task: Task) -> Task:
        """Return the task to give back, on hold while an edit of ours may still arrive.

        Otherwise another process might make the final edit before ours arrives.
        """
        arrives_by = None if self._store.peers.is_alone else self._arrives_by(task.id)
        if arrives_by is None or task.wake_at is None or task.token is None:
            return task
        if task.state is State.QUEUED and task.wake_at >= arrives_by:
            # Evolink asked for this wait. In other states a callback may wake the task sooner.
            return task
        return copied(task, owner=f"{self._owner}/{ARRIVING}", wake_at=arrives_by)

    async def _end(self, *task_ids: TaskId) -> None:
        edits = [edit for each in task_ids if (edit := self._under_way.get(each)) is not None]
        if self._store.peers.is_alone or not edits:
            return
        # A cancelled edit may still reach Discord.
        _, late = await asyncio.wait(edits, timeout=ANSWERED)
        for edit in late:
            edit.cancel()
        if late:
            await asyncio.wait(late)

    async def let_all_go(self) -> None:
        """Finish every edit that is under way, and start no more."""
        self._is_over = not self._store.peers.is_alone
        await self._end(*self._under_way)

    async def run(self) -> None:
        """Keep the cards up to date until cancelled; a slow edit delays no other card."""
        clock, interval = asyncio.get_running_loop().time, self._durations.edit / 1000
        look_at = clock()
        async with asyncio.TaskGroup() as edits:
            while True:
                if clock() >= look_at:
                    await self._look_at_turns()
                    look_at = clock() + TURNS_EVERY * interval
                self._begin(edits)
                await self._until_dirty(look_at - clock())
                # Of several changes in quick succession, only the last is shown.
                await asyncio.sleep(interval / 4)

    async def _until_dirty(self, seconds: float) -> None:
        """Wait until a card is to be edited, or ``seconds`` have passed."""
        if self._dirty:
            return
        self._became_dirty.clear()
        timer = asyncio.get_running_loop().call_later(seconds, self._became_dirty.set)
        try:
            await self._became_dirty.wait()
        finally:
            timer.cancel()

    def _mark(self, task_id: TaskId) -> None:
        self._dirty.add(task_id)
        self._became_dirty.set()

    async def edit_due(self) -> None:
        """Make the edits that are due, and wait for them."""
        async with asyncio.TaskGroup() as edits:
            self._begin(edits)

    def _begin(self, edits: asyncio.TaskGroup) -> None:
        if self._is_over:
            return
        if len(self._shown) > MOST_SHOWN:
            used = ((key, each) for key, each in self._shown.items() if each.lock.locked())
            self._shown = dict(used)
        self._unanswered = {
            key: at for key, at in self._unanswered.items() if self._arrives_by(key) is not None
        }
        for task_id in self._due():
            self._dirty.discard(task_id)
            edit = self._under_way[task_id] = edits.create_task(self._edit(task_id))
            # Runs even if the edit is cancelled before it starts.
            edit.add_done_callback(lambda _, key=task_id: self._under_way.pop(key))

    async def _holds_images(self, task: Task) -> bool:
        """Tell whether the card carries the results, or is about to."""
        posts = await self._store.posts.of_task(task.id)
        return task.by_interaction or any(post.way is Way.CARD for post in posts)

    async def _look_at_turns(self) -> None:
        now = self._clock()
        try:
            leads = await self._store.peers.leads(DUTY)
            waiting = await self._store.queue.waiting()
            if not waiting:
                self._turns = {}
                return
            running = await self._store.queue.running(
                slow_before=now - self._durations.polling.slow_after
            )
            usual = await self._store.queue.usual()
            pause = await self._pauses.for_everybody()
            served = await self._store.queue.served(since=now - TURNS_REMEMBERED)
        except Exception:  # a busy database must not stop the cards, and the bot with them
            log.exception("the queue could not be read")
            return
        self._turns = turns(
            waiting,
            running,
            served,
            max_running=self._max_running,
            user_running=self._user_running,
            usual=usual,
        )
        self._dirty.update(
            task_id
            for task_id, turn in self._turns.items()
            if leads and (pause is not self._pause or self._has_moved(task_id, turn, now))
        )
        self._pause = pause

    def _has_moved(self, task_id: TaskId, turn: QueuedTask, now: int) -> bool:
        """Tell whether it is time to show a waiting task's new place."""
        if turn.place <= FIRST:
            shown = self._shown.get(task_id)
            return shown is None or turn != shown.turn
        # A card from before a restart already shows its place.
        shown = self._shown.setdefault(task_id, _Shown(at=now))
        is_long_ago = not 0 <= now - shown.at < min(turn.place * PER_PLACE, LONGEST)
        return turn != shown.turn and is_long_ago

    def _due(self) -> list[TaskId]:
        now = self._clock()
        latest = now - self._durations.edit
        return [
            task_id
            for task_id in self._dirty - self._under_way.keys() - self._given_back
            if (shown := self._shown.get(task_id)) is None or not latest < shown.at <= now
            # An edit that is still on its way could undo a later one.
            if self._arrives_by(task_id) is None
        ]

    async def _edit(self, task_id: TaskId) -> None:
        with structlog.contextvars.bound_contextvars(task=task_id):
            try:
                async with self._slots:
                    await self._follow(task_id)
            except Exception:  # as above
                log.exception("a card could not be edited")

    async def _follow(self, task_id: TaskId) -> None:
        shown = self._shown.setdefault(task_id, _Shown())
        async with shown.lock:
            before = self._clock() + self._durations.lease
            task = self._in_hand(task_id) or await self._store.tasks.get(task_id)
            if task is None or not self._may_edit(task):
                self._shown.pop(task_id, None)
                return
            if task.state is State.READY and await self._holds_images(task):
                # An edit would wait for the upload, arrive after it and remove the images.
                self._shown.pop(task_id, None)
                return
            shown.turn = self._turns.get(task_id)
            queue_status = await self.queue_status(task)
            face = (task.state, task.progress, task.reason, bool(task.failures), queue_status)
            if face == shown.face and shown.version in {None, task.version}:
                return
            try:
                async with self._lent(task, before) as (until, version):
                    await self._send(task, queue_status, until)
            except Stale:
                # Whatever changed the task has its card edited.
                self._shown.pop(task_id, None)
                return
            except ChatUnavailable as error:
                log.info("a card is edited later", task=task_id, error=repr(error))
                self._mark(task_id)
            except ChatRefused as error:
                log.info("a card cannot be edited", task=task_id, error=repr(error))
                shown.face = face
            else:
                shown.face, shown.version = face, version
            shown.at = self._clock()

    async def _send(self, task: Task, queue_status: QueueStatus, before: int) -> None:
        try:
            await self._chat.edit_card(task, queue_status, before=before)
        except (ChatUnavailable, asyncio.CancelledError) as error:
            if not isinstance(error, ChatUnavailable) or error.may_arrive:
                self._unanswered[task.id] = self._clock()
            raise

    def _in_hand(self, task_id: TaskId) -> Task | None:
        """Return our copy of a task if nobody else can have changed it; ``None``: read the row.

        While this process was frozen, the lease it knows of may have run out, and another process
        may have taken the task over.
        """
        task = self._held.get(task_id)
        is_ours = task is not None and (task.wake_at or 0) > self._clock() + ANSWERED * 1000
        return task if is_ours else None

    def _may_edit(self, task: Task) -> bool:
        if task.has_ended or task.card_id is None or task.cancel_requested:
            return False
        return self._is_free(task) or task.owner == self._owner

    def _is_free(self, task: Task) -> bool:
        """Tell whether nobody holds it. A queued task isn't claimed when a hold on it ends."""
        in_line = task.state is State.QUEUED and (task.wake_at or 0) <= self._clock()
        return task.owner is None or in_line

    @asynccontextmanager
    async def _lent(self, task: Task, until: int) -> AsyncGenerator[tuple[int, int | None]]:
        """Hold a task that nobody holds for as long as it takes to edit its card.

        Yields when the hold will end, and the row's version after that if nobody else changes it.

        Raises:
            Stale: somebody else has the task.
        """
        if not self._is_free(task):
            yield min(until, task.wake_at or until), None
        elif self._store.peers.is_alone:
            yield until, None
        else:
            is_held_back, lent_at = await self._pauses.holds(task), self._clock()
            if not await self._store.claims.lend(task, self._owner, now=lent_at, until=until):
                raise Stale
            try:
                yield until, task.version + 2
            finally:
                # Tasks that were held back are woken together, which misses one that was lent.
                is_woken = is_held_back and not await self._pauses.holds(task)
                now, wake_at = self._clock(), task.wake_at
                if wake_at is not None:
                    # If the clock was set back, all timers followed except this one.
                    wake_at = now if is_woken else wake_at - max(0, lent_at - now)
                free = copied(task, owner=None, wake_at=wake_at)
                following = self.kept_until_arrival(free)
                await self._store.claims.give_back(task, self._owner, following, now=now)
                self._store.peers.wake()
