"""When a step that keeps failing is given up."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from bot.domain.durations import Durations
from bot.domain.erasure import Erasure
from bot.domain.state import State
from bot.domain.task import Task
from bot.services.work.overdue import Overdue
from tests.unit.ui_kit import NOW, task


@dataclass
class _Closing:
    given_up: list[Task] = field(default_factory=list[Task])

    async def give_up(self, task: Task) -> None:
        self.given_up.append(task)


@pytest.mark.parametrize(
    ("failures", "erasure", "ends"),
    [(1439, None, False), (1440, None, True), (5000, Erasure.ASKED, False)],
)
async def test_what_an_ended_task_was_asked_for(failures, erasure, ends):
    """An outage may last a day; after that, a file that can't be deleted is given up.

    Except if somebody was promised that their data goes: then the bot keeps trying.
    """
    closing, unused = _Closing(), cast("Any", None)
    overdue = Overdue(
        transitions=unused,
        delivery=unused,
        closing=cast("Any", closing),
        durations=Durations(),
        clock=lambda: NOW,
        watch=unused,
    )
    ended = replace(task(state=State.KEPT), deleting=True, failures=failures, erasure=erasure)
    assert await overdue.end(ended, foreseen=True) is ends
    assert closing.given_up == [ended] * ends
