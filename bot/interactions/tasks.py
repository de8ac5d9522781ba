"""The task that a button or form names, if the presser may see it."""

from typing import Protocol

from bot.domain.task import Task
from bot.domain.visibility import VisibleTask
from bot.interactions.convert import Interaction, source_message, viewer_of
from bot.services.front.task_lookup import TaskLookup
from bot.services.shared.visibility import Visibility, press_deadline


class _Services(Protocol):
    """The services that find a task."""

    @property
    def task_lookup(self) -> TaskLookup: ...
    @property
    def visibility(self) -> Visibility: ...


async def named_task(services: _Services, interaction: Interaction, number: int) -> Task:
    """Return the task, if the presser may see any of it; raises as ``visible_task``."""
    return (await _found(services, interaction, number, whole=False)).task


async def visible_task(services: _Services, interaction: Interaction, number: int) -> VisibleTask:
    """Return the task, and which of its images the presser may see.

    Raises:
        NotFound: the presser may not see any such task.
        HistoryUnreadable: Discord doesn't let the bot check whether its messages still exist.
        ChatUnavailable: Discord is failing.
    """
    return await _found(services, interaction, number, whole=True)


async def _found(
    services: _Services, interaction: Interaction, number: int, *, whole: bool
) -> VisibleTask:
    return await services.visibility.visible_task(
        await services.task_lookup.resolve(number, source_message(interaction)),
        viewer_of(interaction),
        whole=whole,
        until=None if interaction.response.is_done() else press_deadline(),
    )
