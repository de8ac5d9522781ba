"""Removing one image from a posted page."""

from dataclasses import dataclass
from typing import Any, cast

import discord

from bot.chat.discord_api import DiscordApi
from bot.chat.failures import gone_already, requesting
from bot.chat.lookup import files_of
from bot.domain.result import Post
from bot.domain.task import Task
from bot.domain.text import number
from bot.services.shared.ports import AttachedFile, Posted
from bot.ui.result import result_page


async def remove_image(  # noqa: PLR0913, PLR0917 - as in the port
    api: DiscordApi,
    task: Task,
    post: Post,
    there: Posted,
    position: int,
    pages: int,
    *,
    before: int,
) -> None:
    """Remove one image from one of ``pages``; delete the message with its last image.

    The other files stay at Discord unchanged: our own copies may be gone by now. It is not an error
    if the image or the message is already gone.

    Raises:
        ChatRefused: the bot may not edit the message.
        ChatUnavailable: Discord is failing, or it could not be sent ``before`` (epoch
            milliseconds).
    """
    message = api.channel(there.channel_id).get_partial_message(there.message_id)
    with gone_already():
        async with requesting(api.timeout):
            shown = _images_of(await message.fetch(), post)
        if shown.pop(position, None) is None:
            return
        async with requesting(api.timeout, before, api.clocks):
            if not shown:
                await message.delete()
                return
            names = {place: file.name for place, file in sorted(shown.items())}
            await message.edit(
                view=result_page(task, names, page=post.number, pages=pages, way=post.way),
                attachments=cast("Any", [_Kept(file.id) for file in shown.values()]),
                allowed_mentions=discord.AllowedMentions.none(),
            )


def _images_of(message: discord.Message, page: Post) -> dict[int, AttachedFile]:
    """Return a page's files by the position of the image, as ``posting.name_of`` names them."""
    found = dict[int, AttachedFile]()
    for file in files_of(message):
        if file.name.startswith(page.mark):
            position = number(file.name.removeprefix(page.mark).partition(".")[0])
            if position is not None:
                found[position] = file
    return found


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file that stays on a message, sent as discord.py sends an ``Attachment``: by its id.

    https://docs.discord.com/developers/resources/message#edit-message
    """

    id: int

    def to_dict(self) -> dict[str, int]:
        """Return the JSON to send."""
        return {"id": self.id}
