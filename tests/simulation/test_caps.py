"""What an ended task counts to the operator's caps, by what may have been drawn for it."""

from contextlib import suppress
from itertools import product

import pytest
from typing_extensions import override

from bot.domain import error_codes, quota
from bot.domain.ids import TaskId, UserId
from bot.domain.requester import Requester
from bot.errors import (
    AccessDenied,
    ImagineError,
    NotTaken,
    OutcomeUnknown,
    OutOfCredits,
    RateLimited,
    Rejected,
    ServerFailed,
)
from tests.simulation.engine import TRUE, Process
from tests.simulation.life import Life
from tests.simulation.pressing import GUILD
from tests.simulation.scenario import Press, Scenario, Typed
from tests.simulation.wire import Fault
from tests.simulation.world import World

UPLOADING = Press(button="stop", during="upload")


def rejected() -> Rejected:
    """Say no for good."""
    return Rejected("invalid_parameters")


async def counted(stage, *, press: Press | None = None, submit=(), end: str) -> int:
    """Let a task of three images end like this; return how many of them count."""
    typed = (Typed(count=3, references=1),)
    faults = {"submit": [Fault(error) for error in submit]}
    presses = () if press is None else (press,)
    world = World(stage, Scenario(name="cap", typed=typed, presses=presses, faults=faults))
    process = world.start(Life(), TRUE)
    try:
        await world.work(process)
        day = quota.day_of(world.clock.now)
        usage = await process.worker.store.quotas.usage(Requester(GUILD, UserId(20)), now=day)
    finally:
        await process.end()
    assert world.ends() == (f"{end} 0",)
    assert not world.account.drawings
    return usage.used_total


async def test_stopped_before_it_was_sent(stage) -> None:
    """Nobody can use the cap up by stopping tasks that weren't sent yet."""
    assert await counted(stage, press=UPLOADING, end="cancelled") == 0


@pytest.mark.parametrize("error", [RateLimited, AccessDenied, NotTaken])
async def test_stopped_after_it_was_refused(stage, error) -> None:
    """Evolink has said that it took nothing, or was not reached."""
    pressed = Press(button="stop", during="submit")
    assert await counted(stage, press=pressed, submit=[error], end="cancelled") == 0


async def test_rejected(stage) -> None:
    """Evolink will never draw it, and hasn't."""
    assert await counted(stage, submit=[rejected], end="failed") == 0


@pytest.mark.parametrize("submit", [[ServerFailed] * 3, [ServerFailed, rejected]])
async def test_what_may_have_come_through_counts(stage, submit) -> None:
    """A 500 may hide that it was accepted; a later try's answer says nothing about that."""
    assert await counted(stage, submit=submit, end="failed") == 3


async def test_stopped_after_it_may_have_come_through(stage) -> None:
    """Stopping doesn't undo a drawing."""
    pressed = Press(button="stop", during="submit")
    assert await counted(stage, press=pressed, submit=[ServerFailed], end="cancelled") == 3


#: Answers to a try, and whether it may still have drawn something.
ANSWERS = {
    "500": (ServerFailed, True),
    "lost": (OutcomeUnknown, True),
    "front": (NotTaken, False),
    "429": (RateLimited, False),
    "402": (OutOfCredits, False),
    "403": (AccessDenied, False),
    "rejected": (rejected, False),
}
#: After these nothing is sent any more.
LAST = {"lost", "rejected"}
ORDERS = [
    (*order, end)
    for length in range(4)
    for order in product(ANSWERS, repeat=length)
    for end in ("drawn", "fewer", "fail", "cancel")
    if not LAST & set(order[:-1])
    # Three failures in a row are tested elsewhere.
    and order.count("500") < 3
    and (len(order) < 4 or order[0] == "500")
    and order != ("cancel",)
]


class Cancelled(World):
    """Its first task is cancelled while the answer to such a submission is under way."""

    cancelled_after: int | None = None

    @override
    async def _answering(self, call: str, process: Process) -> None:
        await super()._answering(call, process)
        if call == "submit" and self.outside.met["submit"] == self.cancelled_after:
            with suppress(ImagineError):
                await process.cancellation.cancel(TaskId(1), Requester(GUILD, UserId(20)))


async def heard(stage, order: tuple[str, ...]) -> tuple[int, int]:
    """Let the tries of a task of three images be answered so; return what counts, and is drawn.

    The last one is "drawn", with "fewer" images than asked for, a "fail", or a "cancel" before it.
    """
    *answers, end = order
    faults = [Fault(ANSWERS[answer][0]) for answer in answers]
    evolink = {"fewer": {"short_by": 1}, "fail": {"failure": "content_policy_violation"}}
    world = Cancelled(
        stage,
        Scenario(
            name="cap",
            typed=(Typed(count=3),),
            faults={"submit": faults},
            evolink=evolink.get(end, {}),
        ),
    )
    world.cancelled_after = len(answers) if end == "cancel" else None
    process = world.start(Life(), TRUE)
    try:
        await world.work(process)
        (row,) = world.file.rows("SELECT * FROM task")
        days = {quota.day_of(row["created_at"]), quota.day_of(world.clock.now)}
        if row["intent_at"] is not None:
            days.add(quota.day_of(row["intent_at"]))
        usages = [
            await process.worker.store.quotas.usage(Requester(GUILD, UserId(20)), now=day)
            for day in days
        ]
    finally:
        await process.end()
    drawn = sum(drawing.images for drawing in world.account.drawings.values())
    assert sum(usage.used for usage in usages) == (drawn if row["state"] != "unknown" else 0)
    return sum(usage.used_total for usage in usages), drawn


async def test_every_order_of_answers(stage) -> None:
    """What may have been drawn counts in full, whatever came later; nobody is charged for it."""
    wrong = {}
    for order in ORDERS:
        counted, drawn = await heard(stage, order)
        doubtful = any(ANSWERS[answer][1] for answer in order[:-1])
        if counted != (3 if doubtful else drawn):
            wrong[order] = counted
    assert wrong == {}


@pytest.mark.parametrize("code", ["content_policy_violation", *sorted(error_codes.UNKNOWN)])
async def test_a_task_that_fails_by_its_code(stage, code) -> None:
    """Some codes mean that it may have been drawn and charged, wherever they are read."""
    scenario = Scenario(name="cap", typed=(Typed(count=3),), evolink={"failure": code})
    world = World(stage, scenario)
    process = world.start(Life(), TRUE)
    try:
        await world.work(process)
        usage = await process.worker.store.quotas.usage(
            Requester(GUILD, UserId(20)), now=quota.day_of(world.clock.now)
        )
    finally:
        await process.end()
    assert world.ends() == ("failed 0",)
    assert usage.used_total == (3 if code in error_codes.UNKNOWN else 0)
