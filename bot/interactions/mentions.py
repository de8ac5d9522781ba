"""Turns a message that mentions the bot into a task, as ``intake`` does with interactions.

Such a message carries its content without the privileged intent. There is no token: the card is a
reply, reachable only through the channel, and the message's id stands for the interaction's.
https://docs.discord.com/developers/events/gateway#message-content-intent
"""

import asyncio
import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic
from weakref import WeakValueDictionary

import discord
import structlog
from discord.ext import commands

from bot.chat.failures import requesting
from bot.domain.draft import Draft
from bot.domain.ids import ChannelId, InteractionId, MessageId, ServerId, UserId
from bot.domain.models import Model
from bot.domain.requester import Requester
from bot.domain.source import in_message
from bot.domain.task import NewTask
from bot.domain.typed import named_images, renumbered, understood
from bot.domain.visibility import Viewer
from bot.errors import ChatRefused, StoreUnavailable
from bot.interactions.answers import REFUSAL_SECONDS, explained, refuse_in_reply
from bot.interactions.convert import places_of, reference_of, roles_of
from bot.interactions.forwards import author_of
from bot.interactions.message_images import pictures_in
from bot.interactions.names import spelled_out
from bot.interactions.permissions import kind_of, missing_permissions, permissions_in
from bot.measures import Measures
from bot.refusals import (
    Blocked,
    MessageHidden,
    MissingPermissions,
    NotAllowed,
    Refusal,
    WhichImage,
)
from bot.services.front.acceptance import Acceptance
from bot.services.front.defaults import OwnDefaults
from bot.services.front.drafts import Drafts
from bot.services.front.own_results import OwnResults
from bot.services.front.servers import Servers
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.ports import Cards
from bot.services.shared.results import Results
from bot.services.shared.visibility import Visibility
from bot.store.store import Store
from bot.ui.texts import texts

log = structlog.get_logger()

#: The most refusals to show one person at a time: more would hold up the bot's other messages, of
#: which Discord accepts five in five seconds in a channel.
REFUSALS = 5
#: Messages of a channel that are answered at once. Discord accepts five in five seconds; a card
#: that waited there for longer than a lease lasts could no longer be sent.
AT_ONCE = 5
#: Seconds for one request to Discord, and, on stopping, for deleting the refusals still shown.
LOOK_SECONDS, CLEAR_SECONDS = 10.0, 3.0

