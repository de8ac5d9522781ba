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
    """Tell by direct message that images wait ``until`` then, unless that was told before.

    A message that is there is found by its button; one that is on its way has the same nonce.

    Raises:
        HistoryUnreadable: nobody can look whether it was told.
        ChatRefused: the user takes no direct messages.
        ChatUnavailable: it may be told later, and is looked for first.
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
    """Post a task's entry in a channel; ``look``: unless it is there, as it may have been posted.

    An entry that is there is found by its last word, the task's number, which comes after the
    prompt; one that is on its way has the same nonce.

    Raises:
        HistoryUnreadable: nobody can look.
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
