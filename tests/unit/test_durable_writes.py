"""Paid facts are written until that succeeds; the operator hears of it once."""

import asyncio

import pytest

from bot.errors import Stale, StoreUnavailable
from bot.services.shared.durable_writes import DurableWrites
from tests.kit.patience import PATIENCE


class Told:
    """Records the operator's alerts."""

    def __init__(self) -> None:
        self.texts = list[str]()

    def send(self, text: str) -> None:
        self.texts.append(text)


class Locked:
    """A database that fails a few writes."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def write(self) -> str:
        if self.times:
            self.times -= 1
            raise StoreUnavailable("database is locked")
        return "written"


def patient(told: Told, slept: list[float]) -> DurableWrites:
    """Return durable writes whose waits take no time."""

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    return DurableWrites(told.send, sleep)


async def test_it_is_written_until_it_is_written() -> None:
    """With growing, bounded waits and one alert, however long it takes."""
    told, slept = Told(), list[float]()
    durable = patient(told, slept)
    assert await durable.until_written(Locked(40).write) == "written"
    assert await durable.until_written(Locked(3).write) == "written"
    assert slept[:3] == [0.1, 0.2, 0.4]
    assert max(slept) == 5.0
    assert len(slept) == 43
    assert len(told.texts) == 1
    assert "database is locked" in told.texts[0]


async def test_nothing_new_is_paid_for_meanwhile() -> None:
    """It is behind from the first failure until the write succeeds, and says who holds what."""
    durable = patient(Told(), [])
    behind = list[bool]()

    async def write() -> None:
        behind.append(durable.is_behind)
        if len(behind) < 3:
            raise StoreUnavailable("full")

    await durable.until_written(write)
    assert behind == [False, True, True]
    assert not durable.is_behind


async def test_what_else_goes_wrong_is_not_repeated() -> None:
    """A transition that lost against another one is refused for good."""
    durable = patient(Told(), [])

    async def write() -> None:
        raise Stale

    with pytest.raises(Stale):
        await durable.until_written(write)
    assert not durable.is_behind


async def test_who_is_cancelled_holds_nothing_any_more() -> None:
    """A stopping process doesn't wait for a cancelled write."""
    durable = patient(Told(), [])
    holder = asyncio.create_task(durable.until_written(Locked(10**9).write))
    async with asyncio.timeout(PATIENCE):
        while not durable.is_behind:  # noqa: ASYNC110 - one turn of the loop
            await asyncio.sleep(0)
    holder.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holder
    assert not durable.is_behind
