"""The task that a button or form names, as far as the presser may see it."""

from typing import Any

import discord

from bot.domain.visibility import VisibleTask
from bot.interactions.convert import source_message, viewer_of
from bot.services.front.task_lookup import TaskLookup
from bot.services.shared.visibility import Visibility, press_deadline


async def named_task(
    interaction: discord.Interaction[Any],
    number: int,
    lookup: TaskLookup,
    visibility: Visibility,
    *,
    whole: bool = True,
) -> VisibleTask:
    """Return the task; not ``whole``: without finding out which of its images may be seen.

    Raises:
        NotFound: the presser may not see any such task.
        HistoryUnreadable: Discord doesn't let the bot check whether its messages are still there.
        ChatUnavailable: Discord is failing.
    """
    return await visibility.visible_task(
        await lookup.resolve(number, source_message(interaction)),
        viewer_of(interaction),
        whole=whole,
        until=None if interaction.response.is_done() else press_deadline(),
    )
