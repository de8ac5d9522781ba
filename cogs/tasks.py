"""``/tasks`` and the buttons on cards: look, stop, fetch, try again.

The buttons work after a restart: discord.py makes them anew from their ``custom_id``, which anybody
can forge, so everything is read from the row and whoever presses is checked.
"""

import re
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands
from typing_extensions import override

from bot.app import ImageBot, services_of
from bot.chat.answers import answer, explain_to
from bot.chat.preflight import upload_limit
from bot.domain.task import State
from bot.services.history import History
from bot.ui import buttons
from bot.ui.replies import details, history_page, notice
from bot.ui.texts import N_, texts

Press = discord.Interaction[Any]


class TaskList(commands.Cog):
    """The command."""

    def __init__(self, history: History) -> None:
        self._history = history

    @app_commands.command(name=N_("tasks"), description=N_("Your tasks: look, stop, fetch"))
    async def tasks(self, interaction: discord.Interaction) -> None:
        """Show the first page."""
        await answer(interaction, await _page(self._history, interaction, 1))


async def _page(history: History, interaction: Press, number: int) -> ui.LayoutView:
    guild_id = interaction.guild_id or 0
    page = await history.page(guild_id, interaction.user.id, number)
    t = texts(str(interaction.locale))
    return history_page(
        page.tasks, page.posts, t, page=page.page, pages=page.pages, guild_id=guild_id
    )


class _Button(ui.DynamicItem[ui.Button[Any]], template=r"never"):
    """A button that carries one number; its errors end in a sentence like a command's."""

    def __init__(self, item: ui.Button[Any], number: int) -> None:
        super().__init__(item)
        self.number = number

    @override
    @classmethod
    async def from_custom_id(
        cls, interaction: Press, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, ui.Button)
        return cls(item, int(match[1]))

    @override
    async def callback(self, interaction: Press) -> None:
        try:
            await self.pressed(interaction)
        except Exception as error:  # noqa: BLE001 - views don't reach the tree's on_error
            await explain_to(interaction, error)

    async def pressed(self, interaction: Press) -> None:
        """Do what the button says."""
        raise NotImplementedError


class Stop(_Button, template=buttons.STOP):
    """*Cancel* while nothing is paid, *Stop waiting* afterwards."""

    @override
    async def pressed(self, interaction: Press) -> None:
        services = services_of(interaction)
        t = texts(str(interaction.locale))
        guild_id, user_id = interaction.guild_id or 0, interaction.user.id
        task = await services.generation.stop(self.number, guild_id, user_id)
        if task.state in {State.QUEUED, State.PREPARING}:
            said = t("Cancelled. Your quota is given back.")
        else:
            said = t("Not waiting any more. The pictures will be in /tasks when they are done.")
        await answer(interaction, notice(said))
        if task.state not in {State.QUEUED, State.PREPARING}:
            await services.generation.cards.take_away(task)


class Fetch(_Button, template=buttons.FETCH):
    """The images of a kept task, for its requester alone."""

    @override
    async def pressed(self, interaction: Press) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        history = services_of(interaction).history
        most = upload_limit(interaction)
        guild_id, user_id = interaction.guild_id or 0, interaction.user.id
        messages = await history.kept(self.number, guild_id, user_id, most=most)
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
                await history.fetched(self.number, sum(map(len, messages)))


class Again(_Button, template=buttons.AGAIN):
    """The same request once more, as a task of whoever presses."""

    @override
    async def pressed(self, interaction: Press) -> None:
        services = services_of(interaction)
        task = await services.history.task(
            self.number, interaction.guild_id or 0, interaction.user.id
        )
        await services.reception.take(
            interaction, task.request, private=task.private, parent_id=task.id
        )


class Details(_Button, template=buttons.DETAILS):
    """The full prompt and parameters; of a private task, for its requester alone."""

    @override
    async def pressed(self, interaction: Press) -> None:
        history = services_of(interaction).history
        task = await history.task(self.number, interaction.guild_id or 0, interaction.user.id)
        await answer(interaction, details(task, texts(str(interaction.locale))))


class Turn(_Button, template=buttons.PAGE):
    """Another page of ``/tasks``."""

    @override
    async def pressed(self, interaction: Press) -> None:
        history = services_of(interaction).history
        await interaction.response.edit_message(view=await _page(history, interaction, self.number))


async def setup(bot: ImageBot) -> None:
    """Add the command and the buttons."""
    await bot.add_cog(TaskList(bot.services.history))
    bot.add_dynamic_items(Stop, Fetch, Again, Details, Turn)
