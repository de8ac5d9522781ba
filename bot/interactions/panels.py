"""The open panels, so that a deletion can close those that it makes useless.

An ephemeral message can be reached only by its interaction's token, for 15 minutes. A panel that
this process can't reach, after a restart for example, says that the images are gone when pressed.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import discord
import structlog

from bot.chat.discord_api import ORIGINAL
from bot.chat.failures import FAILURES
from bot.domain.ids import MessageId, TaskId
from bot.domain.result import Result
from bot.interactions.convert import Interaction
from bot.services.shared.results import Results
from bot.ui.replies import notice
from bot.ui.texts import texts

log = structlog.get_logger()

#: Panels to remember; the oldest are forgotten.
REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class _Panel:
    task_id: TaskId
    #: ``None``: of all images.
    position: int | None
    #: Of the last interaction that changed it.
    webhook: discord.Webhook
    locale: str


@dataclass(frozen=True, slots=True)
class Panels:
    """Open panels, by their messages' ids."""

    _open: dict[MessageId, _Panel] = field(default_factory=dict[MessageId, _Panel])

    def opened(
        self, interaction: Interaction, message_id: MessageId, task_id: TaskId, position: int | None
    ) -> None:
        """Remember what a panel shows now; ``interaction`` opened or changed it."""
        self._open.pop(message_id, None)
        self._open[message_id] = _Panel(
            task_id, position, interaction.followup, str(interaction.locale)
        )
        if len(self._open) > REMEMBERED:
            del self._open[next(iter(self._open))]

    async def close(self, task_id: TaskId, position: int | None, *, but: MessageId | None) -> None:
        """Close a task's panels, or those of one image, all ``but`` the one that was pressed."""
        found = {
            message_id: panel
            for message_id, panel in self._open.items()
            if panel.task_id == task_id and position in {None, panel.position}
        }
        for message_id in found:
            del self._open[message_id]
        await asyncio.gather(*(_close(each) for key, each in found.items() if key != but))


async def thumbnail_of(
    results: Results, images: Sequence[Result], position: int | None
) -> discord.File | None:
    """Return the thumbnail that a panel shows, if there is one; no ``position``: none."""
    for result in images:
        if result.position == position and (path := await results.thumbnail(result)) is not None:
            with suppress(FileNotFoundError):  # deleted just now
                return discord.File(path, f"{result.task_id}-{position}.webp")
    return None


async def _close(panel: _Panel) -> None:
    t = texts(panel.locale)
    said = t("The images were deleted.")
    if panel.position is not None:
        said = t("Image {number} was deleted.", number=panel.position + 1)
    try:
        await panel.webhook.edit_message(ORIGINAL, view=notice(said), attachments=[])
    except FAILURES as error:  # dismissed, or its token has expired
        log.info("a panel stays open", task=panel.task_id, error=repr(error))
