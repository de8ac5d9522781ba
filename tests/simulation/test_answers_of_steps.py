"""What the person who pressed is told of a step's outcome: this time's outcome."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from bot.domain.ids import TaskId, UserId
from bot.domain.requester import Requester
from bot.domain.task import Task
from bot.errors import (
    ChatRefused,
    HistoryUnreadable,
    ImagineError,
    PartlyDeleted,
    PostUnknown,
)
from bot.refusals import ImagesGone
from bot.services.front.deletion import Deleted
from tests.simulation.engine import TRUE, Process
from tests.simulation.life import Life
from tests.simulation.pressing import GUILD
from tests.simulation.scenario import Scenario, Typed
from tests.simulation.wire import Fault
from tests.simulation.world import CHANNEL, World

USER = UserId(20)
#: The story's task.
TASK = TaskId(1)
#: More tries than anybody makes.
FOR_EVER = 10_000


def broken() -> ImagineError:
    """Fail as a library does that cannot read an answer."""
    return cast("ImagineError", RecursionError("too deep"))


@dataclass
class Story:
    """A private task of USER's that is delivered, and closed."""

    world: World
    process: Process

    async def task(self) -> Task:
        task = await self.process.worker.store.tasks.get(TASK)
        assert task is not None
        return task

    async def ask(self, button: str) -> "asyncio.Task[object]":
        """Press; return what waits for the outcome, once it is asked for in the row."""
        asked = asyncio.Event()
        publishing = replace(self.process.publishing, timeout=5, nudge=asked.set)
        deletion = replace(self.process.deletion, timeout=5, nudge=asked.set)
        task = await self.task()
        match button:
            case "publish":
                work = publishing.publish(TASK, Requester(GUILD, USER))
            case "remove":
                work = deletion.delete_one(task, USER, position=1, moderates=False)
            case _:
                work = deletion.delete(task, USER, moderates=False)
        waiting = asyncio.create_task(_ignored(work))
        await asked.wait()
        return waiting

    async def press(self, button: str) -> object:
        """Press, and wait for the outcome."""
        pressed = await self.ask(button)
        await self.world.rest(self.process)
        answer = await pressed
        if isinstance(answer, ImagineError):
            raise answer
        return answer


async def _ignored(work: Coroutine[Any, Any, object]) -> object:
    try:
        return await work
    except ImagineError as error:
        return error


@asynccontextmanager
async def told(stage, faults: Mapping[str, Sequence[Fault | None]]) -> AsyncGenerator[Story]:
    """Begin when only the requester has seen their images."""
    world = World(
        stage, Scenario(name="told", typed=(Typed(count=2, private=True),), faults=faults)
    )
    process = world.start(Life(), TRUE)
    try:
        await world.work(process)
        yield Story(world, process)
    finally:
        await process.end()


@pytest.mark.parametrize(
    ("button", "call"),
    [
        ("publish", "post by channel"),
        ("delete", "delete message"),
        ("remove", "remove image"),
    ],
)
async def test_a_step_that_fails_for_ever_is_left(stage, button, call) -> None:
    """The presser is told, no request stays open, and the button works once it can."""
    faults: dict[str, Sequence[Fault]] = {
        "post by channel": [],
        "delete message": [],
        "remove image": [],
    }
    async with told(stage, faults) as story:
        if button != "publish":
            await story.press("publish")
        met = story.world.outside.met
        faults[call] = [Fault(broken)] * FOR_EVER
        met[call] = 0
        with pytest.raises(ImagineError) as caught:
            await story.press(button)
        assert type(caught.value) is ImagineError
        left = await story.task()
        assert (left.publishing, left.deleting, left.wake_at) == (False, False, None)
        assert left.removing is None
        with pytest.raises(ImagineError):
            await story.press(button)
        faults[call] = []
        await story.press(button)


async def test_a_refusal_of_last_week(stage) -> None:
    """This time it was deleted before it was posted: the earlier refusal isn't repeated."""
    faults: dict[str, Sequence[Fault]] = {"post by channel": [Fault(lambda: ChatRefused(50013))]}
    async with told(stage, faults) as story:
        with pytest.raises(ChatRefused):
            await story.press("publish")
        pressed = await story.ask("publish")
        await story.process.deletion.delete(await story.task(), USER, moderates=False)
        await story.world.rest(story.process)
        assert isinstance(await pressed, ImagesGone)


async def test_a_message_that_cannot_be_seen(stage) -> None:
    """Everything else is deleted; the presser reads that this one may still show the images."""
    lost = [Fault(PostUnknown, took_effect=True)]
    async with told(stage, {"post by channel": lost}) as story:
        story.world.discord.history_hidden = True
        with pytest.raises(HistoryUnreadable):
            await story.press("publish")
        assert await story.press("delete") is Deleted.UNSEEN
        assert (await story.task()).images_gone


async def test_all_images_overtake_one(stage) -> None:
    """Deleting all includes the request for one; if that is refused, both pressers read why."""
    no = [Fault(lambda: ChatRefused(50013))]
    async with told(stage, {"delete message": no}) as story:
        await story.press("publish")
        one, every = await story.ask("remove"), await story.ask("delete")
        await story.world.rest(story.process)
        for answer in (await one, await every):
            assert isinstance(answer, ChatRefused)
            assert answer.code == 50013
        one, every = await story.ask("remove"), await story.ask("delete")
        await story.world.rest(story.process)
        assert (await one, await every) == (Deleted.DONE, Deleted.DONE)


async def test_one_image_of_two_messages(stage) -> None:
    """It is removed from the message that allows it; the answer says that the other doesn't."""
    no = Fault(lambda: ChatRefused(50013))
    faults: dict[str, Sequence[Fault | None]] = {
        "post by card": [no],
        "post by followup": [no],
        "remove image": [no, None],
    }
    async with told(stage, faults) as story:
        await story.press("publish")
        with pytest.raises(PartlyDeleted) as caught:
            await story.press("remove")
        assert (caught.value.deleted, caught.value.total) == (1, 2)
        shown = [m.images for m in story.world.discord.messages if m.images and not m.deleted]
        assert sorted(shown) == [(0,), (0, 1)]
        assert await story.press("remove") is Deleted.DONE


async def test_a_deletion_of_everything_is_never_given_up(stage) -> None:
    """They were told that it will happen: it does, however often it fails, with one alert."""
    faults: dict[str, Sequence[Fault]] = {"delete message": []}
    async with told(stage, faults) as story:
        await story.press("publish")
        store, discord = story.process.worker.store, story.world.discord
        # As cleanup leaves it after RESULT_DAYS, which differs from never downloaded.
        for result in await store.results.of_task(TASK):
            await store.results.save(result.gone())
        faults["delete message"] = [Fault(broken)] * 30
        before = len(discord.alerts)
        await story.process.privacy.delete(USER, posts=True)
        await story.world.rest(story.process)
        left = await story.task()
        assert (left.erasure, left.request.prompt) == ("done", "")
        assert not [
            m for m in discord.messages if m.place == CHANNEL and m.images and not m.deleted
        ]
        assert len(discord.alerts) - before == 1
