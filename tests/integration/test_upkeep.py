"""Upkeep of the disk: results go after their days, the oldest sooner when space runs out."""

import time
from typing import cast

import pytest
from store_kit import NOW, opened, run
from typing_extensions import override

from bot.domain.pace import Waits
from bot.domain.result import Result
from bot.errors import StoreUnavailable
from bot.services.operator import Operator
from bot.services.ports import Chat
from bot.services.reference_cache import ReferenceCache
from bot.services.shelf import Shelf
from bot.services.upkeep import Upkeep

DAY = 24 * 60 * 60 * 1000


async def _ended(store, shelf, at: int) -> str:
    """A delivered task with one result of 100 bytes; return the file's name."""
    task = await run(store, now=at)
    ready = await store.tasks.save(task.ready(at), "ready", now=at)
    await store.tasks.save(ready.delivered(at, 1), "delivered", now=at)
    path = shelf.result(task.id, 0)
    path.write_bytes(b"x" * 100)
    name = shelf.name(path)
    await store.tasks.save_result(
        Result(task_id=task.id, position=0, url="u", file=name, bytes=100)
    )
    return name


def _upkeep(store, shelf, most: int, now: int = NOW) -> Upkeep:
    operator = Operator(store, cast("Chat", None), lambda: now)
    cache = ReferenceCache(store, shelf, Waits(), lambda: now, most)
    return Upkeep(store, shelf, cache, operator, Waits(), lambda: now, most)


@pytest.mark.parametrize(
    ("most", "left"),
    [(10_000, 2), (150, 1), (0, 0)],
)
async def test_the_oldest_go_first(tmp_path, most, left):
    """What is older than RESULT_DAYS goes; above RESULT_DISK_GB the oldest of the rest go too."""
    shelf = Shelf(tmp_path / "files")
    shelf.prepare()
    async with opened(tmp_path) as store:
        names = [await _ended(store, shelf, NOW - days * DAY) for days in (9, 2, 1)]
        upkeep = _upkeep(store, shelf, most)
        gone = await upkeep.round()

        assert gone == 3 - left
        assert [shelf.has(name) for name in names] == [n >= 3 - left for n in range(3)]
        kept = await store.tasks.stored_results()
        assert len(kept) == left


async def test_strays_are_swept(tmp_path):
    """What no row names goes after an hour; what an open task may still need stays."""
    shelf = Shelf(tmp_path / "files")
    shelf.prepare()
    hour = 60 * 60 * 1000
    written = time.time_ns() // 1_000_000
    async with opened(tmp_path) as store:
        task = await run(store)
        kept = await _ended(store, shelf, written)
        incoming = shelf.incoming(task.id, 0)
        for path in (
            incoming,
            shelf.result(task.interaction_id, 0),
            # As earlier versions named it.
            shelf.result(task.id, 0),
            shelf.incoming(task.id + 1, 0),
            shelf.kept_reference("a0", converted=False),
            shelf.copy(f"results/{task.interaction_id + 1}-0", 10),
            shelf.result(task.interaction_id + 1, 1),
            shelf.root / "results" / f"{task.id + 1}-0.5f3a.part",
        ):
            path.write_bytes(b"x")

        assert await _upkeep(store, shelf, 10_000, written).round() == 0
        assert await _upkeep(store, shelf, 10_000, written + 2 * hour).round() == 5
        assert incoming.exists()
        assert shelf.result(task.interaction_id, 0).exists()
        assert shelf.result(task.id, 0).exists()
        assert shelf.has(kept)


class _FullDisk(Shelf):
    """A disk without space."""

    @override
    def is_full(self) -> bool:
        return True


class _Channel:
    """The operator's channel."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def tell_operator(self, text: str) -> bool:
        self.read.append(text)
        return True


async def test_a_full_disk_is_told_once_though_nothing_can_be_written(tmp_path):
    """Not even that it was told: every round fails, and the alert goes out all the same."""
    shelf, channel = _FullDisk(tmp_path / "files"), _Channel()
    shelf.prepare()
    async with opened(tmp_path) as store:
        async with store._db.write() as connection:
            await connection.exec_driver_sql("PRAGMA query_only = ON")
        operator = Operator(store, cast("Chat", channel), lambda: NOW)
        cache = ReferenceCache(store, shelf, Waits(), lambda: NOW, 10**9)
        upkeep = Upkeep(store, shelf, cache, operator, Waits(), lambda: NOW, 10**9)
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await upkeep.round()
    (alert,) = channel.read
    assert "The disk is nearly full" in alert
