"""The cards of tasks."""

import asyncio
from dataclasses import dataclass, field

from bot.domain.ids import MessageId, TaskId
from bot.domain.queue_status import QueueStatus
from bot.domain.task import Task
from bot.errors import ChatError


@dataclass
class FakeCards:
    """What each task's card shows."""

    #: By task, newest last.
    edited: list[TaskId] = field(default_factory=list[TaskId])
    shown: dict[TaskId, QueueStatus] = field(default_factory=dict[TaskId, QueueStatus])
    #: What happens to the next edit of a task's card.
    trouble: dict[TaskId, ChatError] = field(default_factory=dict[TaskId, ChatError])
    #: Tasks whose edits are never answered.
    silent: set[TaskId] = field(default_factory=set[TaskId])

    async def reply_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> MessageId:
        del before
        self.shown[task.id] = queue_status
        return MessageId(task.interaction_id + 1)

    async def find_card(self, task: Task) -> MessageId | None:
        return task.card_id

    async def edit_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> None:
        del before
        if task.id in self.silent:
            await asyncio.Event().wait()
        if task.id in self.trouble:
            raise self.trouble.pop(task.id)
        self.edited.append(task.id)
        self.shown[task.id] = queue_status

    async def delete_card(self, task: Task) -> None:
        self.shown.pop(task.id, None)
