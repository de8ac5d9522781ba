"""The buttons of the tray: use its pictures, remove one, clear it."""

from dataclasses import replace

from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.domain.ids import InteractionId, UserId
from bot.interactions.answers import update
from bot.interactions.convert import Interaction, requester_of
from bot.interactions.persistent_item import PersistentItem, chosen
from bot.ui import forms, ids
from bot.ui.texts import texts
from bot.ui.tray import tray


class Draw(PersistentItem, custom_id=ids.TRAY_DRAW):
    """The form for a task with the pictures now in the tray, whatever is added later."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        own = await services.defaults.get(UserId(interaction.user.id))
        draft = own.under(await services.tray.draft(requester_of(interaction)), services.model)
        draft = replace(draft, private=own.private)
        await services.drafts.save(draft, InteractionId(interaction.id), requester_of(interaction))
        t = texts(str(interaction.locale))
        await interaction.response.send_modal(
            forms.compose(InteractionId(interaction.id), draft, services.model, t)
        )


class Remove(PersistentItem, custom_id=ids.TRAY_REMOVE):
    """Removes the picture that was chosen."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        name = chosen(interaction)
        await services_of(interaction).tray.remove(requester_of(interaction), name)
        await _show(interaction)


class Clear(PersistentItem, custom_id=ids.TRAY_CLEAR):
    """Removes all pictures."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await services_of(interaction).tray.clear(requester_of(interaction))
        await _show(interaction)


async def _show(interaction: Interaction) -> None:
    items = await services_of(interaction).tray.items(requester_of(interaction))
    view = tray(items, texts(str(interaction.locale)))
    await update(interaction, view)


async def setup(bot: ImageBot) -> None:
    """Add the buttons."""
    bot.add_dynamic_items(Draw, Remove, Clear)
