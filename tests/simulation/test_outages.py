"""An outage ends no task: it waits, says so, and continues by itself; for a day at most."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from typing_extensions import override

import tests.simulation.world
from bot.domain.ids import UserId
from bot.domain.queue_status import Pause
from bot.domain.request import Request
from bot.errors import ChatUnavailable, FetchFailed, RateLimited, ServerFailed, UnusablePicture
from bot.evolink.values import Submitted
from tests.simulation.engine import TRUE
from tests.simulation.evolink import Client
from tests.simulation.life import Life
from tests.simulation.scenario import Scenario, Typed
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.wire import Fault
from tests.simulation.world import WAITS, World

HOUR = 60 * 60_000
#: More tries than anybody makes.
FOR_EVER = 10_000


async def end_of(stage, calls, error, times: int, **discord: object) -> tuple[str, str | None, int]:
    """Make calls fail that often; return how the task ended, why, and after what milliseconds."""
    faults = {call: [Fault(error)] * times for call in calls}
    typed = (Typed(references=1),)
    world = World(stage, Scenario(name="out", typed=typed, faults=faults, discord=discord))
    await world.run()
    world.audit()
    assert world.findings == []
    (row,) = world.file.rows("SELECT state, reason, ended_at - created_at AS took FROM task")
    return row["state"], row["reason"], row["took"]


@pytest.mark.parametrize("times", [4, 40])
async def test_a_reference_comes_once_it_can(stage, times) -> None:
    """The pictures' host is down for seconds, or for most of an hour."""
    assert (await end_of(stage, ["fetch"], FetchFailed, times))[0] == "delivered"


@pytest.mark.parametrize("times", [4, 40])
async def test_a_link_is_signed_anew_once_it_can(stage, times) -> None:
    """Discord is failing while it is asked for that."""
    state, *_ = await end_of(stage, ["refresh"], ChatUnavailable, times, links_are_dead=True)
    assert state == "delivered"


@pytest.mark.parametrize("times", [4, 40])
async def test_a_reference_is_uploaded_once_it_can(stage, monkeypatch, times) -> None:
    """The file service fails, and Discord's link can't be used instead."""
    monkeypatch.setattr("bot.services.shared.references.CONVERTED", "")
    assert (await end_of(stage, ["upload"], ServerFailed, times))[0] == "delivered"


async def test_a_reference_is_waited_for_a_day_at_most(stage, monkeypatch) -> None:
    """After that, the requester is told to attach it again."""
    monkeypatch.setattr(tests.simulation.world, "WAITS", replace(WAITS, give_up=HOUR))
    state, reason, took = await end_of(stage, ["fetch"], FetchFailed, FOR_EVER)
    assert (state, reason) == ("failed", "reference_gone")
    assert HOUR <= took < 1.1 * HOUR


async def test_links_that_never_come_are_waited_for_an_hour(stage) -> None:
    """Evolink says that it is done; after that, all counts as drawn, and one can ask again."""
    world = World(stage, Scenario(name="x", evolink={"links_late": FOR_EVER * HOUR}))
    await world.run()
    (row,) = world.file.rows("SELECT *, ended_at - created_at AS took FROM task")
    assert (row["state"], row["reason"], row["charged"]) == ("failed", "no_images", 0)
    assert row["drawn"] is None
    assert HOUR <= row["took"] < 2 * HOUR


async def test_a_reference_that_is_gone_is_a_verdict(stage) -> None:
    """There is no waiting: it ends within the minute."""
    state, reason, took = await end_of(stage, ["fetch", "refresh"], UnusablePicture, FOR_EVER)
    assert (state, reason) == ("failed", "reference_gone:0")
    assert took < 60_000


class Picky(Client):
    """Evolink keeps refusing requests for three images as too many requests."""

    @override
    async def submit(self, request: Request, image_urls: Sequence[str], **more: Any) -> Submitted:
        if request.count == 3:
            raise RateLimited("slow down", 1.0)
        return await super().submit(request, image_urls, **more)


async def test_a_rate_is_no_fault_of_the_request(stage, monkeypatch) -> None:
    """While others are accepted, users read that Evolink is busy, not to change the prompt."""
    monkeypatch.setattr("bot.services.work.refusals.ALONE_OF_RATE", 2)
    typed = (Typed(count=3), *(Typed(user=UserId(user)) for user in range(21, 41)))
    world = World(stage, Scenario(name="busy", typed=typed, max_running=1))
    await world.run(replace(TRUE, client=Picky))
    row, *others = world.file.rows("SELECT state, reason FROM task ORDER BY id")
    assert (row["state"], row["reason"]) == ("failed", Pause.RATE_LIMITED)
    assert {each["state"] for each in others} == {"delivered"}


async def test_a_key_that_was_to_be_sent_again_in_time(stage) -> None:
    """A process suspended past its last try tries once more: Evolink may be drawing."""
    (scenario,) = [each for each in SCENARIOS if each.name == "trusted, the answer lost"]
    world = World(stage, scenario)
    process = world.start(Life(), TRUE)
    submit, times = process.client.submit, count(1)

    async def suspended(*arguments: Any, **more: Any) -> Submitted:
        if next(times) == 2:
            world.clock.now += WAITS.unknown_after
        return await submit(*arguments, **more)

    process.client.submit = suspended
    await world.live(process)
    await process.end()
    world.audit()
    assert world.findings == []
    assert world.ends() == scenario.ends
