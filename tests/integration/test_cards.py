"""Cards follow their tasks, whatever happens to single edits."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from typing_extensions import override

from bot.domain.durations import ARRIVAL, Durations
from bot.domain.ids import TaskId
from bot.domain.queue_status import Pause, QueueStatus
from bot.domain.task import Task
from bot.errors import ChatRefused, ChatUnavailable
from bot.files import FileStorage
from bot.services.shared.alerts import Alerts
from bot.services.shared.card_updates import FIRST, PER_PLACE, CardUpdates
from bot.services.shared.pauses import Pauses
from bot.store.facts import OPERATOR
from bot.store.store import Store
from tests.fakes.cards import FakeCards
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.integration.store_kit import NOW, opened, queue, run
from tests.kit.patience import until


class Discord(FakeCards):
    """Answers edits, each of which must have a deadline."""

    @override
    async def edit_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> None:
        assert before > NOW
        await super().edit_card(task, queue_status, before=before)


def _cards(store, folder, discord, clock) -> CardUpdates:
    storage = FileStorage(folder / "files")
    storage.prepare()
    pauses = Pauses(
        store=store,
        alerts=Alerts(store, FakeOperatorChannel(), clock),
        storage=storage,
        durations=Durations(),
        clock=clock,
        blocked_seconds=lambda: 0.0,
    )
    return CardUpdates(
        store=store,
        chat=discord,
        pauses=pauses,
        durations=Durations(),
        clock=clock,
        max_running=2,
        user_running=1,
        owner="main/1",
    )


@pytest.mark.parametrize(
    ("error", "shown"),
    [(ChatUnavailable, True), (ChatRefused(50013, "no"), False)],
)
async def test_an_edit_that_failed(tmp_path, error, shown):
    """A temporary failure is retried after an edit's interval; a refusal isn't."""
    now, discord = NOW, Discord()
    async with opened(tmp_path) as store:
        task = await queue(store)
        cards = _cards(store, tmp_path, discord, lambda: now)
        discord.trouble[task.id] = error
        cards.changed(task)
        await cards.edit_due()
        await cards.edit_due()
        assert not discord.edited
        now += Durations().edit
        await cards.edit_due()

        assert discord.edited == [task.id] * shown


async def test_what_comes_after_an_edit_without_an_answer(tmp_path):
    """It may arrive ten seconds later, and would undo the final card, or remove the images."""
    now, discord = NOW, Discord()
    async with opened(tmp_path) as store:
        task = await run(store)
        ended = replace(task.failed(now, "x"), wake_at=now + Durations().lease)
        cards = _cards(store, tmp_path, discord, lambda: now)

        async def edited(error: ChatUnavailable) -> None:
            discord.trouble[task.id] = error
            cards.changed(task)
            await cards.edit_due()

        async def go_on() -> None:
            async with cards.hold_edits(task):
                pass
            await cards.last_word(ended)

        await edited(ChatUnavailable())
        await go_on()
        await edited(ChatUnavailable(may_arrive=True))
        for left in (ARRIVAL, 1):
            now = NOW + ARRIVAL - left
            with pytest.raises(ChatUnavailable) as caught:
                await cards.last_word(ended)
            assert caught.value.retry_after == left / 1000
            with pytest.raises(ChatUnavailable):
                async with cards.hold_edits(task):
                    pass
            # Nor is another edit made, which the lost one could undo.
            cards.changed(task)
            await cards.edit_due()
        now = NOW + ARRIVAL
        await go_on()
    assert discord.edited == [task.id] * 2


async def test_one_that_discord_leaves_unanswered(tmp_path):
    """Other cards are edited meanwhile, even those that change later."""
    discord = Discord()
    async with opened(tmp_path) as store:
        slow, first, later = [await queue(store, user=user) for user in (1, 2, 3)]
        cards = _cards(store, tmp_path, discord, lambda: NOW)
        discord.silent.add(slow.id)
        cards.changed(slow)
        cards.changed(first)
        running = asyncio.create_task(cards.run())
        await until(lambda: first.id in discord.edited)
        cards.changed(later)
        await until(lambda: later.id in discord.edited)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_when_turns_come(tmp_path):
    """Two start at once; the third waits for a place, for as long as drawings here take."""
    discord = Discord()
    async with opened(tmp_path) as store:
        tasks = [await queue(store, user=user, estimate=60_000) for user in (1, 2)]
        tasks += [await queue(store, user=3, estimate=20_000) for _ in range(2)]
        cards = _cards(store, tmp_path, discord, lambda: NOW)
        running = asyncio.create_task(cards.run())
        await until(lambda: len(discord.shown) == len(tasks))
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    standings = [discord.shown[task.id] for task in tasks]
    assert [each.position for each in standings] == [1, 2, 3, 4]
    assert [each.starts_in for each in standings] == [None, None, 20_000, 40_000]


async def test_those_far_behind_in_the_queue_are_told_less_often(tmp_path):
    """Each end moves everybody in the queue; a pause is shown to everybody at once."""
    now, discord = NOW, Discord()
    async with opened(tmp_path) as store:
        cards = _cards(store, tmp_path, discord, lambda: now)

        async def told() -> list[TaskId]:
            discord.edited.clear()
            await cards._look_at_turns()
            await cards.edit_due()
            return sorted(discord.edited)

        accepted = [await queue(store, user=user) for user in range(1, FIRST + 4)]
        tasks = [task.id for task in accepted]
        # To a new process, those further behind count as having shown their places.
        assert await told() == tasks[:FIRST]
        for task in accepted:
            cards.changed(task)
        now += Durations().edit
        assert await told() == tasks[FIRST:]
        tasks.remove(await _cancel(store, tasks[0]))
        now += Durations().edit
        assert await told() == tasks[:FIRST]
        now = NOW + Durations().edit + (FIRST + 1) * PER_PLACE
        # The others' places haven't changed since, and the next one's time to be updated has come.
        assert await told() == [tasks[FIRST]]
        now += Durations().edit
        await store.facts.put(OPERATOR, {"paused": True})
        assert await told() == tasks
        assert {discord.shown[task].pause for task in tasks} == {Pause.OPERATOR}


async def _cancel(store: Store, task_id: TaskId) -> TaskId:
    task = await store.tasks.get(task_id)
    assert task is not None
    await store.tasks.save(task.cancelled(NOW), "cancelled", now=NOW)
    return task_id
