"""The card: one message that is found, edited and taken away.

By its interaction's token while that lives, which works everywhere; afterwards by the channel,
where the bot must see it. An ephemeral card is known to its token alone.
"""

import discord

from bot.chat.discord_api import ORIGINAL, TOKEN_LIFE, DiscordApi
from bot.chat.failures import TOKEN_DEAD, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, talking
from bot.chat.history import seek
from bot.chat.ids import snowflake
from bot.domain.queue_status import QueueStatus
from bot.domain.task import Task
from bot.errors import AnsweredElsewhere, ChatRefused, ChatUnavailable, HistoryUnreadable
from bot.ui.card import card

#: Milliseconds after which whoever has announced an answer has filled it in, or never will.
ANNOUNCED = 10_000


async def find(link: DiscordApi, task: Task) -> int | None:
    """Return the card's message; ``None``: it never appeared, or nobody can tell any more.

    When the token has died meanwhile, the channel's history is searched for an answer to the
    interaction: Discord notes on each message which interaction it answers. An ephemeral card is
    in no history, so after 15 minutes it counts as never shown: nothing could be told on it either.

    Raises:
        AnsweredElsewhere: the answer to the interaction is another process's.
        ChatUnavailable: Discord is failing; or somebody has announced an answer ("thinking…") a
            moment ago, and may be another process, which fills it in shortly.
    """
    try:
        async with link.by_token(task) as webhook:
            message = await webhook.fetch_message(ORIGINAL)
        return _own(link, task, message)
    except ChatRefused as error:
        if error.code not in TOKEN_DEAD or task.by_interaction:
            return None
    return await _answer_in_history(link, task)


async def edit(link: DiscordApi, task: Task, queue_status: QueueStatus, *, before: int) -> None:
    """Make the card tell how the task stands, if that can leave before a time."""
    view = card(task, queue_status, now=link.clock())
    nobody = discord.AllowedMentions.none()
    try:
        async with link.by_token(task, before) as webhook:
            await webhook.edit_message(ORIGINAL, view=view, allowed_mentions=nobody)
    except ChatRefused as error:
        if error.code not in TOKEN_DEAD:
            raise
        message = link.card(task)
        async with talking(link.timeout, before):
            await message.edit(view=view, allowed_mentions=nobody)


async def delete(link: DiscordApi, task: Task) -> None:
    """Take the card away; one that is gone already, or with its channel, does no harm."""
    try:
        await _delete(link, task)
    except ChatRefused as error:
        if error.code not in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
            raise


async def _delete(link: DiscordApi, task: Task) -> None:
    try:
        async with link.by_token(task) as webhook:
            await webhook.delete_message(ORIGINAL)
    except ChatRefused as error:
        if error.code not in TOKEN_DEAD:
            raise
        message = link.card(task)
        async with talking(link.timeout):
            await message.delete()


async def _answer_in_history(link: DiscordApi, task: Task) -> int | None:
    def answers(message: discord.Message) -> bool:
        about = message.interaction_metadata
        return about is not None and about.id == task.interaction_id

    asked = task.interaction_id
    try:
        found = await seek(
            link,
            link.channel(task.channel_id),
            answers,
            after=asked,
            before=asked + (TOKEN_LIFE << 22),
        )
    except HistoryUnreadable:
        return None
    return None if found is None else _own(link, task, found)


def _own(link: DiscordApi, task: Task, message: discord.Message) -> int:
    """Return the id of a message if it is this very task's card.

    Some answer to the interaction is no proof: two processes with one token drew everything twice.
    """
    if message.flags.loading:
        if link.clock() < task.created_at + ANNOUNCED:
            raise ChatUnavailable
        # Nobody else fills it in: the answer to our own announcement was lost.
        return _id_of(message)
    if task.card_mark is None or any(
        getattr(component, "id", None) == task.card_mark for component in message.components
    ):
        return _id_of(message)
    raise AnsweredElsewhere


def _id_of(message: discord.Message) -> int:
    try:
        return snowflake(message.id)
    except ValueError as error:
        raise ChatUnavailable from error
