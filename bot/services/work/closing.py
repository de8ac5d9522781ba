"""Closes an ended task: its card shows the outcome, its uploads and its token are deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.domain.durations import Durations, backoff
from bot.domain.result import Post, Result, Way
from bot.domain.state import Reason, State
from bot.domain.task import Task
from bot.domain.task_events import DeleteEvent, PublishEvent, RemoveEvent
from bot.errors import ChatError, ChatRefused, ChatUnavailable
from bot.files import FileStorage
from bot.services.shared.alerts import Alerts
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.ports import Posting
from bot.services.shared.references import References
from bot.services.work.transitions import Transitions
from bot.services.work.unknown_outcomes import UnknownOutcomes
from bot.store.outcomes import Outcome
from bot.store.store import Store

log = structlog.get_logger()

#: Milliseconds after its end, and failures, until a task is closed even if its card couldn't show
#: the outcome, or its requester couldn't be told what waits for them: an outage, Discord's or ours,
#: may last for hours. Less than the task log's day.
TELL_WITHIN, TRIES = 23 * 60 * 60 * 1000, 20
#: Milliseconds after its end until a task is closed even if the operator couldn't be told, and the
#: most between two attempts.
OPERATOR_WITHIN, OPERATOR_AGAIN = 30 * 60 * 1000, 5 * 60 * 1000
#: Milliseconds until the clock is checked again.
CLOCK_AGAIN = 60 * 60 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Every part of it may be repeated."""

    store: Store
    transitions: Transitions
    chat: Posting
    cards: CardUpdates
    references: References
    storage: FileStorage
    alerts: Alerts
    unknown_outcomes: UnknownOutcomes
    durations: Durations
    clock: Callable[[], int]
    #: As in ``ClockCheck``: while the clock is wrong, nothing expires.
    is_clock_right: Callable[[], bool]

    async def close(self, task: Task, known: Outcome | None = None) -> None:
        """Close a task, or expire one that was kept as long as results are.

        ``known``: its outcome, if that needn't be read.

        Raises:
            Stale: somebody else has the task by now.
        """
        now = self.clock()
        until = task.kept_until(self.durations.keep)
        if task.token is None and until is not None and now >= until:
            await self._expire(task, now)
            return
        known = known or await self.store.outcome(task.id)
        try:
            await self._finish_card(task, known.posts)
        except ChatUnavailable as error:
            if not self._is_given_up(task):
                await self._later(task, error)
                return
        except ChatRefused as error:
            log.info("the card is out of reach", task=task.id, error=repr(error))
        try:
            await self._tell_requester(task)
        except ChatUnavailable as error:
            if not self._is_given_up(task):
                await self._later(task, error)
                return
        except ChatError as error:
            log.info("the requester cannot be told", task=task.id, error=repr(error))
        await self.references.remove(task)
        for result in known.results:
            if result.file is not None:
                await self.storage.remove_copies(result.file)
        await self._finally(task, known.results)

    async def _expire(self, task: Task, now: int) -> None:
        if self.is_clock_right():
            await self.transitions.save(task.expired(), "expired")
        else:
            later = task.waiting(now + CLOCK_AGAIN, failures=task.failures)
            await self.transitions.save(later, "waiting")

    async def give_up(self, task: Task) -> None:
        """Give up what was last requested of an ended task, or close it without its card.

        Raises:
            Stale: somebody else has the task by now.
        """
        now, until = self.clock(), task.kept_until(self.durations.keep)
        ended = task.request_ended(now, until)
        if task.deleting:
            await self.transitions.save(ended, DeleteEvent.FAILED)
        elif task.removing is not None:
            await self.transitions.save(ended, RemoveEvent.FAILED, detail=str(task.removing))
        elif task.publishing:
            await self.transitions.save(ended, PublishEvent.FAILED)
        else:
            await self._finally(task, await self.store.results.of_task(task.id))

    async def _finally(self, task: Task, results: Sequence[Result]) -> None:
        # First, so that a process that dies in between tells them twice rather than never.
        is_last = self._has_ended_long_ago(task, OPERATOR_WITHIN)
        if not await self._tell_operator(task, results, again=is_last) and not is_last:
            wait = backoff(task.failures, first=self.durations.retry, most=OPERATOR_AGAIN)
            await self.transitions.save(task.waiting(self.clock() + wait), "waiting")
            return
        await self.transitions.save(task.closed(task.kept_until(self.durations.keep)), "closed")

    def _has_ended_long_ago(self, task: Task, milliseconds: int) -> bool:
        # Both ways: had the clock been ahead when it ended, it would stay open for as long.
        return abs(self.clock() - (task.ended_at or 0)) >= milliseconds

    def _is_given_up(self, task: Task) -> bool:
        return task.failures >= TRIES and self._has_ended_long_ago(task, TELL_WITHIN)

    async def _tell_requester(self, task: Task) -> None:
        """Tell requesters that their images wait, as nothing they were shown may say so."""
        until = task.kept_until(self.durations.keep)
        if until is not None and task.reason == Reason.NO_WAY_TO_POST and not task.collected_at:
            assert task.wake_at is not None
            await self.chat.tell_requester(task, until=until, before=task.wake_at)

    async def _tell_operator(self, task: Task, results: Sequence[Result], *, again: bool) -> bool:
        """Report what was paid for and never arrived, as ``Alerts.send`` does."""
        lost = [each for each in results if each.file is None and not each.deleted]
        if lost and task.reason != Reason.DELETED:
            return await self.alerts.send(
                f"Task {task.id}: {len(lost)} finished images could not be downloaded "
                f"from Evolink ({task.remote_id}). They were not charged.",
                again=again,
            )
        if task.state is State.UNKNOWN:
            return await self.unknown_outcomes.report(task, again=again)
        return True

    async def _finish_card(self, task: Task, posts: Sequence[Post]) -> None:
        """Delete the card where the images speak for themselves; else let it show the outcome."""
        if any(post.way is Way.CARD and post.message_id for post in posts):
            return
        is_whole = task.state is State.DELIVERED and task.reason != Reason.RESULTS_GONE
        if is_whole or task.reason == Reason.STOPPED:
            try:
                await self.cards.take_away(task)
            except ChatRefused as error:
                log.info("the card cannot be taken away", task=task.id, error=repr(error))
            else:
                return
        await self.cards.last_word(task)

    async def _later(self, task: Task, error: ChatUnavailable) -> None:
        log.info("later", task=task.id, state=task.state, error=repr(error))
        wait = max(self.durations.backoff(task.failures), round(error.retry_after * 1000))
        await self.transitions.save(task.waiting(self.clock() + wait), "waiting")
