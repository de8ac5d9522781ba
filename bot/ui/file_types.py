"""Which files Discord's client lets people attach, wherever we ask for pictures.

discord.py 2.7.1 does not know the field, so it is added to what it sends.
https://github.com/discord/discord-api-docs/pull/8506 (2026-08)
"""

from collections.abc import Callable
from typing import Any

import discord
from discord import AppCommandOptionType, app_commands
from typing_extensions import override

#: Groups and endings, at most 10. The client goes by the name alone. Its group has PNG, JPEG, GIF,
#: WebP and by now AVIF, and may change: https://github.com/Pycord-Development/pycord/pull/3284
FILE_TYPES = (
    "image", ".heic", ".heif", ".hif", ".avif", ".bmp", ".tif", ".tiff", ".apng", ".pjpeg",
)  # fmt: skip


class PictureCommand(app_commands.Command[Any, ..., Any]):
    """A command whose attachments are pictures."""

    @override
    async def get_translated_payload(
        self, tree: app_commands.CommandTree[Any], translator: app_commands.Translator
    ) -> dict[str, Any]:
        """Return what Discord is told of it, in all languages."""
        return _for_pictures(await super().get_translated_payload(tree, translator))

    @override
    def to_dict(self, tree: app_commands.CommandTree[Any]) -> dict[str, Any]:
        """Return what Discord is told of it."""
        return _for_pictures(super().to_dict(tree))


def picture_command(
    *, name: str, description: str
) -> Callable[[Callable[..., Any]], PictureCommand]:
    """Make a command as ``app_commands.command`` does; its attachments are pictures."""
    return lambda callback: PictureCommand(name=name, description=description, callback=callback)


class PictureUpload(discord.ui.FileUpload[Any]):
    """A form's field that takes pictures."""

    @override
    def to_component_dict(self) -> Any:
        """Return what Discord is told of it."""
        return {**super().to_component_dict(), "file_types": list(FILE_TYPES)}


def _for_pictures(payload: dict[str, Any]) -> dict[str, Any]:
    for option in payload["options"]:
        if option["type"] == AppCommandOptionType.attachment.value:
            option["file_types"] = list(FILE_TYPES)
    return payload
