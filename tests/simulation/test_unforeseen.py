"""No task lives forever: whatever call keeps failing, in whatever unforeseen way, it ends."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

import tests.simulation.world
from bot.errors import ChatUnavailable, ImagineError
from tests.simulation.audit import Finding
from tests.simulation.scenario import Press, Scenario, Typed
from tests.simulation.wire import Fault
from tests.simulation.world import WAITS, World

#: So that a day takes no more rounds than an hour.
HOUR = 60 * 60_000
#: More than anybody will try.
FOR_EVER = 10_000
#: The promises that are still kept.
KEPT = {"one end", "nothing left open", "submitted once", "posted once", "quotas hold"}


def broken() -> ImagineError:
    """Fail as a library does that cannot read an answer."""
    return cast("ImagineError", RecursionError("too deep"))


async def ending(world: World) -> int:
    """Work until nothing is left to do, and audit it; return how many milliseconds that took."""
    began = world.clock.now
    await world.run()
    world.audit()
    return world.clock.now - began


@pytest.mark.parametrize(
    ("call", "end"),
    [
        ("find card", "cancelled"),
        ("fetch", "failed"),
        ("upload", "failed"),
        ("submit", "unknown"),
        ("read", "failed"),
        ("download", "failed"),
        ("post by channel", "kept"),
        ("delete card", "delivered"),
    ],
)
async def test_a_call_that_fails_for_ever(stage, monkeypatch, call, end) -> None:
    """It ends in bounded time, is closed, refunds what nobody got, and others go on."""
    monkeypatch.setattr(tests.simulation.world, "WAITS", replace(WAITS, give_up=HOUR))
    faults: dict[str, Sequence[Fault]] = {call: [Fault(broken)] * FOR_EVER}
    if call == "find card":
        faults["answer"] = [Fault(broken)]
    scenario = Scenario(name=call, typed=(Typed(references=1),), faults=faults)
    world = World(stage, scenario)
    took = await ending(world)

    assert [each.partition(" ")[0] for each in world.ends()] == [end]
    assert took < 3 * HOUR
    assert [each for each in world.findings if each.promise in KEPT] == list[Finding]()


@pytest.mark.parametrize(
    ("presses", "most"), [((), 2 * HOUR), ((Press(button="stop", seen="queued"),), HOUR // 2)]
)
async def test_a_card_that_can_never_be_looked_up(stage, monkeypatch, presses, most) -> None:
    """Discord always fails there: the task ends after a day, or when its requester cancels it."""
    monkeypatch.setattr(tests.simulation.world, "WAITS", replace(WAITS, give_up=HOUR))
    faults = {"answer": [Fault(ChatUnavailable)], "find card": [Fault(ChatUnavailable)] * FOR_EVER}
    world = World(stage, Scenario(name="out of reach", presses=presses, faults=faults))
    took = await ending(world)

    assert world.ends() == ("cancelled 0",)
    assert [each for each in world.findings if each.promise in KEPT] == list[Finding]()
    assert took < most
