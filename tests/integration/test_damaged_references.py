"""References that a working object store persistently fails to return or to accept."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from bot.clock import Clocks
from bot.domain.durations import Durations
from bot.domain.ids import RemoteId, UserId
from bot.domain.quota_settings import Limits
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.state import Reason, State
from bot.domain.task import Task
from bot.domain.window import DAY
from bot.evolink.values import Submitted, Uploaded
from bot.services.work.held_tasks import NextStep
from bot.services.work.worker import Worker
from bot.store.store import Store
from bot.wiring.config import Config
from bot.wiring.parts import wire
from bot.wiring.resources import Resources
from tests.fakes.chat import FakeChat
from tests.fakes.evolink import UnreachableEvolink
from tests.integration.store_kit import NOW, Damaged, queue
from tests.kit.pictures import png

HOUR = 60 * 60 * 1000
PICTURE = Reference(url="https://example.org/a.png", name="a.png", bytes=100, attachment_id=1)


@dataclass
class Evolink(UnreachableEvolink):
    """Accepts everything."""

    uploads: list[bytes] = field(default_factory=list[bytes])

    @override
    async def upload(self, path: Path, name: str, content_type: str) -> Uploaded:
        del name, content_type
        self.uploads.append(await asyncio.to_thread(path.read_bytes))
        return Uploaded(file_id=None, url="https://example.org/there.png")

    @override
    async def submit(self, *_: Any, key: str, **__: Any) -> Submitted:
        return Submitted(RemoteId(f"remote-{key}"), estimate=None)


@pytest.fixture
def damaged(tmp_path) -> Damaged:
    """A store that works until a test damages it."""
    made = Damaged(tmp_path / "files")
    made.prepare()
    return made


def _worker(
    store: Store, storage: Damaged, evolink: Evolink, now: int, chat: FakeChat | None
) -> Worker:
    return wire(
        Resources(
            store=store,
            chat=chat or FakeChat(data={PICTURE.url: png()}),
            evolink=evolink,
            storage=storage,
            config=Config(
                durations=Durations(),
                limits=Limits(),
                owner="main/1",
                max_running=9,
                user_running=9,
            ),
            clocks=Clocks(lambda: now, lambda: now),
        )
    ).work.worker


async def _asked(store: Store, user: int) -> Task:
    return await queue(
        store, user=UserId(user), request=Request(prompt="a cat", references=(PICTURE,))
    )


async def _tried(
    store: Store, storage: Damaged, evolink: Evolink, now: int, chat: FakeChat | None = None
) -> Task:
    """Run the next task's step; return the task."""
    worker = _worker(store, storage, evolink, now, chat)
    (task,) = await worker.turns.start(1)
    await worker._step(NextStep(task, now))
    present = await store.tasks.get(task.id)
    assert present is not None
    return present


async def _file(store: Store, task: Task) -> str:
    (upload,) = await store.uploads.of_task(task.id)
    assert upload.file is not None
    return upload.file


@pytest.mark.parametrize("is_its_own", [False, True])
async def test_what_the_store_does_not_give_is_fetched_again(store, damaged, is_its_own):
    """From Discord, like a picture that nobody has used, whichever task's row names the object."""
    evolink = Evolink()
    first = await _asked(store, 21)
    assert (await _tried(store, damaged, evolink, NOW)).state is State.RUNNING
    file = await _file(store, first)
    damaged.unread.add(file)
    again = await _asked(store, 22)
    if is_its_own:
        (upload,) = await store.uploads.of_task(again.id)
        await store.uploads.save(replace(upload, file=file))
    assert (await _tried(store, damaged, evolink, NOW)).state is State.RUNNING
    assert evolink.uploads == [png(), png()]


async def test_what_only_the_store_has_is_waited_for(store, damaged):
    """It may not be lost, only unavailable; and a day later no link leads to it."""
    evolink = Evolink()
    first = await _asked(store, 21)
    await _tried(store, damaged, evolink, NOW)
    damaged.unread.add(await _file(store, first))
    await _asked(store, 22)
    chat = FakeChat(data={})
    task = await _tried(store, damaged, evolink, NOW, chat)
    assert (task.state, task.reason) == (State.QUEUED, Reason.REFERENCE_AWAITED)
    damaged.unread.clear()
    assert (await _tried(store, damaged, evolink, NOW + HOUR, chat)).state is State.RUNNING


async def test_what_the_store_does_not_take(store, damaged):
    """The task waits without holding a place, and ends at its deadline."""
    evolink = Evolink()
    first = await _asked(store, 21)
    await _tried(store, damaged, evolink, NOW)
    damaged.unread.add(file := await _file(store, first))
    damaged.unwritten.add(file)
    await _asked(store, 22)
    for now in range(NOW, NOW + DAY, HOUR):
        task = await _tried(store, damaged, evolink, now)
        assert (task.state, task.reason) == (State.QUEUED, Reason.REFERENCE_AWAITED)
    task = await _tried(store, damaged, evolink, NOW + DAY)
    assert (task.state, task.reason, task.charged) == (State.FAILED, Reason.REFERENCE_GONE, 0)
    assert evolink.uploads == [png()]
