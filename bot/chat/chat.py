"""Discord, as the services use it."""

from dataclasses import dataclass

import discord
import structlog

from bot.chat import attachments, cards, lookup, notices, posting, removal
from bot.chat.discord_api import DiscordApi
from bot.chat.failures import gone_already, requesting
from bot.chat.history import require_lists
from bot.domain.ids import ChannelId, MessageId, UserId
from bot.errors import ChatRefused

log = structlog.get_logger()

#: Characters (code points) in a message: https://docs.discord.com/developers/resources/message
CONTENT_LIMIT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordChat(DiscordApi):
    """``bot.services.shared.ports.Chat`` with discord.py; the port documents its methods.

    Most of them are functions of this package, which take a ``DiscordApi``.
    """

    #: ``None``: the operator only has the log.
    operator_channel_id: ChannelId | None

    reply_card = cards.reply
    find_card = cards.find
    edit_card = cards.edit
    delete_card = cards.delete
    post = posting.post
    find_post = lookup.find
    remove_image = removal.remove_image
    tell_requester = notices.tell_requester
    log_task = notices.log_task
    fetch = attachments.fetch
    refresh_url = attachments.refresh_url
    attached_files = lookup.attached_files
    shows_results = lookup.shows_results

    def __post_init__(self) -> None:
        """Accept only a list as a channel's history."""
        require_lists(self.client.http)

    @property
    def own_id(self) -> UserId:
        """The bot's user id, known once it has logged in."""
        assert self.client.user is not None
        return UserId(self.client.user.id)

    async def message_exists(self, channel_id: ChannelId, message_id: MessageId) -> bool:
        """Tell whether one of our messages still exists."""
        with gone_already():
            async with requesting(self.timeout):
                await self.channel(channel_id).fetch_message(message_id)
            return True
        return False

    async def delete_message(self, channel_id: ChannelId, message_id: MessageId) -> None:
        """Delete one of our messages, which may already be gone."""
        message = self.channel(channel_id).get_partial_message(message_id)
        with gone_already():
            async with requesting(self.timeout):
                await message.delete()

    async def tell_operator(self, text: str) -> bool:
        """Send a message to the operator's channel, if one is set; never raises."""
        if self.operator_channel_id is None:
            return True
        return await self._send(self.operator_channel_id, text) is None

    async def tell(self, channel_id: ChannelId, text: str) -> bool:
        """Send a message to a channel without pings; return whether it is dealt with. Never raises.

        It is also dealt with if the channel is gone or the bot may not write there.
        """
        error = await self._send(channel_id, text)
        return error is None or isinstance(error, ChatRefused)

    async def tell_user(self, user_id: UserId, text: str) -> bool:
        """Send a direct message; return whether it arrived. Never raises."""
        return await self._send(user_id, text, is_user=True) is None

    async def _send(self, to: int, text: str, *, is_user: bool = False) -> Exception | None:
        """Send a message to a channel or a user; return what failed."""
        nobody = discord.AllowedMentions.none()
        try:
            channel = (
                await self.direct_messages(UserId(to)) if is_user else self.channel(ChannelId(to))
            )
            async with requesting(self.timeout):
                await channel.send(text[:CONTENT_LIMIT], allowed_mentions=nobody)
        except Exception as error:  # noqa: BLE001 - reporting trouble must not cause more
            log.warning("a message cannot be sent", to=to, error=repr(error))
            return error
        return None
