"""``/tasks`` and the buttons of tasks that are not finished, or wait to be fetched."""

import discord
from discord import app_commands, ui
from discord.ext import commands
from typing_extensions import override

from bot.app import ImageBot, services_of
from bot.chat.answers import answer
from bot.chat.preflight import upload_limit
from bot.chat.press import Interaction, Press, where
from bot.domain.task import State
from bot.services.history import History
from bot.ui import buttons
from bot.ui.replies import history_page, notice
from bot.ui.texts import N_, texts


class TaskList(commands.Cog):
    """The command."""

    def __init__(self, history: History) -> None:
        self._history = history

    @app_commands.command(name=N_("tasks"), description=N_("Your tasks: look, stop, fetch"))
    async def tasks(self, interaction: discord.Interaction) -> None:
        """Show the first page."""
        await answer(interaction, await _page(self._history, interaction, 1))


async def _page(history: History, interaction: Interaction, number: int) -> ui.LayoutView:
    guild_id, user_id = where(interaction)
    page = await history.page(guild_id, user_id, number)
    t = texts(str(interaction.locale))
    return history_page(
        page.tasks, page.posts, t, page=page.page, pages=page.pages, guild_id=guild_id
    )


class Stop(Press, template=buttons.STOP):
    """*Cancel* while nothing is paid, *Stop waiting* afterwards."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        t = texts(str(interaction.locale))
        task = await services.generation.stop(self.number, *where(interaction))
        if task.state in {State.QUEUED, State.PREPARING}:
            said = t("Cancelled. Your quota is given back.")
        else:
            said = t("Not waiting any more. The pictures will be in /tasks when they are done.")
        await answer(interaction, notice(said))
        if task.state not in {State.QUEUED, State.PREPARING}:
            await services.generation.cards.take_away(task)


class Fetch(Press, template=buttons.FETCH):
    """The images of a kept task, for its requester alone."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        results = services_of(interaction).results
        most = upload_limit(interaction)
        messages = await results.fetch(self.number, *where(interaction), most=most)
        for sent, pictures in enumerate(messages):
            files = [
                discord.File(
                    picture.path,
                    f"imagine-{self.number}-{picture.result.position}.{picture.ending}",
                )
                for picture in pictures
            ]
            await interaction.followup.send(files=files, ephemeral=True)
            if sent == 0:
                # From the first message on they are the user's, whatever becomes of the others.
                await results.fetched(self.number)


class Turn(Press, template=buttons.PAGE):
    """Another page of ``/tasks``."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        history = services_of(interaction).history
        number = int(self.match["page"])
        await interaction.response.edit_message(view=await _page(history, interaction, number))


async def setup(bot: ImageBot) -> None:
    """Add the command and the buttons."""
    await bot.add_cog(TaskList(bot.services.history))
    bot.add_dynamic_items(Stop, Fetch, Turn)
