"""Tasks that a process holds between two steps, and when it looks at the database."""

import asyncio
from dataclasses import replace

from bot.domain.ids import ChannelId, InteractionId, ServerId, TaskId, UserId
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.state import State
from bot.domain.task import Task
from bot.services.work.held_tasks import HeldTasks, NextStep
from bot.services.work.wakeup import Wakeup
from tests.kit.patience import PATIENCE


def task(number: int, state: State = State.RUNNING) -> Task:
    """One that is being drawn."""
    return Task(
        id=TaskId(number),
        requester=Requester(ServerId(1), UserId(2)),
        channel_id=ChannelId(3),
        locale="en-US",
        interaction_id=InteractionId(4),
        application_id=5,
        token="token",
        request=Request(prompt="a cat"),
        state=state,
        reserved=1,
        upload_limit=6,
        created_at=7,
    )


def test_what_is_due_first_comes_first() -> None:
    """Nothing before its time, nothing twice, and no more than there is room for."""
    held = HeldTasks()
    for number, due_at in ((1, 30), (2, 10), (3, 20)):
        held.add(NextStep(task(number), due_at))
    assert held.next_due() == 10
    assert held.take(9, polls=9, others=9) == []
    assert [each.task.id for each in held.take(30, polls=2, others=0)] == [2, 3]
    assert [each.task.id for each in held.take(30, polls=2, others=0)] == [1]
    assert (held.take(99, polls=9, others=9), held.next_due()) == ([], None)


def test_polls_and_other_steps_have_rooms_of_their_own() -> None:
    """Hundreds of polls hold up no delivery, nor the other way round."""
    held = HeldTasks()
    held.add(NextStep(task(1), 0))
    held.add(NextStep(task(2, State.READY), 0))
    assert held.next_due(polls=False) == 0
    assert [each.task.id for each in held.take(0, polls=0, others=9)] == [2]
    assert held.next_due(polls=False) is None
    assert [each.task.id for each in held.take(0, polls=9, others=0)] == [1]


def test_the_newest_step_of_a_task_counts() -> None:
    """A task that was claimed again is due when the new claim says, and once."""
    held = HeldTasks()
    held.add(NextStep(task(1), 5))
    newer = replace(task(1), version=9)
    held.add(NextStep(newer, 50))
    assert held.next_due() == 50
    assert held.take(50, polls=9, others=9) == [NextStep(newer, 50)]
    assert held.next_due() is None


def test_a_task_is_woken() -> None:
    """It is due at once; other processes look after tasks that aren't held here."""
    held = HeldTasks()
    held.add(NextStep(task(1), 50))
    assert held.wake(TaskId(1), 7)
    assert not held.wake(TaskId(2), 7)
    assert [each.task.id for each in held.take(7, polls=9, others=9)] == [1]
    assert held.take(50, polls=9, others=9) == []


def test_only_what_somebody_else_has_is_dropped() -> None:
    """What was claimed again since stays."""
    held, old, newer = HeldTasks(), task(1), replace(task(1), version=9)
    held.add(NextStep(old, 5))
    held.add(NextStep(newer, 5))
    assert held.drop([old]) == 0
    assert held.tasks() == [newer]
    assert held.drop([newer]) == 1
    assert (held.tasks(), held.next_due()) == ([], None)


async def test_the_worker_wakes_for_what_is_due_earlier() -> None:
    """It sleeps until the next time that it knows of, or until it is woken."""
    wakeup = Wakeup()
    assert wakeup.is_due(0)
    wakeup.looked(1_000_000)
    wakeup.no_later_than(2_000_000)
    assert not wakeup.is_due(999_999)
    sleeping = asyncio.create_task(wakeup.wait(0, 1_000_000))
    await asyncio.sleep(0)
    wakeup.no_later_than(5)
    async with asyncio.timeout(PATIENCE):
        await sleeping
    assert wakeup.is_due(5)
    # Work that came just before it slept isn't missed.
    wakeup.nudge()
    async with asyncio.timeout(PATIENCE):
        await wakeup.wait(0, 1_000_000)


def test_only_what_is_due_waits_for_room() -> None:
    """Forty downloads that wait for their turn leave room to start other tasks."""
    held = HeldTasks()
    held.add(NextStep(task(1), 0))
    held.add(NextStep(task(2, State.READY), 5))
    held.add(NextStep(task(3, State.READY), 20))
    held.add(NextStep(task(3, State.READY), 30))
    assert [each.id for each in held.waiting(20)] == [2]
    assert [each.id for each in held.waiting(30)] == [2, 3]
