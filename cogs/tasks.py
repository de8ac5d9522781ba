"""``/tasks``, and the buttons of tasks that are unfinished or have images to collect."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from io import BytesIO

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from bot.chat.failures import FAILURES
from bot.client import ImageBot, services_of
from bot.domain.ids import TaskId
from bot.domain.queue_status import QueueStatus
from bot.domain.state import State
from bot.domain.task import Task
from bot.domain.task_query import SEARCH_LIMIT, Jump, TaskFilter, TaskQuery
from bot.interactions.answers import answer, defer_update
from bot.interactions.convert import Interaction, joined_servers, requester_of, source_message
from bot.interactions.forms import SentForm
from bot.interactions.permissions import follow_ups, upload_limit
from bot.interactions.persistent_item import PersistentItem, chosen
from bot.interactions.tasks import named_task
from bot.refusals import NotFound
from bot.services.front.history import History, Page
from bot.ui import forms, ids
from bot.ui.card import card
from bot.ui.history import history_page, task_entry
from bot.ui.prompt import cut
from bot.ui.replies import notice, stopped
from bot.ui.texts import N_, texts

#: The name of the grid's picture.
_SHEET = "tasks.webp"


class TaskList(commands.Cog):
    """The command."""

    def __init__(self, history: History) -> None:
        self._history = history

    @app_commands.command(
        name=N_("tasks"), description=N_("Your tasks: view, search, stop, collect, delete")
    )
    async def tasks(self, interaction: discord.Interaction) -> None:
        """Show the first page."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await _show(self._history, interaction, TaskQuery())


async def _show(history: History, interaction: Interaction, query: TaskQuery) -> None:
    """Fill the deferred answer with a page."""
    requester = requester_of(interaction)
    page = await history.page(requester, query, servers=joined_servers(interaction))
    files = _opened(page)
    view = history_page(
        page.tasks,
        page.posts,
        {task_id: file.filename for task_id, file in files.items()},
        texts(str(interaction.locale)),
        kept=page.kept,
        query=page.query,
        newer=page.newer,
        older=page.older,
        server=requester.server,
        sheet=_SHEET if page.sheet else None,
        totals=page.totals,
    )
    await _answer(interaction, view, page, files)


async def _answer(
    interaction: Interaction,
    view: discord.ui.LayoutView,
    page: Page,
    files: Mapping[TaskId, discord.File],
) -> None:
    attached = list(files.values())
    if page.sheet is not None:
        attached = [discord.File(BytesIO(page.sheet), _SHEET)]
    try:
        await interaction.edit_original_response(view=view, attachments=attached)
    finally:
        for file in files.values():
            file.close()


def _opened(page: Page) -> dict[TaskId, discord.File]:
    files = dict[TaskId, discord.File]()
    for task_id, path in page.thumbnails.items():
        with suppress(FileNotFoundError):  # deleted just now
            files[task_id] = discord.File(path, f"{task_id}.webp")
    return files


class Entry(PersistentItem, custom_id=ids.ENTRY):
    """One task of the grid, and what can be done about it."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        services, requester = services_of(interaction), requester_of(interaction)
        task = await named_task(services, interaction, self.fields.id)
        if task.requester.user != requester.user:
            raise NotFound
        page = await services.history.page_of((task,))
        files = _opened(page)
        thumbnail = files.get(task.id)
        view = task_entry(
            task,
            page.posts.get(task.id),
            thumbnail.filename if thumbnail else None,
            texts(str(interaction.locale)),
            is_kept=task.id in page.kept,
            server=requester.server,
        )
        await _answer(interaction, view, page, files)


class GoTo(PersistentItem, custom_id=ids.JUMP):
    """The form to go to a page or a date."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        form = forms.jump(self.fields.query, texts(str(interaction.locale)))
        await interaction.response.send_modal(form)


class GoToForm(SentForm, custom_id=ids.JUMP):
    """Where to go."""

    @override
    async def sent(self, interaction: Interaction) -> None:
        to = Jump.parse(self.filled.text(forms.PLACE) or "")
        await defer_update(interaction)
        history, servers = services_of(interaction).history, joined_servers(interaction)
        there = await history.jump(
            requester_of(interaction), self.fields.query, to, servers=servers
        )
        await _show(history, interaction, there)


class Stop(PersistentItem, custom_id=ids.STOP):
    """*Cancel*, or *Stop waiting* once the task is paid for."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        t = texts(str(interaction.locale))
        task_id = await services.task_lookup.resolve(self.fields.id, source_message(interaction))
        task = await services.cancellation.cancel(task_id, requester_of(interaction))
        if task.state is State.SUBMITTING:
            await interaction.response.defer(ephemeral=True, thinking=True)
            task = await services.cancellation.settled(task)
        await answer(interaction, notice(stopped(task, t)))
        await services.cancellation.remove_card(task)


class Fetch(PersistentItem, custom_id=ids.FETCH):
    """The images of a kept task; only for the requester."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        results = services.results
        task_id = await services.task_lookup.resolve(self.fields.id, source_message(interaction))
        task = await results.task(task_id, requester_of(interaction))
        on_card = interaction.message is not None and interaction.message.id == task.card_id
        # An ephemeral card can only be edited in answer to a press of its own button.
        await interaction.response.defer(ephemeral=True, thinking=not on_card)
        most = upload_limit(interaction)
        messages = await results.fetch(
            task.id, requester_of(interaction), max_bytes=most, messages=follow_ups(interaction)
        )
        for sent, pictures in enumerate(messages):
            files = [
                discord.File(
                    picture.path,
                    f"{task.name}-{picture.result.position + 1}{picture.extension}",
                    spoiler=task.request.spoiler,
                )
                for picture in pictures
            ]
            await interaction.followup.send(files=files, ephemeral=True)
            if sent == 0:
                # They count as collected from the first message on, even if the next one fails.
                task = await results.collected(task.id)
        if on_card:
            await _tell_charge(interaction, task)


async def _tell_charge(interaction: Interaction, task: Task) -> None:
    view = card(task, QueueStatus())
    with suppress(*FAILURES):  # /tasks shows it too
        await interaction.edit_original_response(view=view)


class GoToPage(PersistentItem, custom_id=ids.PAGE):
    """Another page of ``/tasks``."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await defer_update(interaction)
        await _show(services_of(interaction).history, interaction, self.fields.query)


class Filter(PersistentItem, custom_id=ids.FILTER):
    """Shows only some of the tasks."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await defer_update(interaction)
        query = replace(self.fields.query, filter=TaskFilter.parse(chosen(interaction)))
        await _show(services_of(interaction).history, interaction, query)


class Search(PersistentItem, custom_id=ids.SEARCH):
    """The form to search for words."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        form = forms.search(self.fields.query, texts(str(interaction.locale)))
        await interaction.response.send_modal(form)


class SearchForm(SentForm, custom_id=ids.SEARCH_FORM):
    """The words to search for."""

    @override
    async def sent(self, interaction: Interaction) -> None:
        await defer_update(interaction)
        words = cut(self.filled.text(forms.WORDS) or "", SEARCH_LIMIT)
        query = replace(self.fields.query, search=words)
        await _show(services_of(interaction).history, interaction, query)


async def setup(bot: ImageBot) -> None:
    """Add the command and the buttons."""
    await bot.add_cog(TaskList(bot.services.history))
    bot.add_dynamic_items(Stop, Fetch, Entry, GoToPage, GoTo, Filter, Search)
    bot.forms.add(SearchForm, GoToForm)
