"""Who looked at which images, from where, and what they got."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.ids import TaskId
from bot.domain.requester import Requester
from bot.domain.result import Result
from bot.domain.source import reference_to
from bot.domain.visibility import Viewer

if TYPE_CHECKING:
    from tests.simulation.engine import Process
    from tests.simulation.world import World

#: More bytes than any picture here has.
ENOUGH = 10_000_000


@dataclass(frozen=True)
class Look:
    """Somebody looked at a task, and got these images or may draw from them."""

    task_id: TaskId
    requester: Requester
    #: From when to when, by Discord's clock.
    began: int
    ended: int
    got: frozenset[int]


async def look(world: "World", process: "Process", task_id: TaskId, viewer: Viewer) -> None:
    """Open each image that a task shows, as the gallery does, and note what came of it."""
    began, got = world.clock.steady(), set[int]()
    try:
        seen = await process.results.visibility.visible_task(task_id, viewer)
        for result in await process.results.images(seen):
            picture = await process.results.original(seen, result.position, max_bytes=ENOUGH)
            got.add(picture.result.position)
    finally:
        note(world, task_id, viewer, began, got)


async def draw_from(
    world: "World", process: "Process", task_id: TaskId, position: int, viewer: Viewer
) -> None:
    """Ask for one of a task's images as a reference, and note whether it may be one."""
    began, got = world.clock.steady(), set[int]()
    reference = reference_to(Result(task_id=task_id, position=position, url=""))
    try:
        if await process.results.visibility.may_draw_from(reference, viewer):
            got.add(position)
    finally:
        note(world, task_id, viewer, began, got)


def note(world: "World", task_id: TaskId, viewer: Viewer, began: int, got: set[int]) -> None:
    """Record a look."""
    ended = world.clock.steady()
    world.outside.looks.append(Look(task_id, viewer.requester, began, ended, frozenset(got)))
