"""The buttons of results and of the *More…* menu; they work on messages of any age."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import count

import discord
from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.domain.requester import Requester
from bot.domain.result import Result
from bot.domain.text import number
from bot.errors import Stale
from bot.interactions.answers import DELETED, answer
from bot.interactions.convert import Interaction, requester_of
from bot.interactions.permissions import (
    archive_limit,
    check_asker,
    check_writer_in,
    follow_ups,
    moderates_here,
)
from bot.interactions.persistent_item import PersistentItem, chosen
from bot.interactions.tasks import named_task, visible_task
from bot.services.front.deletion import Deleted
from bot.services.shared.results import Results
from bot.ui import ids, menu, wording
from bot.ui.replies import notice
from bot.ui.texts import texts
from bot.ui.tray import tray

#: Seconds in which Discord must answer whether the user may write in a channel.
LOOKING_SECONDS = 10.0
#: Tries of a deletion while something else changes the task.
TRIES, RETRY_SECONDS = 20, 0.25


class More(PersistentItem, custom_id=ids.MORE):
    """The panel of everything that can be done with all images of a result."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _show_panel(interaction, self.fields.id, None)


class Open(PersistentItem, custom_id=ids.OPEN):
    """The panel of one image."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _show_panel(interaction, self.fields.id, self.fields.position)


class OpenChosen(PersistentItem, custom_id=ids.OPEN_CHOSEN):
    """The same from a menu."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _show_panel(interaction, self.fields.id, number(chosen(interaction)) or 0)


class Choose(PersistentItem, custom_id=ids.CHOOSE):
    """Another image in the same panel."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        position = number(chosen(interaction)) or 0
        await _show_panel(interaction, self.fields.id, position, new=False)


class Use(PersistentItem, custom_id=ids.USE):
    """A result as a reference in the presser's tray."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        check_asker(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        services = services_of(interaction)
        seen = await visible_task(services, interaction, self.fields.id)
        reference = await services.results.reference(seen, self.fields.position)
        linked = await services.references.linked(reference)
        change, items = await services.tray.add(requester_of(interaction), [linked])
        await answer(interaction, tray(items, texts(str(interaction.locale)), change=change))


class Original(PersistentItem, custom_id=ids.ORIGINAL):
    """The file as Evolink delivered it, while it is kept."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        services, position = services_of(interaction), self.fields.position
        most = interaction.filesize_limit
        seen = await visible_task(services, interaction, self.fields.id)
        picture = await services.results.original(seen, position, max_bytes=most)
        name = f"{seen.task.name}-{position + 1}{picture.extension}"
        said = ""
        untouched = picture.result.bytes
        if untouched is not None and picture.path.stat().st_size != untouched:
            t = texts(str(interaction.locale))
            said = t(
                "The original is {size}, over Discord's limit of {most} here. This version fits.",
                size=wording.size_of(untouched),
                most=wording.size_of(most),
            )
        file = discord.File(picture.path, name, spoiler=seen.task.request.spoiler)
        await interaction.followup.send(said, file=file, ephemeral=True)
        if seen.is_own:
            await services.results.collected(seen.task.id)


class Originals(PersistentItem, custom_id=ids.ORIGINALS):
    """All originals in as few archives as Discord allows; for the requester alone."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        services = services_of(interaction)
        most = archive_limit(interaction)
        task = await named_task(services, interaction, self.fields.id)
        limit = follow_ups(interaction)
        archives, left_out = await services.results.originals(
            task.id,
            requester_of(interaction),
            max_bytes=most,
            # One follow-up is left for what is missing.
            archives=None if limit is None else limit - 1,
        )
        t = texts(str(interaction.locale))
        try:
            for number, archive in enumerate(archives, start=1):
                name = f"{task.name}-{number}.zip"
                await interaction.followup.send(file=discord.File(archive, name), ephemeral=True)
                await services.results.collected(task.id)
        finally:
            for archive in archives:
                await asyncio.to_thread(archive.unlink, missing_ok=True)
        if left_out:
            said = t.plural(
                "{n} original didn't fit. Get it with “Original file”.",
                "{n} originals didn't fit. Get them with “Original file”.",
                left_out,
            )
            await answer(interaction, notice(said))


