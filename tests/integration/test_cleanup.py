"""Cleanup of the disk: results go after their days, the oldest sooner when space runs out."""

import os
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from secrets import token_hex

import pytest
from typing_extensions import override

from bot.domain.durations import Durations
from bot.domain.ids import InteractionId
from bot.domain.result import Result
from bot.errors import StoreUnavailable
from bot.files import FileStorage
from bot.services.work.cleanup import Cleanup
from bot.shared_files import SharedFiles
from bot.store.facts import RESTORED
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.integration.store_kit import NOW, cleanup_of, driver_of, opened, run, run_sql
from tests.kit.object_store import Server

DAY = 24 * 60 * 60 * 1000


async def _ended(store, storage, at: int) -> str:
    """A delivered task with one result of 100 bytes; return the file's name."""
    task = await run(store, now=at)
    ready = await store.tasks.save(task.ready(at), "ready", now=at)
    await store.tasks.save(ready.delivered(at, 1), "delivered", now=at)
    path = storage.result(task.id, 0)
    path.write_bytes(b"x" * 100)
    name = storage.name(path)
    await store.results.save(Result(task_id=task.id, position=0, url="u", file=name, bytes=100))
    return name


def _cleanup(store, storage, most: int, now: int = NOW) -> Cleanup:
    return cleanup_of(store, storage, now=now, max_bytes=most)


@pytest.mark.parametrize(
    ("most", "left"),
    [(10_000, 2), (150, 1), (0, 0)],
)
async def test_the_oldest_go_first(tmp_path, most, left):
    """Results older than RESULT_DAYS go; above RESULT_DISK_GB, so do the oldest of the rest."""
    storage = FileStorage(tmp_path / "files")
    storage.prepare()
    async with opened(tmp_path) as store:
        names = [await _ended(store, storage, NOW - days * DAY) for days in (9, 2, 1)]
        cleanup = _cleanup(store, storage, most)
        gone = await cleanup.run_once()

        assert gone == 3 - left
        assert [await storage.has(name) for name in names] == [n >= 3 - left for n in range(3)]
        assert len(await store.results.files()) == left


async def test_by_a_wrong_clock_nothing_is_too_old(tmp_path):
    """A clock that is weeks ahead for a minute would cost every stored image and every prompt."""
    storage = FileStorage(tmp_path / "files")
    storage.prepare()
    async with opened(tmp_path) as store:
        names = [await _ended(store, storage, NOW - days * DAY) for days in (9, 8)]
        stray = storage.result(InteractionId(77), 0)
        stray.write_bytes(b"not in a row yet")
        os.utime(stray, ((NOW - DAY) / 1000, (NOW - DAY) / 1000))
        durations = replace(Durations(), keep_prompts=7 * DAY)
        wrong = cleanup_of(store, storage, now=NOW, clock_right=False)
        wrong = replace(wrong, durations=durations)
        await store.tasks._db.write(
            partial(run_sql, "UPDATE task SET token = NULL, wake_at = NULL")
        )
        assert [await wrong.run_once(), await wrong.forget(), await wrong.sweep()] == [0, 0, 0]
        assert [await storage.has(name) for name in names] == [True, True]
        full = replace(wrong, max_bytes=150)
        assert await full.run_once() == 1, "room is made all the same"
        right = replace(wrong, is_clock_right=lambda: True)
        assert await right.run_once() == 1
        assert await right.forget() == 2
        assert await right.sweep() == 1


async def test_a_file_that_cannot_be_deleted_holds_up_no_other(tmp_path):
    """A folder lies where a result was; the other expired results go, and for good."""
    storage = FileStorage(tmp_path / "files")
    storage.prepare()
    async with opened(tmp_path) as store:
        names = [await _ended(store, storage, NOW - days * DAY) for days in (9, 8)]
        storage.path(names[0]).unlink()
        storage.path(names[0]).mkdir()
        cleanup = _cleanup(store, storage, 10_000)

        assert await cleanup.run_once() == 2
        assert not await storage.has(names[1])
        assert await cleanup.run_once() == 0
        assert await cleanup.sweep() == 0


