"""Whose task a callback is about."""

from pathlib import Path

import pytest
from typing_extensions import override

from bot.domain.durations import Durations
from bot.domain.ids import RemoteId, UserId
from bot.domain.task import Task
from bot.evolink.values import RemoteTask, Status
from bot.files import FileStorage
from bot.refusals import NotFound
from bot.services.shared.alerts import Alerts
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.pauses import Pauses
from bot.services.work.callbacks import Callbacks
from bot.services.work.held_tasks import HeldTasks
from bot.services.work.remote_ids import RemoteIds
from bot.services.work.wakeup import Wakeup
from bot.store.store import Store
from tests.fakes.evolink import UnreachableEvolink
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.integration.store_kit import NOW, USER, opened, queue, start


class _Drawing(UnreachableEvolink):
    """Knows every task, and is still drawing it."""

    @override
    async def read(self, remote_id: RemoteId) -> RemoteTask:
        return RemoteTask(remote_id=remote_id, status=Status.DRAWING)


def callbacks_of(store: Store, folder: Path) -> Callbacks:
    """Return those of a store."""
    alerts = Alerts(store, FakeOperatorChannel(), lambda: NOW)
    pauses = Pauses(
        store=store,
        alerts=alerts,
        storage=FileStorage(folder / "files"),
        durations=Durations(),
        clock=lambda: NOW,
        blocked_seconds=lambda: 0.0,
    )
    return Callbacks(
        store=store,
        evolink=_Drawing(),
        remote_ids=RemoteIds(store, alerts, DurableWrites(alerts.send_soon), lambda: NOW),
        pauses=pauses,
        held=HeldTasks(),
        wakeup=Wakeup(),
        clock=lambda: NOW,
        public_url="https://bot.example",
    )


async def _submitted(store: Store, user: UserId) -> Task:
    """Write a task whose submission has no answer yet."""
    await queue(store, user=user)
    (task,) = await start(store)
    return await store.tasks.save(task.submitting(NOW), "submitting", now=NOW)


async def _name(callbacks: Callbacks, task: Task) -> str:
    url = await callbacks.url(task)
    assert url is not None
    return url.rpartition("/")[2]


def _file(folder: Path) -> Path:
    return folder / "data" / "imagine.db"


async def test_a_restored_backup(tmp_path):
    """Tasks since the backup have no row; their callbacks aren't taken for another task's."""
    async with opened(tmp_path) as store:
        await _name(callbacks_of(store, tmp_path), await _submitted(store, USER))
    backup = _file(tmp_path).read_bytes()
    async with opened(tmp_path) as store:
        lost = await _submitted(store, USER)
        name = await _name(callbacks_of(store, tmp_path), lost)
    _file(tmp_path).write_bytes(backup)
    async with opened(tmp_path) as store:
        other = await _submitted(store, UserId(USER + 1))
        assert (other.id, other.attempt) == (lost.id, lost.attempt)
        with pytest.raises(NotFound):
            await callbacks_of(store, tmp_path).heard(name, RemoteId("somebody's"))
        present = await store.tasks.get(other.id)
        assert present is not None
        assert present.remote_id is None


async def test_its_own(tmp_path):
    """It is accepted as the task's id at Evolink."""
    async with opened(tmp_path) as store:
        task = await _submitted(store, USER)
        callbacks = callbacks_of(store, tmp_path)
        await callbacks.heard(await _name(callbacks, task), RemoteId("its own"))
        present = await store.tasks.get(task.id)
        assert present is not None
        assert present.remote_id == "its own"


async def test_a_path_that_somebody_has_made_up(tmp_path):
    """A seal belongs to one attempt of one task, and opens no other."""
    async with opened(tmp_path) as store:
        tasks = [await _submitted(store, user) for user in (USER, UserId(USER + 1))]
        callbacks = callbacks_of(store, tmp_path)
        number, attempt, seal = (await _name(callbacks, tasks[0])).split("-")
        for forged in (
            f"{number}-{attempt}-{'0' * len(seal)}",
            f"{number}-{int(attempt) + 1}-{seal}",
            f"{tasks[1].interaction_id}-{attempt}-{seal}",
        ):
            with pytest.raises(NotFound):
                await callbacks.heard(forged, RemoteId("somebody's"))
        found = [await store.tasks.get(task.id) for task in tasks]
        assert [task and task.remote_id for task in found] == [None, None]