class Details(PersistentItem, custom_id=ids.DETAILS):
    """The full prompt and parameters."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        task = await named_task(services_of(interaction), interaction, self.fields.id)
        await answer(interaction, menu.details(task, texts(str(interaction.locale))))


class Publish(PersistentItem, custom_id=ids.PUBLISH):
    """A private result, posted to the channel."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        services = services_of(interaction)
        task = await named_task(services, interaction, self.fields.id)
        server = task.requester.server
        await services.quota.check_unblocked(Requester(server, interaction.user.id))
        await check_writer_in(interaction, server, task.channel_id, seconds=LOOKING_SECONDS)
        there = await services.publishing.publish(task.id, requester_of(interaction))
        t = texts(str(interaction.locale))
        if there is None:
            said = t("Posting to the channel… Press again to see whether it's there.")
            await answer(interaction, notice(said))
        else:
            await answer(
                interaction, menu.published_notice(task, (there.channel_id, there.message_id), t)
            )


class Delete(PersistentItem, custom_id=ids.DELETE):
    """The question before a deletion, in place of the panel."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _ask_to_delete(interaction, self.fields.id, None)


class Remove(PersistentItem, custom_id=ids.REMOVE):
    """The question before one image is deleted."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _ask_to_delete(interaction, self.fields.id, self.fields.position)


class Panel(PersistentItem, custom_id=ids.PANEL):
    """Back from the question to the panel."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _show_panel(interaction, self.fields.id, None, new=False)


class ImagePanel(PersistentItem, custom_id=ids.IMAGE_PANEL):
    """The same for one image."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _show_panel(interaction, self.fields.id, self.fields.position, new=False)


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
    await interaction.response.defer()
    services = services_of(interaction)
    seen = await visible_task(services, interaction, number)
    images = await services.results.images(seen)
    file = await _small(services.results, images, position)
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
    services, user_id = services_of(interaction), interaction.user.id
    deletion = services.deletion
    delete = (
        deletion.delete if position is None else partial(deletion.delete_one, position=position)
    )
    task = await named_task(services, interaction, number)
    await interaction.response.defer()
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
    but = None if message is None else message.id
    if await deletion.is_whole(task):
        position = None
    await services.panels.close(task.id, position, but=but)


async def _show_panel(
    interaction: Interaction, task_number: int, position: int | None, *, new: bool = True
) -> None:
    """Show a task's panel, for the presser alone; ``new``: not in place of the one pressed."""
    await interaction.response.defer(ephemeral=True, thinking=new)
    seen = await visible_task(services_of(interaction), interaction, task_number)
    results, task = services_of(interaction).results, seen.task
    images = await results.images(seen)
    if len(images) == 1 and position is None:
        position = images[0].position
    file = await _small(results, images, position)
    view = menu.menu(
        task,
        images,
        position,
        texts(str(interaction.locale)),
        until=results.kept_until(task),
        is_own=seen.is_own,
        may_delete=seen.is_own or moderates_here(interaction, task),
        thumbnail=file.filename if file else None,
    )
    shown = await interaction.edit_original_response(view=view, attachments=[file] if file else [])
    services_of(interaction).panels.opened(interaction, shown.id, task.id, position)


async def _small(
    results: Results, images: Sequence[Result], position: int | None
) -> discord.File | None:
    for result in images:
        if result.position == position and (path := await results.thumbnail(result)) is not None:
            with suppress(FileNotFoundError):  # deleted just now
                return discord.File(path, f"{result.task_id}-{position}.webp")
    return None


async def setup(bot: ImageBot) -> None:
    """Add the buttons."""
    bot.add_dynamic_items(
        More,
        Open,
        OpenChosen,
        Choose,
        Use,
        Original,
        Originals,
        Details,
        Publish,
        Delete,
        Remove,
        Panel,
        ImagePanel,
        ConfirmDelete,
        ConfirmRemove,
    )
