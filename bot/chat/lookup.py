"""Looking for pages that may have been posted, and reading messages' files."""

from collections.abc import Iterable, Iterator
from typing import Any

import discord
from yarl import URL

from bot.chat.discord_api import ORIGINAL, DiscordApi
from bot.chat.failures import UNKNOWN_MESSAGE, requesting
from bot.chat.history import seek
from bot.chat.ids import place_of
from bot.domain.ids import ChannelId, MessageId
from bot.domain.result import Post, Way, interaction_of
from bot.domain.task import Task
from bot.errors import ChatRefused, HistoryUnreadable
from bot.services.shared.ports import AttachedFile, Posted


async def find(api: DiscordApi, task: Task, post: Post) -> Posted | None:
    """Look where the page would have been posted; ``None``: it wasn't found.

    Raises:
        HistoryUnreadable: the bot can't look there.
        ChatUnavailable: Discord is failing.
    """
    match post.way:
        case Way.CHANNEL:
            channel = api.channel(task.channel_id)
        case Way.DIRECT:
            channel = await _direct(api, task)
        case Way.CARD:
            return await _on_card(api, task, post)
        case Way.FOLLOWUP:
            # Ephemeral messages are in no history, and the id was in the answer that was lost.
            raise HistoryUnreadable
    found = await seek(
        api,
        channel,
        lambda message: _carries(message, post.mark),
        after=post.follows or max(task.interaction_id, task.card_id or 0),
    )
    return None if found is None else place_of(found)


async def attached_files(
    api: DiscordApi, channel_id: ChannelId, message_id: MessageId
) -> tuple[AttachedFile, ...]:
    """Return a message's own files, with links that are valid for a day.

    Raises:
        ChatRefused: the message is gone, or the bot may not see it.
        ChatUnavailable: Discord is failing.
    """
    async with requesting(api.timeout):
        message = await api.channel(channel_id).fetch_message(message_id)
    return tuple(files_of(message))


async def shows_results(
    api: DiscordApi, task: Task, channel_id: ChannelId, message_id: MessageId
) -> bool:
    """Tell whether a message is ours and has a task's results; a deleted one has none.

    Raises:
        ChatRefused: the bot may not look.
        ChatUnavailable: Discord is failing.
    """
    try:
        async with requesting(api.timeout):
            message = await api.channel(channel_id).fetch_message(message_id)
    except ChatRefused as error:
        if error.code == UNKNOWN_MESSAGE:
            return False
        raise
    named = (interaction_of(file.name) for file in files_of(message))
    return message.author == api.client.user and task.interaction_id in named


async def _direct(api: DiscordApi, task: Task) -> discord.DMChannel:
    try:
        return await api.direct_messages(task.requester.user)
    except ChatRefused as error:
        raise HistoryUnreadable from error


async def _on_card(api: DiscordApi, task: Task, page: Post) -> Posted | None:
    try:
        message = await api.reach_card(
            task, lambda webhook: webhook.fetch_message(ORIGINAL), lambda card: card.fetch()
        )
    except ChatRefused as error:
        if error.code == UNKNOWN_MESSAGE:
            return None
        raise HistoryUnreadable from error
    return place_of(message) if _carries(message, page.mark) else None


def _carries(message: discord.Message, mark: str) -> bool:
    return any(file.name.startswith(mark) for file in files_of(message))


def files_of(message: discord.Message) -> Iterator[AttachedFile]:
    """Yield a message's own files, including those in galleries."""
    for attachment in message.attachments:
        yield AttachedFile(attachment.id, attachment.filename, attachment.url)
    for component in walk(message.components):
        if isinstance(component, discord.MediaGalleryComponent):
            for item in component.items:
                attachment_id = item.media.attachment_id
                if attachment_id is not None:
                    yield AttachedFile(attachment_id, URL(item.media.url).name, item.media.url)


def walk(components: Iterable[Any]) -> Iterator[Any]:
    """Yield components, and those inside them."""
    for component in components:
        yield component
        yield from walk(getattr(component, "children", ()))
