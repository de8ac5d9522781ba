"""What the stand-ins saw, by request: the side of the story that doesn't come from the bot.

Who asked for what is known by the prompt, which is unique in a run; which picture is which by its
bytes, which Evolink's stand-in marks. Nothing here reads a file name, a nonce or a key of the bot.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.discord import reading
from sandbox.discord.interactions import COMMAND, COMPONENT, Interaction
from sandbox.discord.messages import Body, Message
from sandbox.discord.places import DM
from sandbox.discord.server import Discord
from sandbox.evolink.books import Submission
from sandbox.evolink.server import Evolink

_STOP = re.compile(r"task:\d+:stop")


@dataclass(frozen=True)
class Shown:
    """A message that shows, or has shown, one picture."""

    message: Message
    submission: str
    index: int
    #: Whether it still exists.
    stands: bool

    @property
    def picture(self) -> tuple[str, int]:
        """Return which picture it is."""
        return self.submission, self.index


@dataclass(frozen=True)
class Asked:
    """One ``/imagine`` as its user saw it, and what Evolink's stand-in knows of it."""

    interaction: Interaction
    prompt: str
    private: bool
    submissions: Sequence[Submission]
    #: Pictures that were posted, by whatever way.
    posted: Sequence[Shown]
    #: Pictures that somebody fetched with a button.
    fetched: Sequence[Shown]
    #: The user's direct messages with the bot.
    direct: frozenset[int]

    @property
    def card(self) -> Message | None:
        """The answer, if it was ever a card; if so, the task counts as accepted."""
        message = self.interaction.message
        return message if message is not None and any(map(_is_card, message.edits)) else None

    @property
    def drawn(self) -> int:
        """Pictures that Evolink drew."""
        return sum(submission.images_made for submission in self.submissions)

    @property
    def got(self) -> int:
        """Return how many different pictures reached a user."""
        return len({one.picture for one in (*self.posted, *self.fetched)})

    def leaks(self) -> Iterator[Shown]:
        """Yield the posts that are where they must not be."""
        user, channel = self.interaction.user, self.interaction.channel
        for one in self.posted:
            message = one.message
            mine = message.only_for == user.id or message.channel_id in self.direct
            public = message.channel_id == channel.id and message.only_for in {None, user.id}
            if not (mine if self.private else mine or public):
                yield one


def _is_card(body: Body) -> bool:
    return any(_STOP.fullmatch(b.get("custom_id", "")) for b in reading.buttons(body.components))


def asked(discord: Discord, evolink: Evolink) -> Mapping[int, Asked]:
    """Return every ``/imagine`` by its interaction's id."""
    by_prompt = defaultdict[str, list[Submission]](list)
    for submission in evolink.books.submissions:
        by_prompt[submission.prompt.splitlines()[0]].append(submission)
    posted, fetched = _shown(discord, evolink)
    direct = defaultdict[int, set[int]](set)
    for channel in discord.world.channels.values():
        if channel.kind == DM and channel.recipient is not None:
            direct[channel.recipient.id].add(channel.id)
    found = dict[int, Asked]()
    for interaction in discord.platform.interactions.values():
        if interaction.kind != COMMAND or interaction.data["name"] != "imagine":
            continue
        typed = {option["name"]: option["value"] for option in interaction.data["options"]}
        own = by_prompt.get(typed["prompt"], [])
        found[interaction.id] = Asked(
            interaction=interaction,
            prompt=typed["prompt"],
            private=bool(typed.get("private")),
            submissions=own,
            posted=[one for submission in own for one in posted[submission.id]],
            fetched=[one for submission in own for one in fetched[submission.id]],
            direct=frozenset(direct[interaction.user.id]),
        )
    return found


def _shown(
    discord: Discord, evolink: Evolink
) -> tuple[Mapping[str, list[Shown]], Mapping[str, list[Shown]]]:
    """Return which messages show which pictures, by submission: posted, and fetched."""
    by_bytes = {
        download.sha256: (download.task_id, download.index) for download in evolink.books.downloads
    }
    posted = defaultdict[str, list[Shown]](list)
    fetched = defaultdict[str, list[Shown]](list)
    for message in discord.books.messages:
        files = {file.id: file for body in message.edits for file in body.images}
        for file in files.values():
            known = by_bytes.get(hashlib.sha256(file.read()).hexdigest())
            if known is not None:
                by_button = (message.metadata or {}).get("type") == COMPONENT
                book = fetched if by_button else posted
                stands = not message.deleted and file in message.images
                book[known[0]].append(Shown(message, *known, stands))
    return posted, fetched
