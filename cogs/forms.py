"""Forms that were sent: understood by their ids, so one outlives the process that opened it."""

from dataclasses import replace
from typing import Any

import discord
from discord.ext import commands

from bot.app import ImageBot, Services
from bot.chat.answers import answer, explain_to
from bot.chat.forms import filled
from bot.chat.press import origin, viewer, where
from bot.domain.task import Task
from bot.domain.wish import Wish
from bot.errors import ImagesGone, Refusal
from bot.services.viewing import hurried
from bot.ui import forms
from bot.ui.replies import refusal
from bot.ui.texts import texts

Interaction = discord.Interaction[Any]


class Forms(commands.Cog):
    """What becomes of each."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @commands.Cog.listener("on_interaction")
    async def sent(self, interaction: Interaction) -> None:
        """Take a form; discord.py itself knows only those that this process opened."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        custom_id = str((interaction.data or {}).get("custom_id", ""))
        known = {
            forms.EDIT: self._edit,
            forms.FIX: self._wish,
            forms.DRAW: self._wish,
            forms.CHANGE: self._change,
        }
        try:
            for template, take in known.items():
                if (match := template.fullmatch(custom_id)) is not None:
                    await take(interaction, int(match["id"]))
        except Refusal as error:
            # Whether it was private is not known here: the words are given back to be copied.
            prompt = filled(interaction).texts.get(forms.PROMPT)
            await answer(interaction, refusal(error, texts(str(interaction.locale)), prompt))
        except Exception as error:  # noqa: BLE001 - listeners don't reach the tree's on_error
            await explain_to(interaction, error)

    async def _task(self, interaction: Interaction, number: int) -> Task:
        task_id = await self._services.names.task_id(number, origin(interaction))
        who, viewing = viewer(interaction), self._services.viewing
        return (await viewing.sight(task_id, who, whole=False, until=hurried())).task

    async def _edit(self, interaction: Interaction, number: int) -> None:
        """Draw from the result that was chosen, on the quota of whoever sent the form."""
        results = self._services.results
        task_id = await self._services.names.task_id(number, origin(interaction))
        seen = await self._services.viewing.sight(task_id, viewer(interaction), until=hurried())
        task = seen.task
        given = filled(interaction)
        position = given.number(forms.IMAGE)
        try:
            if position is None:
                position = (await results.images(seen))[0].position
            wish = given.over(await results.edited(seen, position))
        except ImagesGone as error:
            # Deleted while the form was filled in: what was typed is not lost.
            wish = Wish.like(task.request, private=task.private, parent_id=task.id)
            wish = given.over(replace(wish, count=1, references=()))
            await self._services.reception.turn_down(interaction, wish, error)
            return
        await self._services.reception.take(interaction, wish)

    async def _wish(self, interaction: Interaction, wish_id: int) -> None:
        """Ask for what was kept: a refused wish, or one that had no prompt yet."""
        wish = await self._services.wishes.get(wish_id, *where(interaction))
        await self._services.reception.take(interaction, filled(interaction).over(wish))

    async def _change(self, interaction: Interaction, number: int) -> None:
        """Ask once more for what failed."""
        task = await self._task(interaction, number)
        wish = Wish.like(task.request, private=task.private, parent_id=task.id)
        await self._services.reception.take(interaction, filled(interaction).over(wish))


async def setup(bot: ImageBot) -> None:
    """Add the listener."""
    await bot.add_cog(Forms(bot.services))
