"""Discord as the services see it, with a record of everything ever shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.durations import ARRIVAL
from bot.domain.ids import ChannelId, MessageId, UserId
from bot.domain.queue_status import QueueStatus
from bot.domain.reference import Reference
from bot.domain.result import Post, Way
from bot.domain.task import Task
from bot.errors import (
    AnsweredElsewhere,
    ChatError,
    ChatRefused,
    ChatUnavailable,
    HistoryUnreadable,
    UnusablePicture,
)
from bot.services.shared.ports import AttachedFile, Posted, ResultFile
from tests.simulation.pictures import picture
from tests.simulation.wire import Wire

#: Milliseconds within which an interaction wants its answer.
ANSWER_WITHIN = 3_000
#: Milliseconds by which its clock is ahead of the processes'.
AHEAD = 100_000
#: The first second of 2015.
EPOCH = 1_420_070_400_000
DIRECT, EPHEMERAL = ChannelId(900), ChannelId(901)
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_INTERACTION = 10003, 10008, 10062
ALREADY_ANSWERED = 40060
NO_DIRECT, TOKEN_EXPIRED = 50007, 50027
#: The end of a link that was signed again.
SIGNED = "?signed"


class Unanswered(ChatUnavailable):
    """The connection is lost, but the request still arrives."""

    def __init__(self) -> None:
        super().__init__(may_arrive=True)


@dataclass
class Message:
    """A message that was there at some time."""

    id: MessageId
    #: A channel's id; ``DIRECT`` and ``EPHEMERAL`` for what only one person sees.
    place: ChannelId
    at: int
    #: The task's interaction.
    about: int
    way: Way | None
    page: int = 0
    #: Which results it shows now.
    images: tuple[int, ...] = ()
    #: Which results it has ever shown.
    ever: set[int] = field(default_factory=set[int])
    nonce: str = ""
    #: What a card says: the task's state, and the reason.
    says: tuple[str, str | None] = field(default=("", None), repr=False)
    #: The states that it was to show so far, in order.
    said: list[str] = field(default_factory=list[str], repr=False)
    deleted: bool = False
    #: When it was deleted, and whether somebody other than the bot did it.
    deleted_at: int = field(default=0, repr=False)
    by_hand: bool = field(default=False, repr=False)
    #: Tells the card from that of another process.
    mark: int | None = field(default=None, repr=False)

    def delete(self, now: int) -> None:
        """Delete it; a message already deleted keeps the time of its deletion."""
        if not self.deleted:
            self.deleted, self.deleted_at = True, now


@dataclass(frozen=True)
class LateEdit:
    """An edit of a card that arrives later."""

    at: int
    sender: str
    about: int
    says: tuple[str, str | None]


@dataclass
class Discord:
    """Discord's servers, and what people did to the bot's messages there."""

    #: The processes' clock before anybody set it; Discord's is ``AHEAD`` of it.
    clock: Callable[[], int]
    #: The channel was deleted: nothing in it can be read or written any more.
    channel_gone: bool = False
    #: Milliseconds that an interaction's token lives.
    token_life: int = 15 * 60_000
    #: The bot may not read its history.
    history_hidden: bool = False
    direct_closed: bool = False
    #: Milliseconds for which a nonce is remembered ("a few minutes"), in every channel.
    nonce_life: int = 5 * 60_000
    #: The links that tasks came with are dead, but can be signed again.
    links_are_dead: bool = False
    links_are_signed: bool = True
    #: Another process with the same token answers first.
    answered_elsewhere: bool = False
    messages: list[Message] = field(default_factory=list[Message])
    cards: dict[int, Message] = field(default_factory=dict[int, Message])
    #: When each interaction was typed.
    typed: dict[int, int] = field(default_factory=dict[int, int])
    alerts: list[str] = field(default_factory=list[str])
    #: Card edits whose connections are gone, but which still arrive.
    late: list["LateEdit"] = field(default_factory=list["LateEdit"])
    #: The interactions whose requesters were told that their images wait.
    told: list[int] = field(default_factory=list[int])
    _last_id: int = 0

    def snowflake(self) -> int:
        """Return an id for this moment, as Discord's clock has it."""
        self._last_id = max(self._last_id + 1, (self.clock() + AHEAD - EPOCH) << 22)
        return self._last_id

    def arrive(self, sender: str | None = None) -> None:
        """Let late edits arrive that are due, and all of one sender; ``"*"``: of all senders."""
        for edit in list(self.late):
            if edit.at <= self.clock() or sender in {edit.sender, "*"}:
                self.late.remove(edit)
                card = self.cards.get(edit.about)
                if card is not None and not card.deleted:
                    card.said.append(edit.says[0])
                    card.says, card.images = edit.says, ()

    def put(
        self, place: ChannelId, about: int, way: Way | None, page: int = 0, nonce: str = ""
    ) -> Message:
        """Show a message."""
        message = Message(
            MessageId(self.snowflake()), place, self.clock(), about, way, page, nonce=nonce
        )
        self.messages.append(message)
        return message

    def of_nonce(self, nonce: str) -> Message | None:
        """Return the message that the bot posted with a nonce in the last minutes, in any channel.

        Raises:
            ChatRefused: it was deleted since, and isn't posted again.
        """
        for message in reversed(self.messages):
            if message.nonce == nonce and self.clock() < message.at + self.nonce_life:
                if message.deleted:
                    raise ChatRefused(UNKNOWN_MESSAGE)
                return message
        return None

    def token_lives(self, task: Task) -> bool:
        """Return whether the interaction's token can still be used."""
        return bool(task.token) and self.clock() < self.typed[task.interaction_id] + self.token_life

    def about(self, interaction_id: int) -> list[Message]:
        """Return every message that ever showed results of a task."""
        return [each for each in self.messages if each.about == interaction_id and each.ever]


