"""The buttons of results and of the *More…* menu; they work on messages of any age."""

import asyncio

import discord
from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.domain.ids import MessageId, UserId
from bot.domain.requester import Requester
from bot.domain.text import number
from bot.interactions.answers import answer, may_update
from bot.interactions.convert import Interaction, requester_of
from bot.interactions.panels import thumbnail_of
from bot.interactions.permissions import (
    archive_limit,
    check_asker,
    check_writer_in,
    follow_ups,
    moderates_here,
)
from bot.interactions.persistent_item import PersistentItem, chosen
from bot.interactions.tasks import named_task, visible_task
from bot.ui import ids, menu, wording
from bot.ui.replies import notice
from bot.ui.texts import texts
from bot.ui.tray import tray

#: Seconds for Discord to say whether the user may write in a channel.
LOOKING_SECONDS = 10.0


class More(PersistentItem, custom_id=ids.MORE):
    """The panel with all actions for a whole result."""

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
    """All originals in as few archives as Discord allows; only for the requester."""

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
            # Keep one follow-up to say what didn't fit.
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
        await services.quota.check_unblocked(Requester(server, UserId(interaction.user.id)))
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


async def _show_panel(
    interaction: Interaction, task_number: int, position: int | None, *, new: bool = True
) -> None:
    """Show a task's panel to the presser alone; ``new``: not in place of the one pressed."""
    thinking = new or not may_update(interaction)
    await interaction.response.defer(ephemeral=True, thinking=thinking)
    seen = await visible_task(services_of(interaction), interaction, task_number)
    results, task = services_of(interaction).results, seen.task
    images = await results.images(seen)
    if len(images) == 1 and position is None:
        position = images[0].position
    file = await thumbnail_of(results, images, position)
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
    services_of(interaction).panels.opened(interaction, MessageId(shown.id), task.id, position)


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
        Panel,
        ImagePanel,
    )
