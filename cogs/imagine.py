"""``/imagine``: draw images, or edit the attached ones."""

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.client import ImageBot
from bot.domain.draft import Draft
from bot.domain.ids import UserId
from bot.domain.models import LONGEST_PROMPT, MOST_IMAGES, MOST_REFERENCES, Quality
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.typed import renumbered, understood
from bot.interactions.convert import reference_of, requester_of, server_of
from bot.refusals import InvalidRequest
from bot.ui.commands import private_option
from bot.ui.file_types import picture_command
from bot.ui.quota import count_choice, none_left
from bot.ui.replies import CHOICES, size_choices
from bot.ui.texts import N_, texts
from bot.wiring.front import Services

#: While a command is being typed, Discord only says that there is a picture.
UNSEEN = Reference(url="", name="", bytes=0)


class Imagine(commands.Cog):
    """The command and its completions."""

    def __init__(self, services: Services) -> None:
        self._intake = services.intake
        self._defaults = services.defaults
        self._quota = services.quota
        self._model = services.model

    @picture_command(name=N_("imagine"), description=N_("Draw an image, or edit your pictures"))
    @app_commands.choices(
        quality=[app_commands.Choice(name=quality, value=quality) for quality in Quality]
    )
    async def imagine(  # noqa: PLR0913, PLR0917 - Discord's options are arguments
        self,
        interaction: discord.Interaction,
        prompt: app_commands.Range[str, 1, LONGEST_PROMPT],
        image: discord.Attachment | None = None,
        size: str | None = None,
        quality: str | None = None,
        count: app_commands.Range[int, 1, MOST_IMAGES] | None = None,
        private: bool | None = None,  # noqa: FBT001 - a switch of the command
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        image5: discord.Attachment | None = None,
        image6: discord.Attachment | None = None,
        image7: discord.Attachment | None = None,
        image8: discord.Attachment | None = None,
        image9: discord.Attachment | None = None,
        image10: discord.Attachment | None = None,
        image11: discord.Attachment | None = None,
        image12: discord.Attachment | None = None,
        image13: discord.Attachment | None = None,
        image14: discord.Attachment | None = None,
    ) -> None:
        """Submit what was typed."""
        attached = [
            image, image2, image3, image4, image5, image6, image7, image8, image9, image10,
            image11, image12, image13, image14,
        ]  # fmt: skip
        filled = [option for option, attachment in enumerate(attached, start=1) if attachment]
        own = await self._defaults.get(UserId(interaction.user.id))
        draft = Draft(
            prompt=renumbered(prompt, filled),
            size=size,
            quality=quality,
            count=count,
            references=tuple(reference_of(attachment) for attachment in attached if attachment),
            private=own.private if private is None else private,
        )
        await self._intake.submit(interaction, draft, own)

    @imagine.autocomplete("size")
    async def _sizes(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        choices = size_choices(typed, self._model, texts(str(interaction.locale)))
        return [app_commands.Choice(name=name, value=value) for name, value in choices]

    @imagine.autocomplete("count")
    async def _counts(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[int]]:
        t = texts(str(interaction.locale))
        allowance = await self._quota.allowance(requester_of(interaction))
        weight = await self._weight(interaction)
        if allowance.left is not None and allowance.left < weight:
            sentence = none_left(allowance, self._quota.clock(), t, weight=weight)
            return [app_commands.Choice(name=sentence, value=1)]
        counts = range(1, self._model.images + 1)
        return [
            app_commands.Choice(name=count_choice(n, allowance, t, weight=weight), value=n)
            for n in counts
            if str(n).startswith(str(typed or ""))
            and (allowance.left is None or n * weight <= allowance.left)
        ][:CHOICES]

    async def _weight(self, interaction: discord.Interaction) -> int:
        """Return how many images each one would count as, given the options so far."""
        typed = interaction.namespace
        pictures = sum(name.startswith("image") for name, _ in typed)
        draft = Draft(
            prompt=typed.prompt or "",
            size=typed.size,
            quality=typed.quality,
            references=(UNSEEN,) * pictures,
        )
        own = await self._defaults.get(UserId(interaction.user.id))
        draft = own.under(understood(draft)[0], self._model)
        try:
            request = Request.parse(
                "?",
                size=draft.size,
                quality=draft.quality,
                references=draft.references,
                model=self._model,
            )
        except InvalidRequest:
            return 1
        return (await self._quota.policy(server_of(interaction))).weight(request)


def describe(keep: int) -> None:
    """Add the options' descriptions; results are kept for ``keep`` milliseconds."""
    described = {
        "prompt": N_("What to draw, or what to change in the pictures you attach"),
        "image": N_("A picture to edit or use as a reference"),
        "size": N_(
            "A ratio like 16:9, or pixels like 2560x1440. If left out, your default or auto"
        ),
        "quality": N_("Resolution: 2K or 4K. If left out, your default or 2K"),
        "count": N_("Number of images, 1 to 15. If left out, your default or 1"),
        **{f"image{number}": N_("Another picture") for number in range(2, MOST_REFERENCES + 1)},
    }
    # discord.py makes texts translatable when it creates the command, which has already happened.
    translatable = {name: locale_str(text) for name, text in described.items()}
    app_commands.describe(private=private_option(keep), **translatable)(Imagine.imagine)


async def setup(bot: ImageBot) -> None:
    """Add the command."""
    describe(bot.services.keep)
    await bot.add_cog(Imagine(bot.services))
