"""Which files Discord's client lets people attach as references.

discord.py (2.7) doesn't know the field, so it is added to what it sends.
https://github.com/discord/discord-api-docs/pull/8506 (2026-08)
"""

from collections.abc import Callable
from typing import Any

import discord
from discord import AppCommandOptionType, app_commands
from typing_extensions import override

#: At most 10 groups and extensions. The client only checks the name. Its group "image" has PNG,
#: JPEG, GIF, WebP and lately AVIF, and may change: https://github.com/Pycord-Development/pycord/pull/3284
FILE_TYPES = (
    "image", ".heic", ".heif", ".hif", ".avif", ".bmp", ".tif", ".tiff", ".apng", ".pjpeg",
)  # fmt: skip


class PictureCommand(app_commands.Command[Any, ..., Any]):
    """A command that accepts only pictures as attachments."""

    @override
    async def get_translated_payload(
        self, tree: app_commands.CommandTree[Any], translator: app_commands.Translator
    ) -> dict[str, Any]:
        """Return the command as it is sent to Discord, with translations."""
        return _for_pictures(await super().get_translated_payload(tree, translator))

    @override
    def to_dict(self, tree: app_commands.CommandTree[Any]) -> dict[str, Any]:
        """Return the command as it is sent to Discord."""
        return _for_pictures(super().to_dict(tree))


def picture_command(
    *, name: str, description: str
) -> Callable[[Callable[..., Any]], PictureCommand]:
    """Make a command like ``app_commands.command``, but one that accepts only pictures."""
    return lambda callback: PictureCommand(name=name, description=description, callback=callback)


class PictureUpload(discord.ui.FileUpload[Any]):
    """A form field that accepts only pictures."""

    @override
    def to_component_dict(self) -> Any:
        """Return the field as it is sent to Discord."""
        return {**super().to_component_dict(), "file_types": list(FILE_TYPES)}


def _for_pictures(payload: dict[str, Any]) -> dict[str, Any]:
    for option in payload["options"]:
        if option["type"] == AppCommandOptionType.attachment.value:
            option["file_types"] = list(FILE_TYPES)
    return payload
