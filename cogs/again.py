"""Asking again, with or without changes: buttons, and the forms that they open."""

from dataclasses import replace

from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.domain.draft import Draft
from bot.domain.task import Task
from bot.domain.typed import without_unknown_flags
from bot.domain.visibility import VisibleTask
from bot.interactions.convert import Interaction, requester_of, server_of
from bot.interactions.forms import SentForm
from bot.interactions.permissions import check_asker, check_writer
from bot.interactions.persistent_item import PersistentItem
from bot.interactions.tasks import named_task, visible_task
from bot.refusals import ImagesGone
from bot.ui import forms, ids
from bot.ui.reasons import bad_reference
from bot.ui.texts import texts


class Again(PersistentItem, custom_id=ids.AGAIN):
    """The same request as a new task of the presser."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        task = await named_task(services, interaction, self.fields.id)
        await _submit(interaction, task, _like(interaction, task))


class Redraw(PersistentItem, custom_id=ids.REDRAW):
    """A result in 4K, as a new task of the presser."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        seen = await visible_task(services, interaction, self.fields.id)
        draft = await services.results.redrawn(seen, self.fields.position)
        await _submit(interaction, seen.task, draft)


class Vary(PersistentItem, custom_id=ids.VARY):
    """Variations of a result, as a new task of the presser."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        seen = await visible_task(services, interaction, self.fields.id)
        draft = await services.results.varied(seen, self.fields.position)
        await _submit(interaction, seen.task, draft)


class Edit(PersistentItem, custom_id=ids.EDIT):
    """The form to edit a result; if there are several, it asks which one."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        seen = await _to_edit(interaction, self.fields.id)
        images = await services_of(interaction).results.images(seen)
        await _open_edit(interaction, seen, [image.position for image in images])


class EditImage(PersistentItem, custom_id=ids.EDIT_IMAGE):
    """The form to edit one result."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        seen = await _to_edit(interaction, self.fields.id)
        await _open_edit(interaction, seen, [self.fields.position])


async def _to_edit(interaction: Interaction, number: int) -> VisibleTask:
    check_asker(interaction)
    seen = await visible_task(services_of(interaction), interaction, number)
    if not seen.task.private:
        check_writer(interaction)
    return seen


async def _open_edit(interaction: Interaction, seen: VisibleTask, positions: list[int]) -> None:
    services = services_of(interaction)
    draft = await services.results.edited(seen, positions[0])
    t = texts(str(interaction.locale))
    form = forms.edit(seen.task, draft, services.model, t, positions=positions)
    await interaction.response.send_modal(form)


class EditForm(SentForm, custom_id=ids.EDIT):
    """A change to the result that was chosen."""

    @override
    async def sent(self, interaction: Interaction) -> None:
        seen = await visible_task(services_of(interaction), interaction, self.fields.id)
        position = self.filled.number(forms.IMAGE)
        await self._submit(interaction, seen, position)

    async def _submit(
        self, interaction: Interaction, seen: VisibleTask, position: int | None
    ) -> None:
        services = services_of(interaction)
        results = services.results
        try:
            if position is None:
                position = (await results.images(seen))[0].position
            draft = self.filled.over(await results.edited(seen, position))
        except ImagesGone as error:
            # Deleted while the form was open. Keep what was typed.
            draft = replace(_like(interaction, seen.task), count=1, references=())
            draft = self.filled.over(draft)
            await services.intake.reject(interaction, draft, error)
        else:
            await _submit(interaction, seen.task, draft)


class EditImageForm(EditForm, custom_id=ids.EDIT_IMAGE):
    """A change to the result whose button was pressed."""

    @override
    async def sent(self, interaction: Interaction) -> None:
        seen = await visible_task(services_of(interaction), interaction, self.fields.id)
        await self._submit(interaction, seen, self.fields.position)


class Change(PersistentItem, custom_id=ids.CHANGE):
    """The form with a task's request filled in: *Remix*, or *Edit and resend*."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        check_asker(interaction)
        services = services_of(interaction)
        task = await named_task(services, interaction, self.fields.id)
        if not task.private:
            check_writer(interaction)
        t, bad = texts(str(interaction.locale)), bad_reference(task)
        form = forms.change(task, _like(interaction, task), services.model, t, bad=bad)
        await interaction.response.send_modal(form)


class ChangeForm(SentForm, custom_id=ids.CHANGE):
    """A changed request, of a task that succeeded, failed or was cancelled."""

    @override
    async def sent(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        task = await named_task(services, interaction, self.fields.id)
        await _submit(interaction, task, self.filled.over(_like(interaction, task)))


class Fix(PersistentItem, custom_id=ids.FIX):
    """The form for a refused draft, filled in as it was typed."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        services, t = services_of(interaction), texts(str(interaction.locale))
        draft_id = self.fields.interaction
        draft = await services.drafts.get(draft_id, requester_of(interaction))
        await interaction.response.send_modal(forms.fix(draft_id, draft, services.model, t))


class Resend(PersistentItem, custom_id=ids.RESEND):
    """Sends a refused draft again, once the obstacle is gone, or without its unknown flags."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        draft = await services.drafts.get(self.fields.interaction, requester_of(interaction))
        await services.intake.submit(interaction, without_unknown_flags(draft))


class FixForm(SentForm, custom_id=ids.FIX):
    """A draft that was refused."""

    @override
    async def sent(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        draft = await services.drafts.get(self.fields.interaction, requester_of(interaction))
        await services.intake.submit(interaction, self.filled.over(draft))


class ComposeForm(FixForm, custom_id=ids.COMPOSE):
    """A draft that had no prompt."""


def _like(interaction: Interaction, task: Task) -> Draft:
    draft = Draft.like(task.request, private=task.private, parent_id=task.id)
    if task.requester.user == interaction.user.id:
        return draft
    lent = tuple(each.lent(task.interaction_id) for each in draft.references)
    return replace(draft, references=lent)


async def _submit(interaction: Interaction, task: Task, draft: Draft) -> None:
    if task.requester.server != server_of(interaction):
        # Nobody here could open the message.
        draft = replace(draft, made_from=None)
    await services_of(interaction).intake.submit(interaction, draft)


async def setup(bot: ImageBot) -> None:
    """Add the buttons and the forms."""
    bot.add_dynamic_items(Again, Redraw, Vary, Edit, EditImage, Change, Fix, Resend)
    bot.forms.add(EditForm, EditImageForm, ChangeForm, FixForm, ComposeForm)