_ASKING = frozenset({discord.MessageType.default, discord.MessageType.reply})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """Draws what messages that begin by mentioning the bot ask for, where admins allow it."""

    store: Store
    chat: Cards
    acceptance: Acceptance
    cards: CardUpdates
    servers: Servers
    drafts: Drafts
    defaults: OwnDefaults
    results: Results
    own_results: OwnResults
    visibility: Visibility
    measures: Measures
    #: Draws the images.
    model: Model
    _refusals: commands.CooldownMapping[discord.Message] = field(
        default_factory=lambda: commands.CooldownMapping[discord.Message].from_cooldown(
            REFUSALS, REFUSAL_SECONDS, commands.BucketType.user
        )
    )
    _turns: WeakValueDictionary[ChannelId, asyncio.Semaphore] = field(
        default_factory=WeakValueDictionary[ChannelId, asyncio.Semaphore]
    )
    #: Refusals that are shown, and since when (monotonic); oldest first.
    _shown: deque[tuple[float, discord.Message]] = field(
        default_factory=deque[tuple[float, discord.Message]]
    )

    async def answer(self, client: discord.Client, message: discord.Message) -> None:
        """Answer a message with a card, or with a refusal that disappears; ignore any other.

        A message that the gateway sends twice makes one task. Editing or deleting it later changes
        nothing; if it is deleted before its card is posted, nothing is drawn.
        """
        asked, guild = _asked(client, message), message.guild
        if asked is None or guild is None or not isinstance(message.author, discord.Member):
            return
        server = ServerId(guild.id)
        if not (await self.servers.policy(server)).mentions:
            return
        if await self.store.tasks.by_interaction(InteractionId(message.id)) is not None:
            return  # sent twice: a refusal now would make its author ask, and pay, again
        requester = Requester(server, UserId(message.author.id), roles_of(message.author))
        locale, draft = await self._locale(requester, guild), Draft(prompt=asked)
        try:
            place = await _place(message, guild)
            _check(place, guild, message.author)
            draft = await self._draft(client, message, requester, asked)
            new = self._task(client, message, requester, draft, locale)
            await self._draw(new, places_of(place))
        except Exception as error:  # noqa: BLE001 - listeners don't reach the tree's on_error
            self.measures.refused(error)
            # Everybody in the channel reads this; an admin's reason is shown in /quota.
            public = Blocked(until=error.until) if isinstance(error, Blocked) else error
            sentence = explained(public, texts(locale), user=requester.user)
            if self._refusals.update_rate_limit(message) is None:
                async with self._turn(ChannelId(message.channel.id)):
                    self._show(await refuse_in_reply(message, sentence))
            if isinstance(error, Refusal):
                # The admins' overview counts it; a reply has no button that uses the draft.
                with suppress(StoreUnavailable):
                    await self.drafts.save(
                        draft, InteractionId(message.id), requester, type(error).__name__
                    )

    async def clear(self) -> None:
        """Delete the refusals that are shown: once this process has ended, nobody will."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLEAR_SECONDS):
                deleting = [refusal.delete() for _, refusal in self._shown]
                await asyncio.gather(*deleting, return_exceptions=True)

    def _show(self, refusal: discord.Message | None) -> None:
        now = monotonic()
        while self._shown and now - self._shown[0][0] > REFUSAL_SECONDS:
            self._shown.popleft()
        if refusal is not None:
            self._shown.append((now, refusal))

    def _turn(self, channel: ChannelId) -> asyncio.Semaphore:
        return self._turns.setdefault(channel, asyncio.Semaphore(AT_ONCE))

    async def _locale(self, requester: Requester, guild: discord.Guild) -> str:
        """Return the language of the requester's last task here, as a message names none."""
        last = (await self.store.history.page(requester, limit=1)).tasks
        return last[0].locale if last else guild.preferred_locale.value

    async def _draft(
        self, client: discord.Client, message: discord.Message, requester: Requester, asked: str
    ) -> Draft:
        prompt = await spelled_out(
            asked, client, message.guild, (*message.mentions, message.author)
        )
        source = in_message(ChannelId(message.channel.id), MessageId(message.id))
        attached = tuple(replace(reference_of(each), source=source) for each in message.attachments)
        draft = await self._replied(client, message, requester, Draft(prompt=prompt))
        if draft is None:
            if not attached:
                raise MessageHidden
            draft = Draft(prompt=prompt)
        draft, refusal = understood(replace(draft, references=(*draft.references, *attached)))
        if refusal is not None:
            raise refusal
        return (await self.defaults.get(requester.user)).under(draft, self.model)

    async def _replied(
        self, client: discord.Client, message: discord.Message, requester: Requester, draft: Draft
    ) -> Draft | None:
        """Add the pictures of the message that is replied to; ``None``: Discord hides it."""
        there = message.reference
        if there is None or there.message_id is None:
            return draft
        replied = there.resolved if isinstance(there.resolved, discord.Message) else None
        assert client.user is not None
        pictures = () if replied is None else pictures_in(replied)
        is_own = replied is not None and replied.author.id == client.user.id
        names = tuple(each.name for each in pictures) if is_own else ()
        viewer = Viewer(requester, None if replied is None else MessageId(replied.id), names)
        place = ChannelId(there.channel_id), MessageId(there.message_id)
        post = await self.own_results.page(*place, names)
        if post is not None:
            seen = await self.visibility.visible_task(post.task_id, viewer)
            shown = [
                each.position + 1
                for each in await self.results.images(seen)
                if post.shows(each.position)
            ]
            chosen = [each for each in dict.fromkeys(named_images(draft.prompt)) if each in shown]
            if len(shown) == 1:
                chosen = shown
            if not chosen:
                raise WhichImage(len(shown))
            return replace(
                draft,
                prompt=renumbered(draft.prompt, chosen),
                references=tuple([await self.results.reference(seen, each - 1) for each in chosen]),
                parent_id=post.task_id,
                made_from=place,
            )
        if replied is None or not pictures:
            return draft if is_own else None
        await self.servers.check_pictures(
            requester.server,
            partial(author_of, client, replied),
            free={requester.user, UserId(client.user.id)},
        )
        return replace(draft, references=await self.own_results.recognized(pictures, viewer))

    def _task(
        self,
        client: discord.Client,
        message: discord.Message,
        requester: Requester,
        draft: Draft,
        locale: str,
    ) -> NewTask:
        assert message.guild is not None
        assert client.application_id is not None
        return NewTask(
            requester=requester,
            channel_id=ChannelId(message.channel.id),
            locale=locale,
            interaction_id=InteractionId(message.id),
            application_id=client.application_id,
            token="",
            request=draft.request(self.model),
            upload_limit=message.guild.filesize_limit,
            parent_id=draft.parent_id,
        )

    async def _draw(self, new: NewTask, places: frozenset[ChannelId]) -> None:
        async with self._turn(new.channel_id):
            task = await self.acceptance.accept(new, places)
            if task is None:
                return
            assert task.wake_at is not None
            try:
                status = await self.cards.queue_status(task)
                card_id = await self.chat.reply_card(task, status, before=task.wake_at)
            except ChatRefused:
                await self.acceptance.refused(task)
                raise
            except Exception as error:  # noqa: BLE001 - the row exists, whatever went wrong
                # The worker looks for the card, and replies if there is none.
                log.warning("the card may not be there", task=task.id, error=repr(error))
                await self.acceptance.unconfirmed(task)
                return
        await self.acceptance.shown(task, card_id)


def _asked(client: discord.Client, message: discord.Message) -> str | None:
    """Return what a message asks for; ``None``: it doesn't begin by mentioning the bot.

    A mention further back is talk about the bot, and a reply's ping isn't in the text at all.
    """
    if client.user is None or message.author.bot or message.webhook_id is not None:
        return None
    if message.type not in _ASKING:
        return None
    mention = re.match(rf"\s*<@!?{client.user.id}>\s*[,:\uff0c\uff1a]?\s*", message.content)
    return None if mention is None else message.content[mention.end() :].strip()


async def _place(
    message: discord.Message, guild: discord.Guild
) -> discord.abc.GuildChannel | discord.Thread:
    """Return the channel; ask Discord for a thread that the gateway hasn't sent yet.

    Raises:
        ChatError: Discord doesn't show it.
    """
    if isinstance(message.channel, discord.abc.GuildChannel | discord.Thread):
        return message.channel
    async with requesting(LOOK_SECONDS):
        return await guild.fetch_channel(message.channel.id)


def _check(
    place: discord.abc.GuildChannel | discord.Thread,
    guild: discord.Guild,
    author: discord.Member,
) -> None:
    """Require that the author may use commands here, and that the bot can post results.

    Raises:
        NotAllowed: the author may not use commands here.
        MissingPermissions: the bot lacks some that it needs.
        ChatUnavailable: the gateway has not sent a thread's parent.
    """
    if not permissions_in(place, author).use_application_commands:
        raise NotAllowed("commands")
    missing = missing_permissions(permissions_in(place, guild.me), **kind_of(place))
    if missing:
        raise MissingPermissions(missing)