async def test_strays_are_swept(tmp_path):
    """Files that no row names go after an hour; what an open task may still need stays."""
    storage = FileStorage(tmp_path / "files")
    storage.prepare()
    hour = 60 * 60 * 1000
    written = time.time_ns() // 1_000_000
    async with opened(tmp_path) as store:
        task = await run(store)
        kept = await _ended(store, storage, written)
        incoming = storage.incoming(task.interaction_id, 0)
        unknown, others = (InteractionId(task.interaction_id + n) for n in (1, 2))
        for path in (
            incoming,
            storage.result(task.interaction_id, 0),
            # As earlier versions named them.
            storage.root / "results" / f"{task.id}-0",
            storage.root / "references" / f"{task.id + 1}-0-5f3a",
            storage.incoming(unknown, 0),
            storage.kept_reference("a0", converted=False),
            storage.smaller_copy(f"results/{task.interaction_id + 1}/0", 10),
            storage.result(unknown, 1),
            storage.result(others, 0).with_name("0.5f3a.part"),
        ):
            path.write_bytes(b"x")

        assert await _cleanup(store, storage, 10_000, written + hour // 2).sweep() == 0
        assert await _cleanup(store, storage, 10_000, written + 2 * hour).sweep() == 6
        assert incoming.exists()
        assert storage.result(task.interaction_id, 0).exists()
        assert (storage.root / "results" / f"{task.id}-0").exists()
        assert not (storage.root / "results" / str(task.interaction_id + 2)).exists()
        assert await storage.has(kept)


@pytest.mark.parametrize("restored", [False, True])
async def test_what_another_database_knows_is_not_swept(tmp_path, restored):
    """With a wrong DATABASE_URL or backup, the right one may come back, with its images."""
    storage = FileStorage(tmp_path / "files")
    storage.prepare()
    now = time.time_ns() // 1_000_000
    async with opened(tmp_path) as store:
        if restored:
            await run(store)
            await store.facts.put(RESTORED, now)
        theirs = storage.result(InteractionId(77), 0)
        theirs.write_bytes(b"x")
        assert await _cleanup(store, storage, 10_000, now + 6 * DAY).sweep() == 0
        assert theirs.exists()
        if restored:
            assert await _cleanup(store, storage, 10_000, now + 8 * DAY).sweep() == 1


async def test_every_process_sweeps_its_own_disk(
    s3: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only one of them sweeps the object store, which they share."""

    async def another_does(_: str) -> bool:
        return False

    storage = SharedFiles(tmp_path / "files", s3.store(token_hex(4)))
    storage.prepare()
    later = time.time_ns() // 1_000_000 + DAY
    async with opened(tmp_path) as store:
        from_before = await _ended(store, storage, later)
        stray = storage.result(InteractionId(7), 0)
        stray.write_bytes(b"x")
        await storage.share(stray)
        left = storage.incoming(InteractionId(8), 0)
        left.write_bytes(b"x")
        cleanup = cleanup_of(store, storage, now=later)

        monkeypatch.setattr(store.peers, "leads", another_does)
        assert await cleanup.sweep() == 1
        assert not left.exists()
        assert await storage.objects.size(from_before)
        assert await storage.objects.size("results/7/0")
        monkeypatch.undo()
        assert await cleanup.sweep() == 1
        assert not await storage.objects.size("results/7/0")


class _FullDisk(FileStorage):
    """A disk without space."""

    @override
    def is_full(self) -> bool:
        return True


async def test_a_full_disk_is_told_once_though_nothing_can_be_written(tmp_path):
    """Not even that it was told: every round fails, and the alert is sent all the same."""
    storage, channel = _FullDisk(tmp_path / "files"), FakeOperatorChannel()
    storage.prepare()
    async with opened(tmp_path) as store:
        await store._db.write(lambda it: driver_of(it).execute("PRAGMA query_only = ON").close())
        cleanup = cleanup_of(store, storage, channel=channel)
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await cleanup.run_once()
    (alert,) = channel.read
    assert "The disk is nearly full" in alert
