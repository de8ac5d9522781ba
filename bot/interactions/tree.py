"""The command tree: tells the user about every error of a command."""

from typing import Any

import discord
import structlog
from discord import app_commands
from typing_extensions import override

from bot.interactions.answers import explain_to
from bot.interactions.convert import Interaction
from bot.refusals import CommandChanged, MessageUnreadable

log = structlog.get_logger()

_CHANGED = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)


class Tree(app_commands.CommandTree[Any]):
    """Answers every error."""

    @override
    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Explain an error: the one place for commands."""
        cause: Exception = error
        if isinstance(error, app_commands.CommandInvokeError):
            cause = error.original
        elif isinstance(error, _CHANGED):
            # Clients keep old lists of commands for a while after an update.
            cause = CommandChanged()
        if interaction.type is discord.InteractionType.autocomplete:
            log.info("no completion", error=repr(cause))
            return
        await explain_to(interaction, cause, getattr(interaction.namespace, "prompt", None))

    @override
    async def _call(self, interaction: Interaction) -> None:
        """Also explain errors that discord.py raises while it reads a command.

        It builds the message or user that a menu was used on outside of its error handling
        (``_call_context_menu`` of 2.7.1). A poll without an end, for example, raises there; Discord
        documents that as possible.
        """
        try:
            await super()._call(interaction)
        except app_commands.AppCommandError:
            raise
        except Exception as error:
            if interaction.type is discord.InteractionType.autocomplete:
                raise
            log.warning("a command could not be read", error=repr(error))
            await explain_to(interaction, MessageUnreadable())
