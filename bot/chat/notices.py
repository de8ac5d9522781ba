"""Direct messages about images that could not be posted."""

import discord

from bot.chat.discord_api import DiscordApi
from bot.chat.failures import creating
from bot.chat.history import seek
from bot.chat.lookup import walk
from bot.domain.ids import ChannelId
from bot.domain.task import Task
from bot.errors import ChatUnavailable, PostUnknown
from bot.ui import ids
from bot.ui.card import ready_notice


async def tell_requester(api: DiscordApi, task: Task, *, until: int, before: int) -> None:
    """Send a direct message that images are kept ``until`` then, unless one was sent before.

    We find an earlier message by its button; one still on its way has the same nonce.

    Raises:
        HistoryUnreadable: we can't check whether one was sent.
        ChatRefused: the user doesn't accept direct messages.
        ChatUnavailable: try again later; a retry first looks for an earlier message.
    """
    fetch = ids.FETCH.write(id=task.interaction_id)

    def is_it(message: discord.Message) -> bool:
        return any(getattr(part, "custom_id", None) == fetch for part in walk(message.components))

    channel = await api.direct_messages(task.requester.user)
    if await seek(api, channel, is_it, after=task.interaction_id) is not None:
        return
    try:
        async with creating(api.timeout, before, api.clocks):
            await channel.send(
                view=ready_notice(task, until),
                nonce=f"{task.interaction_id}.kept",
                allowed_mentions=discord.AllowedMentions.none(),
            )
    except PostUnknown as error:
        raise ChatUnavailable from error


async def log_task(
    api: DiscordApi, channel_id: ChannelId, task: Task, text: str, *, look: bool
) -> None:
    """Post a task's log entry in a channel; ``look``: only if it isn't there from an earlier try.

    We find an earlier entry by its last word, the task's number, which comes after the prompt; one
    still on its way has the same nonce.

    Raises:
        HistoryUnreadable: we can't look.
        ChatRefused: it can't be posted there.
        PostUnknown: it may have been posted.
        ChatUnavailable: it was not posted; try again later.
    """
    channel, number = api.channel(channel_id), str(task.interaction_id)
    if look:

        def is_it(message: discord.Message) -> bool:
            return message.content.split()[-1:] == [number]

        if await seek(api, channel, is_it, after=task.interaction_id) is not None:
            return
    async with creating(api.timeout, None, api.clocks):
        await channel.send(
            text, nonce=f"{number}.log", allowed_mentions=discord.AllowedMentions.none()
        )
