"""Rules of who sees what."""

from dataclasses import replace
from typing import Any

from typing_extensions import override

from bot.domain.ids import TaskId
from bot.domain.result import Post
from bot.domain.visibility import Viewer, VisibleTask
from bot.services.shared.visibility import Visibility
from bot.wiring.resources import Kinds
from tests.simulation.engine import Engine
from tests.simulation.mutant import Walking


class Unlooking(Visibility):
    """It takes every message that was posted for one that stands."""

    @override
    async def _gone(self, *_: Any, **__: Any) -> set[Post]:
        return set()


class Everywhere(Visibility):
    """It lets people of other servers see what was posted for everybody in this one."""

    @override
    async def visible_task(self, task_id: TaskId, viewer: Viewer, **more: Any) -> VisibleTask:
        task = await self.store.tasks.get(task_id)
        assert task is not None
        here = replace(viewer.requester, server=task.requester.server)
        return await super().visible_task(task_id, replace(viewer, requester=here), **more)


class Whole(Visibility):
    """It shows all of a task to everybody who may see that there is one."""

    @override
    async def visible_task(self, task_id: TaskId, viewer: Viewer, **more: Any) -> VisibleTask:
        return replace(await super().visible_task(task_id, viewer, **more), is_own=True)


WALKING = (
    Walking(
        Engine(kinds=Kinds(visibility=Unlooking)),
        "a look at Discord",
        "nobody sees what is not theirs",
    ),
    Walking(
        Engine(kinds=Kinds(visibility=Everywhere)),
        "a look at the server",
        "nobody sees what is not theirs",
    ),
    Walking(
        Engine(kinds=Kinds(visibility=Whole)),
        "a look at each image",
        "nobody sees what is not theirs",
    ),
)
