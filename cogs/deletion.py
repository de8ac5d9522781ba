"""The buttons that delete a result, or one of its images, after asking."""

import asyncio
from functools import partial
from itertools import count

from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.domain.ids import MessageId, UserId
from bot.errors import Stale
from bot.interactions.answers import DELETED, defer_update
from bot.interactions.convert import Interaction
from bot.interactions.panels import thumbnail_of
from bot.interactions.permissions import moderates_here
from bot.interactions.persistent_item import PersistentItem
from bot.interactions.tasks import named_task, visible_task
from bot.services.front.deletion import Deleted
from bot.ui import ids, menu
from bot.ui.replies import notice
from bot.ui.texts import texts

#: Attempts to delete while something else changes the task, and the seconds between them.
TRIES, RETRY_SECONDS = 20, 0.25


class Delete(PersistentItem, custom_id=ids.DELETE):
    """The question before a deletion, in place of the panel."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _ask_to_delete(interaction, self.fields.id, None)


class Remove(PersistentItem, custom_id=ids.REMOVE):
    """The question before a single image is deleted."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _ask_to_delete(interaction, self.fields.id, self.fields.position)


class ConfirmDelete(PersistentItem, custom_id=ids.CONFIRM_DELETE):
    """Deletes the images."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _delete(interaction, self.fields.id, None)


class ConfirmRemove(PersistentItem, custom_id=ids.CONFIRM_REMOVE):
    """Deletes one image."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _delete(interaction, self.fields.id, self.fields.position)


async def _ask_to_delete(interaction: Interaction, number: int, position: int | None) -> None:
    await defer_update(interaction)
    services = services_of(interaction)
    seen = await visible_task(services, interaction, number)
    images = await services.results.images(seen)
    file = await thumbnail_of(services.results, images, position)
    view = menu.delete_question(
        seen.task,
        len(images),
        texts(str(interaction.locale)),
        position=position,
        stays=await services.deletion.leaves_messages(seen.task, position),
        thumbnail=file.filename if file else None,
    )
    await interaction.edit_original_response(view=view, attachments=[file] if file else [])


async def _delete(interaction: Interaction, number: int, position: int | None) -> None:
    """Delete one image, or all, and close the panels that show them."""
    services, user_id = services_of(interaction), UserId(interaction.user.id)
    deletion = services.deletion
    delete = (
        deletion.delete if position is None else partial(deletion.delete_one, position=position)
    )
    task = await named_task(services, interaction, number)
    await defer_update(interaction)
    moderates, deleted = moderates_here(interaction, task), Deleted.LATER
    for tries in count(1):
        try:
            deleted = await delete(task, user_id, moderates=moderates)
        except Stale:
            if tries == TRIES:
                raise
            # It is being delivered or posted, and can be deleted a moment later.
            await asyncio.sleep(RETRY_SECONDS)
            task = await named_task(services, interaction, number)
        else:
            break
    said = texts(str(interaction.locale))(DELETED[deleted])
    await interaction.edit_original_response(view=notice(said), attachments=[])
    message = interaction.message
    but = None if message is None else MessageId(message.id)
    if await deletion.is_whole(task):
        position = None
    await services.panels.close(task.id, position, but=but)


async def setup(bot: ImageBot) -> None:
    """Add the buttons."""
    bot.add_dynamic_items(Delete, Remove, ConfirmDelete, ConfirmRemove)
