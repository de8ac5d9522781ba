"""Tasks that this process holds between two of their steps, with timers in memory.

Their rows have only the lease: if the process dies, its next run or another process takes over.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bot.domain.ids import TaskId
from bot.domain.state import State
from bot.domain.task import Task
from bot.store.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class NextStep:
    """A task that this process keeps holding, and when its next step is due."""

    task: Task
    #: Epoch milliseconds.
    due_at: int
    #: Its outcome, if the previous step has written all of it; else the next one reads it.
    known: Outcome | None = None


def is_poll(task: Task) -> bool:
    """Tell whether its next step only asks Evolink, which takes neither memory nor files."""
    return task.state is State.RUNNING


@dataclass(frozen=True, slots=True)
class HeldTasks:
    """Timers of held tasks. Tasks with a step under way aren't among them."""

    _steps: dict[TaskId, NextStep] = field(default_factory=dict[TaskId, NextStep])
    #: When steps are due, and their tasks' ids, as heaps. Entries of changed steps are skipped.
    _polls: list[tuple[int, TaskId]] = field(default_factory=list[tuple[int, TaskId]])
    _others: list[tuple[int, TaskId]] = field(default_factory=list[tuple[int, TaskId]])

    def add(self, step: NextStep) -> None:
        """Hold a task until its next step is due."""
        self._steps[step.task.id] = step
        timers = self._polls if is_poll(step.task) else self._others
        heapq.heappush(timers, (step.due_at, step.task.id))

    def take(self, now: int, *, polls: int, others: int) -> list[NextStep]:
        """Return steps that are due, at most ``polls`` polls and ``others`` others."""
        return [*self._take(self._polls, now, polls), *self._take(self._others, now, others)]

    def next_due(self, *, polls: bool = True, others: bool = True) -> int | None:
        """Return when the next step is due, of these kinds; ``None``: there is none."""
        timers = [self._polls] * polls + [self._others] * others
        first = [due_at for each in timers if (due_at := self._first(each)) is not None]
        return min(first, default=None)

    def wake(self, task_id: TaskId, now: int) -> bool:
        """Make a task's step due; return whether the task is held here."""
        step = self._steps.get(task_id)
        if step is not None and step.due_at > now:
            self.add(replace(step, due_at=now))
        return step is not None

    def wake_all(self, now: int) -> None:
        """Make every step due: the clock was set, so their times mean nothing."""
        for task_id in list(self._steps):
            self.wake(task_id, now)

    def reread(self, tasks: Iterable[Task]) -> None:
        """Hold these as their rows are now: their times have followed the clock."""
        for task in tasks:
            step = self._steps.get(task.id)
            if step is not None:
                self._steps[task.id] = replace(step, task=task)

    def tasks(self) -> list[Task]:
        """Return the tasks that are held."""
        return [step.task for step in self._steps.values()]

    def waiting(self, now: int) -> list[Task]:
        """Return tasks whose step is due and waits for room; polls don't count."""
        due = {task_id for due_at, task_id in self._others if due_at <= now}
        steps = [self._steps[task_id] for task_id in due if task_id in self._steps]
        return [step.task for step in steps if step.due_at <= now]

    def drop(self, tasks: Iterable[Task]) -> int:
        """Forget tasks that somebody else has by now; return how many were still held."""
        dropped = 0
        for task in tasks:
            step = self._steps.get(task.id)
            if step is not None and step.task is task:
                del self._steps[task.id]
                dropped += 1
        return dropped

    def _take(self, timers: list[tuple[int, TaskId]], now: int, most: int) -> list[NextStep]:
        taken = list[NextStep]()
        while len(taken) < most and (due_at := self._first(timers)) is not None and due_at <= now:
            _, task_id = heapq.heappop(timers)
            taken.append(self._steps.pop(task_id))
        return taken

    def _first(self, timers: list[tuple[int, TaskId]]) -> int | None:
        while timers:
            due_at, task_id = timers[0]
            step = self._steps.get(task_id)
            if step is not None and step.due_at == due_at:
                return due_at
            heapq.heappop(timers)
        return None
