"""An interaction: what a person did with the bot, and the bot's answers."""

import base64
import secrets
from dataclasses import dataclass, field

from sandbox.discord.messages import Message
from sandbox.discord.places import Channel, User
from sandbox.discord.pulse import Pulse
from sandbox.discord.wire import Json

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5


class InteractionFailed(Exception):
    """What the person reads: "The application did not respond"."""


def new_token(number: int) -> str:
    """Return a token that looks like Discord's."""
    text = f"interaction:{number}:{secrets.token_urlsafe(48)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@dataclass(eq=False)
class Interaction:
    """An interaction and its answers so far, as the person sees them."""

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    #: When it was created, by ``Clock.elapsed``.
    created: float
    #: ``data`` of the payload.
    data: Json
    #: Keys 0 (server) and 1 (user): who installed the bot.
    owners: Json = field(default_factory=Json)
    #: Seconds within which the first answer must come.
    ack_seconds: float = 3.0
    #: The largest file that an answer may contain, in bytes.
    file_bytes: int = 0
    #: The message with the component, or the one that the command was used on.
    source: Message | None = None
    metadata: Json = field(default_factory=Json)
    #: The type of the bot's answer: 4 message, 5 deferred, 6 and 7 update, 8 choices, 9 modal.
    callback: int | None = None
    #: The original answer, as ``@original`` knows it.
    message: Message | None = None
    followups: list[Message] = field(default_factory=list[Message])
    modal: "Modal | None" = None
    choices: list[Json] | None = None
    pulse: Pulse = field(default_factory=Pulse)

    @property
    def ephemeral(self) -> bool:
        """Whether only this person sees the answer."""
        return self.message is not None and self.message.ephemeral

    @property
    def loading(self) -> bool:
        """Whether the answer still reads "... is thinking"."""
        return self.message is not None and self.message.loading

    async def acknowledged(self) -> None:
        """Wait for the first answer.

        Raises:
            InteractionFailed: it did not come in ``ack_seconds`` real seconds.
        """
        try:
            await self.pulse.until(lambda: self.callback is not None, self.ack_seconds)
        except TimeoutError:
            what = self.data.get("name") or self.data.get("custom_id")
            raise InteractionFailed(f"{what}: the application did not respond") from None

    async def answered(self, timeout: float = 30.0) -> Message | None:  # noqa: ASYNC109  (callers name their deadline)
        """Wait until there is more than "thinking"; return the original answer if it exists."""
        await self.pulse.until(
            lambda: self.callback is not None and not (self.loading and not self._gone), timeout
        )
        return self.message

    @property
    def _gone(self) -> bool:
        return self.message is not None and self.message.deleted

    async def until_text(self, text: str, timeout: float = 30.0) -> Message:  # noqa: ASYNC109  (callers name their deadline)
        """Wait until the original answer reads ``text`` somewhere."""
        return await self.pulse.until(
            lambda: self.message if self.message and text in self.message.text else None, timeout
        )


@dataclass(frozen=True)
class Modal:
    """A form that the bot opened."""

    interaction: Interaction
    data: Json

    @property
    def title(self) -> str:
        """The form's title."""
        return self.data["title"]

    @property
    def custom_id(self) -> str:
        """The form's own id."""
        return self.data["custom_id"]
