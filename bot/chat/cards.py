"""Finding, editing and deleting a task's card.

While the interaction's token is valid, it reaches the card anywhere. Later we need the channel, and
the bot must be able to see it. An ephemeral card can be reached only by its token, and the reply to
a message only through the channel.
"""

import discord

from bot.chat.discord_api import ORIGINAL, TOKEN_LIFE, DiscordApi
from bot.chat.failures import TOKEN_DEAD, creating, gone_already
from bot.chat.history import seek
from bot.chat.ids import snowflake
from bot.domain.durations import may_arrive
from bot.domain.ids import MessageId
from bot.domain.queue_status import QueueStatus
from bot.domain.task import Task
from bot.errors import AnsweredElsewhere, ChatRefused, ChatUnavailable, HistoryUnreadable
from bot.ui.card import card


async def find(api: DiscordApi, task: Task) -> MessageId | None:
    """Return the card's message; ``None``: it never appeared, or we can no longer tell.

    Once the token has expired, we search the channel's history: each message names the interaction
    that it answers. Ephemeral cards are in no history, so after 15 minutes they count as never
    shown; by then we couldn't edit them either.

    Raises:
        AnsweredElsewhere: another process answered the interaction.
        ChatUnavailable: Discord is failing, or the task was accepted a moment ago and the card may
            still be on its way.
    """
    try:
        async with api.by_token(task) as webhook:
            message = await webhook.fetch_message(ORIGINAL)
        return _own(api, task, message)
    except ChatRefused as error:
        if error.code not in TOKEN_DEAD or task.by_interaction:
            return _missing(api, task)
    return await _answer_in_history(api, task)


async def reply(
    api: DiscordApi, task: Task, queue_status: QueueStatus, *, before: int
) -> MessageId:
    """Post the card as a reply to the message that asked, if it can be sent ``before``.

    Returns its id. A retry, or another process with the same token, gets the first reply, because
    the nonce is the same.

    Raises:
        AnsweredElsewhere: another process has replied.
        ChatRefused: it can't be posted, or the message is gone.
        ChatUnavailable: it was not posted.
        PostUnknown: it may have been posted.
    """
    asked = discord.MessageReference(message_id=task.interaction_id, channel_id=task.channel_id)
    async with creating(api.timeout, before, api.clocks):
        message = await api.channel(task.channel_id).send(
            view=card(task, queue_status),
            reference=asked,
            nonce=f"{task.interaction_id}.card",
            allowed_mentions=discord.AllowedMentions.none(),
        )
    card_id = _own(api, task, message)
    assert card_id is not None
    return card_id


async def edit(api: DiscordApi, task: Task, queue_status: QueueStatus, *, before: int) -> None:
    """Update the card, if the request can be sent ``before`` (epoch milliseconds)."""
    view = card(task, queue_status)
    nobody = discord.AllowedMentions.none()
    await api.reach_card(
        task,
        lambda webhook: webhook.edit_message(ORIGINAL, view=view, allowed_mentions=nobody),
        lambda message: message.edit(view=view, allowed_mentions=nobody),
        before,
    )


async def delete(api: DiscordApi, task: Task) -> None:
    """Delete the card. It, or its channel, may already be gone."""
    with gone_already():
        await api.reach_card(
            task,
            lambda webhook: webhook.delete_message(ORIGINAL),
            lambda message: message.delete(),
        )


async def _answer_in_history(api: DiscordApi, task: Task) -> MessageId | None:
    def answers(message: discord.Message) -> bool:
        answered, replied = message.interaction_metadata, message.reference
        if answered is not None:
            return answered.id == task.interaction_id
        if replied is None or replied.message_id != task.interaction_id:
            return False
        return bool(message.components)  # a refusal of the same message has none

    asked = task.interaction_id
    try:
        found = await seek(
            api,
            api.channel(task.channel_id),
            answers,
            after=asked,
            before=asked + (TOKEN_LIFE << 22),
        )
    except HistoryUnreadable:
        return _missing(api, task)
    return _missing(api, task) if found is None else _own(api, task, found)


def _missing(api: DiscordApi, task: Task) -> None:
    """Return ``None``, for no card, unless it may still be on its way.

    A gateway that is stopping hands over its tasks while it is still answering.
    """
    if _is_young(api, task):
        raise ChatUnavailable


def _own(api: DiscordApi, task: Task, message: discord.Message) -> MessageId | None:
    """Return a message's id if it is this task's card, and not another process's.

    ``None``: it is a plain sentence instead of a card, such as an error about a database that went
    away while the task was written; so nobody was told that anything would be drawn.

    Answering the interaction proves nothing: two processes with the same bot token once drew
    everything twice.
    """
    if message.flags.loading:
        if _is_young(api, task):
            raise ChatUnavailable
        # Another process would have filled it in by now, so we announced it and our card was lost.
        return MessageId(snowflake(message.id))
    if task.card_mark is None or any(
        getattr(component, "id", None) == task.card_mark for component in message.components
    ):
        return MessageId(snowflake(message.id))
    if all(isinstance(component, discord.TextDisplay) for component in message.components):
        return None
    raise AnsweredElsewhere


def _is_young(api: DiscordApi, task: Task) -> bool:
    """Tell whether the card, or the edit that fills in "thinking…", may still be on its way."""
    return may_arrive(task.created_at, api.clocks.wall())
