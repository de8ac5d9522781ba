"""``/imagine-defaults``: what applies where an option of ``/imagine`` is left out."""

from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.domain.defaults import Defaults
from bot.domain.ids import UserId
from bot.domain.models import MOST_IMAGES, Model, Quality
from bot.interactions.answers import answer, update
from bot.interactions.convert import Interaction
from bot.interactions.persistent_item import PersistentItem
from bot.interactions.tasks import named_task
from bot.services.front.defaults import OwnDefaults
from bot.ui import ids
from bot.ui.replies import defaults_card, size_choices
from bot.ui.texts import N_, texts


class DefaultsCommand(commands.Cog):
    """The command and its completions."""

    def __init__(self, defaults: OwnDefaults, model: Model) -> None:
        self._defaults = defaults
        self._model = model

    @app_commands.command(
        name=N_("imagine-defaults"), description=N_("Your own defaults for /imagine")
    )
    @app_commands.describe(
        size=N_("A ratio like 16:9, or pixels like 2560x1440"),
        quality=N_("Resolution: 2K or 4K"),
        count=N_("Number of images, 1 to 15"),
        private=N_("Whether only you see your results"),
    )
    @app_commands.choices(
        quality=[app_commands.Choice(name=quality, value=quality) for quality in Quality]
    )
    async def defaults(
        self,
        interaction: discord.Interaction,
        size: str | None = None,
        quality: str | None = None,
        count: app_commands.Range[int, 1, MOST_IMAGES] | None = None,
        private: bool | None = None,  # noqa: FBT001 - a switch of the command
    ) -> None:
        """Change the options that were filled in, and show all defaults."""
        typed = {"size": size, "quality": quality, "count": count, "private": private}
        given = {name: value for name, value in typed.items() if value is not None}
        own = await self._defaults.get(UserId(interaction.user.id))
        if given:
            own = await self._defaults.set(UserId(interaction.user.id), replace(own, **given))
        await answer(interaction, defaults_card(own, texts(str(interaction.locale))))

    @defaults.autocomplete("size")
    async def _sizes(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        choices = size_choices(typed, self._model, texts(str(interaction.locale)))
        return [app_commands.Choice(name=name, value=value) for name, value in choices]


class MakeDefaults(PersistentItem, custom_id=ids.DEFAULTS):
    """Makes a task's options the presser's defaults."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        services = services_of(interaction)
        task = await named_task(services, interaction, self.fields.id)
        own = Defaults.from_request(task.request, private=task.private)
        await services.defaults.set(UserId(interaction.user.id), own)
        await answer(interaction, defaults_card(own, texts(str(interaction.locale))))


class Reset(PersistentItem, custom_id=ids.RESET_DEFAULTS):
    """Back to the model's defaults."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await services_of(interaction).defaults.reset(UserId(interaction.user.id))
        view = defaults_card(Defaults(), texts(str(interaction.locale)))
        await update(interaction, view)


async def setup(bot: ImageBot) -> None:
    """Add the command and the buttons."""
    await bot.add_cog(DefaultsCommand(bot.services.defaults, bot.services.model))
    bot.add_dynamic_items(MakeDefaults, Reset)