class Chat:
    """Discord as one process sees it: ``bot.services.shared.ports.Chat``."""

    own_id = UserId(99)

    def __init__(self, discord: Discord, wire: Wire) -> None:
        self._there = discord
        self._wire = wire

    async def answer(self, task: Task) -> MessageId:
        """Answer the command with the card, as the cog does."""
        there = self._there
        async with self._wire.call("answer"):
            if self._is_late(task.wake_at or 0):
                raise ChatUnavailable
            if there.answered_elsewhere:
                other = there.put(task.channel_id, task.interaction_id, None)
                other.mark, other.says = 1, ("another process's", None)
                there.cards[task.interaction_id] = other
                raise ChatRefused(ALREADY_ANSWERED)
            if there.clock() > there.typed[task.interaction_id] + ANSWER_WITHIN:
                raise ChatRefused(UNKNOWN_INTERACTION)
            place = EPHEMERAL if task.private else task.channel_id
            card = there.put(place, task.interaction_id, None)
            card.says, card.mark = (task.state, task.reason), task.card_mark
            there.cards[task.interaction_id] = card
            return card.id
        raise AssertionError

    async def reply_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> MessageId:
        """Reply with the card; a repetition gets the existing reply."""
        del queue_status
        there, nonce = self._there, f"{task.interaction_id}.card"
        async with self._wire.call("reply card"):
            if self._is_late(before):
                raise ChatUnavailable
            if there.channel_gone:
                raise ChatRefused(UNKNOWN_CHANNEL)
            card = there.of_nonce(nonce)
            if card is None:
                card = there.put(task.channel_id, task.interaction_id, None, nonce=nonce)
                card.says, card.mark = (task.state, task.reason), task.card_mark
                there.cards[task.interaction_id] = card
            if card.mark != task.card_mark:
                raise AnsweredElsewhere
            return card.id
        raise AssertionError

    async def hand_out(self, task: Task, images: tuple[int, ...]) -> None:
        """Send kept images to whoever pressed the button, as the cog does."""
        async with self._wire.call("hand out"):
            message = self._there.put(EPHEMERAL, task.interaction_id, None)
            message.images, message.ever = images, set(images)

    async def find_card(self, task: Task) -> MessageId | None:
        """Find the card by its token, or else in the channel."""
        there = self._there
        async with self._wire.call("find card"):
            card = there.cards.get(task.interaction_id)
            if card is None or card.deleted:
                return None
            hidden = task.private or there.channel_gone or there.history_hidden
            if hidden and not there.token_lives(task):
                return None
            if card.mark != task.card_mark:
                raise AnsweredElsewhere
            return card.id
        raise AssertionError

    async def edit_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> None:
        """Show the task's state on the card; images on it go."""
        del queue_status
        says = (task.state, task.reason)
        try:
            async with self._wire.call("edit card"):
                if self._is_late(before):
                    raise ChatUnavailable
                self._there.arrive()
                self._note(task)
                card = self._card(task)
                card.says, card.images = says, ()
        except Unanswered:
            if not self._is_late(before):
                at, sender = self._there.clock() + ARRIVAL - 1, self._wire.instance
                self._there.late.append(LateEdit(at, sender, task.interaction_id, says))
            raise

    async def delete_card(self, task: Task) -> None:
        """Take the card away; one that is gone does no harm."""
        async with self._wire.call("delete card"):
            self._there.arrive()
            if task.has_ended:
                self._note(task)
            try:
                self._card(task).delete(self._there.clock())
            except ChatRefused as error:
                if error.code not in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
                    raise

    async def post(
        self,
        task: Task,
        post: Post,
        pictures: Sequence[ResultFile],
        pages: int,
        *,
        before: int,
        awaited: Sequence[int] = (),
    ) -> Posted:
        """Post a page; a nonce used shortly before returns the existing message."""
        del pages, awaited
        async with self._wire.call(f"post by {post.way}"):
            if self._is_late(before):
                # It surely wasn't sent.
                raise ChatUnavailable
            self._there.arrive()
            message = self._message(task, post)
            message.images = tuple(picture.result.position for picture in pictures)
            message.ever |= set(message.images)
            return Posted(message.place, message.id)
        raise AssertionError

    async def find_post(self, task: Task, post: Post) -> Posted | None:
        """Look for a page where its way leads."""
        async with self._wire.call(f"find post by {post.way}"):
            if self._out_of_sight(task, post.way):
                raise HistoryUnreadable
            follows = post.follows or task.interaction_id
            for message in self._there.messages:
                if message.deleted or not message.images or message.about != task.interaction_id:
                    continue
                is_it = (message.way, message.page) == (post.way, post.page)
                if is_it and (message.way is Way.CARD or message.id > follows):
                    return Posted(message.place, message.id)
            return None
        raise AssertionError

    async def fetch(self, reference: Reference, to: Path, max_bytes: int) -> int:
        """Download what a user attached; a death in the middle leaves a part of it."""
        del max_bytes
        if self._there.links_are_dead and not reference.url.endswith(SIGNED):
            raise UnusablePicture
        part = to.with_name(f"{to.name}.{self._there.clock()}.part")
        async with self._wire.call("fetch"):
            part.write_bytes(picture(1)[:20])
            await self._wire.life.point("amid fetch")
            part.write_bytes(picture(1))
            part.replace(to)
        return reference.bytes

    async def refresh_url(self, url: str) -> str | None:
        """Sign a link again."""
        async with self._wire.call("refresh"):
            return url.partition("?")[0] + SIGNED if self._there.links_are_signed else None
        raise AssertionError

    async def attached_files(
        self, channel_id: ChannelId, message_id: MessageId
    ) -> Sequence[AttachedFile]:
        """Return nothing: no scenario draws from a posted picture."""
        raise ChatRefused(10008, f"no message {channel_id}/{message_id}")

    async def message_exists(self, channel_id: ChannelId, message_id: MessageId) -> bool:
        """Tell whether a message is still there."""
        async with self._wire.call("look at a message"):
            return any(
                (each.place, each.id) == (channel_id, message_id) and not each.deleted
                for each in self._there.messages
            )
        raise AssertionError

    async def remove_image(
        self,
        task: Task,
        post: Post,
        there: Posted,
        position: int,
        pages: int,
        *,
        before: int,
    ) -> None:
        """Take one image off a page; what is gone already does no harm."""
        del task, post, pages
        async with self._wire.call("remove image"):
            if self._is_late(before):
                raise ChatUnavailable
            if there.channel_id != DIRECT and self._there.channel_gone:
                return
            for message in self._there.messages:
                if message.id == there.message_id and position in message.images:
                    message.images = tuple(each for each in message.images if each != position)
                    if not message.images:
                        message.delete(self._there.clock())

    async def tell_requester(self, task: Task, *, until: int, before: int) -> None:
        """Tell the requester once that images wait; looking and sending can fail."""
        del until
        async with self._wire.call("look into direct messages"):
            if self._there.direct_closed:
                raise ChatRefused(NO_DIRECT)
            if task.interaction_id in self._there.told:
                return
        async with self._wire.call("tell requester"):
            if self._is_late(before):
                raise ChatUnavailable
            self._there.told.append(task.interaction_id)

    async def shows_results(self, task: Task, channel_id: ChannelId, message_id: MessageId) -> bool:
        """Tell whether a message with the task's images is there."""
        del channel_id
        async with self._wire.call("look at results"):
            return any(
                message.id == message_id and message.about == task.interaction_id
                for message in self._there.messages
                if not message.deleted
            )

    async def delete_message(self, channel_id: ChannelId, message_id: MessageId) -> None:
        """Take a message away; one that is gone already does no harm."""
        async with self._wire.call("delete message"):
            if channel_id != DIRECT and self._there.channel_gone:
                return
            for message in self._there.messages:
                if message.id == message_id:
                    message.delete(self._there.clock())
                    message.images = ()

    async def tell(self, channel_id: ChannelId, text: str) -> bool:
        del channel_id, text
        return True

    async def log_task(self, channel_id: ChannelId, task: Task, text: str, *, look: bool) -> None:
        """No server of the simulation has a log."""

    async def tell_user(self, user_id: UserId, text: str) -> bool:
        del user_id, text
        return True

    async def tell_operator(self, text: str) -> bool:
        """Post in the operator's channel; never raises."""
        try:
            async with self._wire.call("tell operator"):
                self._there.alerts.append(text)
        except ChatError:
            return False
        return True

    def _is_late(self, before: int) -> bool:
        """Return whether a request leaves too late because its process was frozen."""
        return self._wire.is_late(before)

    def _note(self, task: Task) -> None:
        """Record what a card is to show, even if it can't any more, being too late."""
        if (card := self._there.cards.get(task.interaction_id)) is not None:
            card.said.append(task.state)

    def _card(self, task: Task) -> Message:
        there = self._there
        if not there.token_lives(task):
            if task.private or task.card_id is None:
                raise ChatRefused(TOKEN_EXPIRED)
            if there.channel_gone:
                raise ChatRefused(UNKNOWN_CHANNEL)
        card = there.cards.get(task.interaction_id)
        if card is None or card.deleted:
            raise ChatRefused(UNKNOWN_MESSAGE)
        return card

    def _message(self, task: Task, post: Post) -> Message:
        there = self._there
        by_token = post.way in {Way.CARD, Way.FOLLOWUP}
        if by_token and not there.token_lives(task):
            raise ChatRefused(TOKEN_EXPIRED)
        if post.way is Way.CARD:
            card = self._card(task)
            card.way = Way.CARD
            return card
        if post.way is Way.FOLLOWUP:
            return there.put(EPHEMERAL, task.interaction_id, post.way, post.page)
        if post.way is Way.CHANNEL and there.channel_gone:
            raise ChatRefused(UNKNOWN_CHANNEL)
        if post.way is Way.DIRECT and there.direct_closed:
            raise ChatRefused(NO_DIRECT)
        place = task.channel_id if post.way is Way.CHANNEL else DIRECT
        return there.of_nonce(post.nonce) or there.put(
            place, task.interaction_id, post.way, post.page, post.nonce
        )

    def _out_of_sight(self, task: Task, way: Way) -> bool:
        there = self._there
        match way:
            case Way.CHANNEL:
                return there.channel_gone or there.history_hidden
            case Way.DIRECT:
                return there.direct_closed
            case Way.CARD:
                return not there.token_lives(task) and (task.private or there.channel_gone)
            case Way.FOLLOWUP:
                return True
