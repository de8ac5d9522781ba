"""What was paid for is written until it is written; the operator hears of it once."""

import asyncio
from typing import cast

import pytest

from bot.errors import Stale, StoreUnavailable
from bot.services.operator import Operator
from bot.services.persistence import Persistence


class Told:
    """The operator, as far as it is told things."""

    def __init__(self) -> None:
        self.texts = list[str]()

    async def tell(self, text: str) -> None:
        self.texts.append(text)


class Locked:
    """A database that cannot be written a few times."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def write(self) -> str:
        if self.times:
            self.times -= 1
            raise StoreUnavailable("database is locked")
        return "written"


def patient(told: Told, slept: list[float]) -> Persistence:
    """Return one that takes no time to wait."""

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    return Persistence(cast("Operator", told), sleep)


async def test_it_is_written_until_it_is_written() -> None:
    """With growing waits that have an end, and one alert, however long it takes."""
    told, slept = Told(), list[float]()
    persistence = patient(told, slept)
    assert await persistence.until_written(Locked(40).write) == "written"
    assert await persistence.until_written(Locked(3).write) == "written"
    assert slept[:3] == [0.1, 0.2, 0.4]
    assert max(slept) == 5.0
    assert len(slept) == 43
    assert len(told.texts) == 1
    assert "database is locked" in told.texts[0]


async def test_nothing_new_is_paid_for_meanwhile() -> None:
    """It is behind from the first failure until it is written, and says who holds what."""
    persistence = patient(Told(), [])
    behind = list[bool]()

    async def write() -> None:
        behind.append(persistence.is_behind)
        if len(behind) < 3:
            raise StoreUnavailable("full")

    await persistence.until_written(write)
    assert behind == [False, True, True]
    assert not persistence.is_behind


async def test_what_else_goes_wrong_is_not_repeated() -> None:
    """A transition that somebody else was faster with is refused once and for all."""
    persistence = patient(Told(), [])

    async def write() -> None:
        raise Stale

    with pytest.raises(Stale):
        await persistence.until_written(write)
    assert not persistence.is_behind


async def test_who_is_cancelled_holds_nothing_any_more() -> None:
    """A process that stops does not wait for one that has gone."""
    persistence = patient(Told(), [])
    holder = asyncio.create_task(persistence.until_written(Locked(10**9).write))
    async with asyncio.timeout(5):
        while not persistence.is_behind:  # noqa: ASYNC110 - one turn of the loop
            await asyncio.sleep(0)
    holder.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holder
    assert not persistence.is_behind
