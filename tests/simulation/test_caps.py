"""What counts to the operator's caps once a task has ended, by what may have been drawn for it."""

import pytest

from bot.domain import quota
from bot.errors import AccessDenied, NotTaken, RateLimited, Rejected, ServerFailed
from simulation.engine import TRUE
from simulation.life import Life
from simulation.scenarios import Press, Scenario, Typed
from simulation.wire import Fault
from simulation.world import GUILD, World

UPLOADING = Press(button="stop", during="upload")


def rejected() -> Rejected:
    """Say no for good."""
    return Rejected("invalid_parameters")


async def counted(stage, *, press: Press | None = None, submit=(), end: str) -> int:
    """Let a task of three images end so; return how many of them count."""
    typed = (Typed(count=3, references=1),)
    faults = {"submit": [Fault(error) for error in submit]}
    presses = () if press is None else (press,)
    world = World(stage, Scenario(name="cap", typed=typed, presses=presses, faults=faults))
    process = world.start(Life(), TRUE)
    try:
        await world.work(process)
        day = quota.day_of(world.clock.now)
        usage = await process.worker.store.quotas.usage(GUILD, 20, day=day)
    finally:
        await process.end()
    assert world.ends() == (f"{end} 0",)
    assert not world.account.drawings
    return usage.used_total


async def test_stopped_before_it_was_sent(stage) -> None:
    """Nobody uses the cap up by stopping what was not sent yet."""
    assert await counted(stage, press=UPLOADING, end="cancelled") == 0


@pytest.mark.parametrize("error", [RateLimited, AccessDenied, NotTaken])
async def test_stopped_after_it_was_refused(stage, error) -> None:
    """Evolink has said that it took nothing, or was not reached."""
    pressed = Press(button="stop", during="submit")
    assert await counted(stage, press=pressed, submit=[error], end="cancelled") == 0


async def test_rejected(stage) -> None:
    """Evolink will never draw it, and has not."""
    assert await counted(stage, submit=[rejected], end="failed") == 0


@pytest.mark.parametrize("submit", [[ServerFailed] * 3, [ServerFailed, rejected]])
async def test_what_may_have_come_through_counts(stage, submit) -> None:
    """A 500 may hide that it was taken; what is heard of a later try says nothing about that."""
    assert await counted(stage, submit=submit, end="failed") == 3


async def test_stopped_after_it_may_have_come_through(stage) -> None:
    """Stopping undraws nothing."""
    pressed = Press(button="stop", during="submit")
    assert await counted(stage, press=pressed, submit=[ServerFailed], end="cancelled") == 3
