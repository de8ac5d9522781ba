"""Events that two processes receive."""

import asyncio
from typing import Any

import pytest
from typing_extensions import override

from bot.interactions.handover import handle_once
from bot.store.peers import Peers, Place


class SharedPlace(Place):
    """A place shared with another process, which has some events already."""

    is_shared = True

    def __init__(self, *theirs: int) -> None:
        self.theirs = set(theirs)
        self.asked = list[int]()

    @override
    async def claim(self, event: int) -> bool:
        self.asked.append(event)
        return event not in self.theirs


async def handled(place: Place, kind: str, data: Any) -> bool:
    """Whether an event is handled."""
    peers, seen = Peers(), list[Any]()
    peers.place = place
    parsers = {"INTERACTION_CREATE": seen.append, "MESSAGE_CREATE": seen.append}
    handle_once(parsers, peers)
    parsers[kind](data)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return seen == [data]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("INTERACTION_CREATE", {"token": "x"}),
        ("MESSAGE_CREATE", {"content": "<@7> a fox"}),
        ("MESSAGE_CREATE", {"content": " \n<@!7> a fox"}),
    ],
)
async def test_one_process_handles_an_event(kind, data):
    """The one that claims it first."""
    place = SharedPlace(1)
    assert not await handled(place, kind, data | {"id": "1"})
    assert await handled(place, kind, data | {"id": "2"})
    assert place.asked == [1, 2]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("MESSAGE_CREATE", {"id": "1", "content": ""}),
        ("MESSAGE_CREATE", {"id": "1", "content": "I like <@7>"}),
        ("MESSAGE_CREATE", {"id": "1"}),
        ("INTERACTION_CREATE", {"id": "one", "token": "x"}),
        ("INTERACTION_CREATE", {"token": "x"}),
        ("INTERACTION_CREATE", ["token"]),
        ("MESSAGE_CREATE", None),
    ],
)
async def test_what_nobody_acts_on_is_not_claimed(kind, data):
    """Most messages ask for nothing; if one can't be read, each process says so."""
    place = SharedPlace(1)
    assert await handled(place, kind, data)
    assert not place.asked


async def test_whoever_is_alone_claims_nothing():
    """It handles an event at once."""
    peers, seen = Peers(), list[Any]()
    parsers = {"INTERACTION_CREATE": seen.append, "MESSAGE_CREATE": seen.append}
    handle_once(parsers, peers)
    parsers["INTERACTION_CREATE"]({"id": "1", "token": "x"})
    assert seen
