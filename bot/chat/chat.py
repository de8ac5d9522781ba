"""Discord as the services see it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import aiohttp
import discord
import structlog

from bot.chat import attachments, cards, lookup, posting
from bot.chat.discord_api import DiscordApi
from bot.chat.failures import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, talking
from bot.chat.history import only_lists
from bot.chat.refreshed_links import RefreshedLinks
from bot.domain.queue_status import QueueStatus
from bot.domain.reference import Reference
from bot.domain.result import Post
from bot.domain.task import Task
from bot.errors import ChatRefused
from bot.services.shared.ports import Attached, Picture, Posted

log = structlog.get_logger()

#: Code points of a plain message: https://docs.discord.com/developers/resources/message
CONTENT_LIMIT = 2000


class DiscordChat:
    """``bot.services.shared.ports.Chat``, with discord.py. What the methods raise stands there."""

    def __init__(  # noqa: PLR0913 - one for each thing that Discord is reached by
        self,
        client: discord.Client,
        *,
        session: aiohttp.ClientSession,
        clock: Callable[[], int],
        operator_channel_id: int | None,
        timeout: float,
        api_url: str,
    ) -> None:
        only_lists(client.http)
        self._link = DiscordApi(client, session, clock, timeout, api_url)
        self._links = RefreshedLinks(self._link)
        self._operator_channel_id = operator_channel_id

    async def find_card(self, task: Task) -> int | None:
        """Return the id of the card's message; ``None``: it never appeared."""
        return await cards.find(self._link, task)

    async def edit_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> None:
        """Make the card tell how the task stands."""
        await cards.edit(self._link, task, queue_status, before=before)

    async def delete_card(self, task: Task) -> None:
        """Take the card away."""
        await cards.delete(self._link, task)

    async def post(  # noqa: PLR0913 - as its port has it
        self,
        task: Task,
        post: Post,
        pictures: Sequence[Picture],
        of: int,
        *,
        before: int,
        awaited: Sequence[int] = (),
    ) -> Posted:
        """Post a page of results by ``post.way``; ``of`` pages in all."""
        return await posting.post(
            self._link, task, post, pictures, of, before=before, awaited=awaited
        )

    async def find_post(self, task: Task, post: Post) -> Posted | None:
        """Look for a page that may have been posted."""
        return await lookup.find(self._link, task, post)

    async def fetch(self, reference: Reference, to: Path, most: int) -> int:
        """Download a reference, at most ``most`` bytes; return its bytes."""
        return await attachments.fetch(self._link, reference, to, most)

    async def refreshed(self, url: str) -> str | None:
        """Return Discord's link to a file, signed anew; ``None``: it signs no such link."""
        return await self._links.refreshed(url)

    async def pictures(self, channel_id: int, message_id: int) -> Sequence[Attached]:
        """Return the files of a message; of others' messages, which come blank, mostly none."""
        return await lookup.pictures(self._link, channel_id, message_id)

    async def stands(self, channel_id: int, message_id: int) -> bool:
        """Tell whether one of our messages is still there."""
        try:
            async with talking(self._link.timeout):
                await self._link.channel(channel_id).fetch_message(message_id)
        except ChatRefused as error:
            if error.code not in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
                raise
            return False
        return True

    async def delete_message(self, channel_id: int, message_id: int) -> None:
        """Take one of our messages away; one that is gone already does no harm."""
        message = self._link.channel(channel_id).get_partial_message(message_id)
        try:
            async with talking(self._link.timeout):
                await message.delete()
        except ChatRefused as error:
            if error.code not in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
                raise

    async def tell_operator(self, text: str) -> bool:
        """Say something in the operator's channel, where one is set; it never raises."""
        if self._operator_channel_id is None:
            return True
        channel = self._link.channel(self._operator_channel_id)
        try:
            async with talking(self._link.timeout):
                await channel.send(
                    text[:CONTENT_LIMIT], allowed_mentions=discord.AllowedMentions.none()
                )
        except Exception as error:  # noqa: BLE001 - telling of trouble must not make more of it
            log.warning("the operator's channel is out of reach", error=repr(error))
            return False
        return True
