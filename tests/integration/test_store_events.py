"""Events: which are recorded, and for how long."""

from sqlalchemy.dialects import sqlite

from bot.domain.ids import TaskId
from bot.domain.task_events import UNRECORDED
from bot.store import engine, events
from bot.store.engine import Connection
from tests.integration.store_kit import NOW, driver_of, opened, queue, run

END, LATER = NOW + 30_000, NOW + 90_000


async def _delivered(store, *, closed: bool = True) -> TaskId:
    task = await run(store)
    task = await store.tasks.save(task.read(40, NOW + 20_000), "read", now=NOW + 10_000)
    task = await store.tasks.save(task.ready(NOW + 20_000), "ready", now=NOW + 20_000)
    task = await store.tasks.save(task.delivered(END, 1), "delivered", now=END)
    if closed:
        await store.tasks.save(task.closed(), "closed", now=END)
    return task.id


async def test_what_repeats_is_not_recorded(tmp_path) -> None:
    """The transition is still written."""
    async with opened(tmp_path) as store:
        task_id = await _delivered(store)
        task = await store.tasks.get(task_id)
        kinds = [event.kind for event in await store.events.of_task(task_id)]
    assert task is not None
    assert task.progress == 100
    assert kinds[-4:] == ["taken", "ready", "delivered", "closed"]
    assert not UNRECORDED.intersection(kinds)


async def test_only_events_of_closed_tasks_are_pruned(tmp_path) -> None:
    """Not those of tasks that are open or not closed yet, nor younger ones."""
    async with opened(tmp_path) as store:
        old, ended = await _delivered(store), await _delivered(store, closed=False)
        pressed = await _delivered(store)
        waiting = (await queue(store)).id
        task = await store.tasks.get(pressed)
        assert task is not None
        asked = await store.tasks.save(task.to_delete(LATER), "delete_asked", now=LATER)
        before = {each: len(await store.events.of_task(each)) for each in (ended, waiting)}

        assert await store.events.prune(END) == 0
        assert await store.events.prune(LATER) == len(await store.events.of_task(ended)) + 1
        assert await store.events.of_task(old) == ()
        assert {each: len(await store.events.of_task(each)) for each in before} == before

        await store.tasks.save(asked.deleted(LATER), "deleted", now=LATER)
        await store.events.prune(LATER)
        kinds = [event.kind for event in await store.events.of_task(pressed)]
        assert kinds == ["delete_asked", "deleted"]


async def test_many_are_pruned_in_batches(tmp_path, monkeypatch) -> None:
    """So that no other writer waits for long."""
    monkeypatch.setattr(engine, "BATCH", 3)
    async with opened(tmp_path) as store:
        for _ in range(3):
            await _delivered(store)
        assert await store.events.prune(LATER) == 3 * 9
        assert await store.events.prune(LATER) == 0


async def test_pruning_looks_at_old_events_only(tmp_path) -> None:
    """However many events there are: this runs every two minutes."""
    text = str(events.PRUNE.compile(dialect=sqlite.dialect()))

    def plan(connection: Connection) -> list[str]:
        steps = driver_of(connection).execute(f"EXPLAIN QUERY PLAN {text}", (NOW, NOW, 10, 0))
        return [detail for *_, detail in steps]

    async with opened(tmp_path) as store:
        assert "task_event_at (at<?)" in " ".join(await store._db.read(plan))
