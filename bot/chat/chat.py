"""Discord, as the services use it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import aiohttp
import discord
import structlog

from bot.chat import attachments, cards, lookup, notices, posting, removal
from bot.chat.discord_api import DiscordApi
from bot.chat.failures import gone_already, requesting
from bot.chat.history import require_lists
from bot.domain.queue_status import QueueStatus
from bot.domain.reference import Reference
from bot.domain.result import Post
from bot.domain.task import Task
from bot.services.shared.ports import AttachedFile, Posted, ResultFile

log = structlog.get_logger()

#: Characters (code points) in a message: https://docs.discord.com/developers/resources/message
CONTENT_LIMIT = 2000


class DiscordChat:
    """``bot.services.shared.ports.Chat`` with discord.py. The port documents the errors."""

    def __init__(  # noqa: PLR0913 - keyword-only
        self,
        client: discord.Client,
        *,
        session: aiohttp.ClientSession,
        clock: Callable[[], int],
        operator_channel_id: int | None,
        timeout: float,
        api_url: str,
    ) -> None:
        require_lists(client.http)
        self._api = DiscordApi(
            client=client, session=session, clock=clock, timeout=timeout, api_url=api_url
        )
        self._refreshed_links = attachments.RefreshedLinks(self._api)
        self._operator_channel_id = operator_channel_id

    async def find_card(self, task: Task) -> int | None:
        """Return the id of the card's message; ``None``: it never appeared."""
        return await cards.find(self._api, task)

    async def edit_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> None:
        """Update the card."""
        await cards.edit(self._api, task, queue_status, before=before)

    async def delete_card(self, task: Task) -> None:
        """Delete the card."""
        await cards.delete(self._api, task)

    async def post(  # noqa: PLR0913 - as in the port
        self,
        task: Task,
        post: Post,
        pictures: Sequence[ResultFile],
        pages: int,
        *,
        before: int,
        awaited: Sequence[int] = (),
    ) -> Posted:
        """Post one of ``pages`` pages of results, by ``post.way``."""
        return await posting.post(
            self._api, task, post, pictures, pages, before=before, awaited=awaited
        )

    async def find_post(self, task: Task, post: Post) -> Posted | None:
        """Look for a page that may have been posted."""
        return await lookup.find(self._api, task, post)

    async def fetch(self, reference: Reference, to: Path, max_bytes: int) -> int:
        """Download a reference of at most ``max_bytes`` bytes; return its size."""
        return await attachments.fetch(self._api, reference, to, max_bytes)

    async def refresh_url(self, url: str) -> str | None:
        """Return a link to a file with a new signature; ``None``: Discord signs no such link."""
        return await self._refreshed_links.refresh_url(url)

    async def attached_files(self, channel_id: int, message_id: int) -> Sequence[AttachedFile]:
        """Return a message's files. Others' messages mostly come without."""
        return await lookup.attached_files(self._api, channel_id, message_id)

    async def message_exists(self, channel_id: int, message_id: int) -> bool:
        """Tell whether one of our messages still exists."""
        with gone_already():
            async with requesting(self._api.timeout):
                await self._api.channel(channel_id).fetch_message(message_id)
            return True
        return False

    async def remove_image(  # noqa: PLR0913 - as in the port
        self,
        task: Task,
        post: Post,
        there: Posted,
        position: int,
        pages: int,
        *,
        before: int,
    ) -> None:
        """Take one image off a page of ``pages``."""
        await removal.remove_image(self._api, task, post, there, position, pages, before=before)

    async def tell_requester(self, task: Task, *, until: int, before: int) -> None:
        """Tell by direct message that images wait ``until`` then, once."""
        await notices.tell_requester(self._api, task, until=until, before=before)

    async def delete_message(self, channel_id: int, message_id: int) -> None:
        """Delete one of our messages. It is no error if it is gone already."""
        message = self._api.channel(channel_id).get_partial_message(message_id)
        with gone_already():
            async with requesting(self._api.timeout):
                await message.delete()

    async def tell_operator(self, text: str) -> bool:
        """Send a message to the operator's channel, if one is set; never raises."""
        if self._operator_channel_id is None:
            return True
        channel = self._api.channel(self._operator_channel_id)
        try:
            async with requesting(self._api.timeout):
                await channel.send(
                    text[:CONTENT_LIMIT], allowed_mentions=discord.AllowedMentions.none()
                )
        except Exception as error:  # noqa: BLE001 - reporting trouble must not cause more
            log.warning("the operator's channel cannot be reached", error=repr(error))
            return False
        return True
