"""What happens to a form that describes images: it becomes a task of whoever sent it."""

from dataclasses import replace

from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.domain.draft import Draft
from bot.errors import ImagesGone
from bot.interactions.convert import requester_of
from bot.interactions.forms import Interaction, SentForm
from bot.interactions.tasks import named_task
from bot.ui import forms, ids


class Edit(SentForm, custom_id=ids.EDIT):
    """A change to the result that was chosen."""

    @override
    async def sent(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        results = services.results
        seen = await named_task(
            interaction, self.fields.id, services.task_lookup, services.visibility
        )
        position = self.filled.number(forms.IMAGE)
        try:
            if position is None:
                position = (await results.images(seen))[0].position
            draft = self.filled.over(await results.edited(seen, position))
        except ImagesGone as error:
            # Deleted while the form was open. Keep what was typed.
            task = seen.task
            draft = Draft.like(task.request, private=task.private, parent_id=task.id)
            draft = self.filled.over(replace(draft, count=1, references=()))
            await services.intake.reject(interaction, draft, error)
            return
        await services.intake.submit(interaction, draft)


class Change(SentForm, custom_id=ids.CHANGE):
    """A change to what failed or was cancelled."""

    @override
    async def sent(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        seen = await named_task(
            interaction, self.fields.id, services.task_lookup, services.visibility, whole=False
        )
        task = seen.task
        draft = Draft.like(task.request, private=task.private, parent_id=task.id)
        await services.intake.submit(interaction, self.filled.over(draft))


class Fix(SentForm, custom_id=ids.FIX):
    """A draft that was refused."""

    @override
    async def sent(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        draft = await services.drafts.get(self.fields.id, *requester_of(interaction))
        await services.intake.submit(interaction, self.filled.over(draft))


class Compose(Fix, custom_id=ids.COMPOSE):
    """A draft that had no prompt."""


async def setup(bot: ImageBot) -> None:
    """Add the forms."""
    bot.forms.add(Edit, Change, Fix, Compose)
