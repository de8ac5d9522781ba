"""Forms that were sent: understood by their ids, so one outlives the process that opened it."""

from dataclasses import replace
from typing import Any

import discord
from discord.ext import commands

from bot.client import ImageBot
from bot.domain.draft import Draft
from bot.domain.task import Task
from bot.errors import ImagesGone, Refusal
from bot.interactions.answers import answer, explain_to
from bot.interactions.convert import requester_of, source_message, viewer_of
from bot.interactions.forms import filled
from bot.services.shared.visibility import press_deadline
from bot.ui import forms
from bot.ui.replies import refusal
from bot.ui.texts import texts
from bot.wiring import Services

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
            forms.FIX: self._draft,
            forms.DRAW: self._draft,
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
        task_id = await self._services.task_lookup.resolve(number, source_message(interaction))
        who, visibility = viewer_of(interaction), self._services.visibility
        return (
            await visibility.visible_task(task_id, who, whole=False, until=press_deadline())
        ).task

    async def _edit(self, interaction: Interaction, number: int) -> None:
        """Draw from the result that was chosen, on the quota of whoever sent the form."""
        results = self._services.results
        task_id = await self._services.task_lookup.resolve(number, source_message(interaction))
        seen = await self._services.visibility.visible_task(
            task_id, viewer_of(interaction), until=press_deadline()
        )
        task = seen.task
        given = filled(interaction)
        position = given.number(forms.IMAGE)
        try:
            if position is None:
                position = (await results.images(seen))[0].position
            draft = given.over(await results.edited(seen, position))
        except ImagesGone as error:
            # Deleted while the form was filled in: what was typed is not lost.
            draft = Draft.like(task.request, private=task.private, parent_id=task.id)
            draft = given.over(replace(draft, count=1, references=()))
            await self._services.intake.reject(interaction, draft, error)
            return
        await self._services.intake.submit(interaction, draft)

    async def _draft(self, interaction: Interaction, draft_id: int) -> None:
        """Ask for what was kept: a refused draft, or one that had no prompt yet."""
        draft = await self._services.drafts.get(draft_id, *requester_of(interaction))
        await self._services.intake.submit(interaction, filled(interaction).over(draft))

    async def _change(self, interaction: Interaction, number: int) -> None:
        """Ask once more for what failed."""
        task = await self._task(interaction, number)
        draft = Draft.like(task.request, private=task.private, parent_id=task.id)
        await self._services.intake.submit(interaction, filled(interaction).over(draft))


async def setup(bot: ImageBot) -> None:
    """Add the listener."""
    await bot.add_cog(Forms(bot.services))
