"""Looking for a page that may have been posted."""

from collections.abc import Iterable, Iterator
from typing import Any

import discord
from yarl import URL

from bot.chat.discord_api import ORIGINAL, DiscordApi
from bot.chat.failures import TOKEN_DEAD, UNKNOWN_MESSAGE, talking
from bot.chat.history import seek
from bot.chat.ids import place_of
from bot.domain.result import Post, Way
from bot.domain.task import Task
from bot.errors import ChatRefused, ChatUnavailable, HistoryUnreadable
from bot.services.shared.ports import Attached, Posted


async def find(link: DiscordApi, task: Task, page: Post) -> Posted | None:
    """Look where the page's way leads; ``None``: it surely is not there.

    Raises:
        HistoryUnreadable: it cannot be looked up.
        ChatUnavailable: Discord is failing.
    """
    match page.way:
        case Way.CHANNEL:
            channel = link.channel(task.channel_id)
        case Way.DIRECT:
            channel = await _direct(link, task)
        case Way.CARD:
            return await _on_card(link, task, page)
        case Way.FOLLOWUP:
            # Ephemeral messages stand in no history, and their ids were in the lost answer.
            raise HistoryUnreadable
    found = await seek(
        link,
        channel,
        lambda message: _carries(message, page.mark),
        after=page.follows or max(task.interaction_id, task.card_id or 0),
    )
    return None if found is None else _place_of(found)


async def pictures(link: DiscordApi, channel_id: int, message_id: int) -> tuple[Attached, ...]:
    """Return a message's own files, with links that are good for a day.

    Raises:
        ChatRefused: the message is gone, or the bot may not see it.
        ChatUnavailable: Discord is failing.
    """
    async with talking(link.timeout):
        message = await link.channel(channel_id).fetch_message(message_id)
    return tuple(files_of(message))


async def _direct(link: DiscordApi, task: Task) -> discord.DMChannel:
    try:
        return await link.direct(task.user_id)
    except ChatRefused as error:
        raise HistoryUnreadable from error


async def _on_card(link: DiscordApi, task: Task, page: Post) -> Posted | None:
    try:
        message = await _card(link, task)
    except ChatRefused as error:
        if error.code == UNKNOWN_MESSAGE:
            return None
        raise HistoryUnreadable from error
    return _place_of(message) if _carries(message, page.mark) else None


async def _card(link: DiscordApi, task: Task) -> discord.Message:
    try:
        async with link.by_token(task) as webhook:
            return await webhook.fetch_message(ORIGINAL)
    except ChatRefused as error:
        if error.code not in TOKEN_DEAD:
            raise
    card = link.card(task)
    async with talking(link.timeout):
        return await card.fetch()


def _place_of(message: discord.Message) -> Posted:
    try:
        return place_of(message)
    except ValueError as error:
        raise ChatUnavailable from error


def _carries(message: discord.Message, mark: str) -> bool:
    return any(file.name.startswith(mark) for file in files_of(message))


def files_of(message: discord.Message) -> Iterator[Attached]:
    """Yield its own files: those in a gallery are not among its attachments."""
    for attachment in message.attachments:
        yield Attached(attachment.id, attachment.filename, attachment.url)
    for component in _walk(message.components):
        if isinstance(component, discord.MediaGalleryComponent):
            for item in component.items:
                own = item.media.attachment_id
                if own is not None:
                    yield Attached(own, URL(item.media.url).name, item.media.url)


def _walk(components: Iterable[Any]) -> Iterator[Any]:
    for component in components:
        yield component
        yield from _walk(getattr(component, "children", ()))
