"""People who type, stop, press and look at random."""

import asyncio
import random
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field

from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Channel, User
from sandbox.discord.server import Discord
from sandbox.person import InteractionFailed, Person, Refused, Upload
from tests.kit.pictures import png

PEOPLE, CHANNELS = 12, 12
COUNTS = (1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 4, 12)
_STOPS = ("Cancel", "Stop waiting")


@dataclass
class Crowd:
    """Some people in some channels of one server, or of one of each shard."""

    discord: Discord
    chance: random.Random
    shards: int = 1
    #: Commands and presses that the bot did not answer in time, mostly since it was dead.
    unanswered: int = 0
    people: list[User] = field(default_factory=list[User])
    channels: list[Channel] = field(default_factory=list[Channel])
    _typed: int = 0
    _under_way: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def __post_init__(self) -> None:
        world = self.discord.world
        # Discord's rule: (server >> 22) % shards.
        servers = {(world.studio.id >> 22) % self.shards: world.studio}
        while len(servers) < self.shards:
            another = world.add_guild("Another")
            servers.setdefault((another.id >> 22) % self.shards, another)
        for number in range(PEOPLE):
            # Every fourth takes no direct messages.
            person = world.add_person(f"person {number}", takes_dms=number % 4 != 0)
            for server in servers.values():
                world.join(server, person)
            self.people.append(person)
        self.channels = [
            world.add_channel(servers[n % self.shards], f"room-{n}") for n in range(CHANNELS)
        ]

    def type_one(self) -> None:
        """Have somebody type an ``/imagine``, and do random things with it."""
        self._typed += 1
        self._go(self._imagine(self._typed))

    async def close_a_door(self) -> None:
        """Keep denying the bot a permission that it needs to post in some channel, for a while."""
        world = self.discord.world
        lost = Permission.SEND_MESSAGES, Permission.ATTACH_FILES, Permission.READ_MESSAGE_HISTORY
        while True:
            await asyncio.sleep(self.chance.uniform(0.5, 2.5))
            room, permission = self.chance.choice(self.channels), self.chance.choice(lost)
            world.overwrite(room, world.bot, deny=int(permission))
            try:
                await asyncio.sleep(self.chance.uniform(0.5, 2.0))
            finally:
                world.overwrite(room, world.bot)

    async def settle(self) -> None:
        """Wait until everybody has finished."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _go(self, doing: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(doing)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.result()

    async def _imagine(self, number: int) -> None:
        chance, count = self.chance, self.chance.choice(COUNTS)
        person = self._somebody()
        values: dict[str, object] = {"prompt": f"a fox, number {number:05d}", "count": count}
        if chance.random() < 0.15:
            values["private"] = True
        pictures = chance.randint(1, 3) if count < 12 and chance.random() < 0.2 else 0
        for place in range(pictures):
            values[f"image{place + 1 if place else ''}"] = Upload(f"{place}.png", _png(chance))
        try:
            interaction = await person.slash("imagine", **values)
        except (InteractionFailed, Refused):
            self.unanswered += 1
            return
        card = interaction.message
        if card is not None and card.buttons:
            await self._what_comes_to_mind(person, card)

    async def _what_comes_to_mind(self, person: Person, card: Message) -> None:
        doing = self.chance.random()
        await asyncio.sleep(self.chance.uniform(0.0, 1.2))
        if doing < 0.10:
            with suppress(TimeoutError):
                await self.discord.platform.pulse.until(
                    lambda: _STOPS[-1] in card.buttons or card.deleted, 6
                )
            await self._press(person, card, *_STOPS)
        elif doing < 0.14:
            await self._press(person, card, *_STOPS)
        elif doing < 0.18:
            stranger = self._somebody()
            if stranger.user is not person.user:
                await self._press(
                    Person(self.discord, stranger.user, person.channel), card, *_STOPS
                )
        elif doing < 0.21:
            await self._press(person, card, "Details")
        elif doing < 0.23 and not card.deleted and not card.images:
            # A card that already has its images would be theirs to delete.
            self.discord.platform.delete(card)
        elif doing < 0.30:
            await asyncio.sleep(self.chance.uniform(0.0, 2.0))
            await self._look(person)

    async def _look(self, person: Person) -> None:
        with suppress(InteractionFailed, Refused):
            shown = await person.slash("tasks")
            if shown.message is not None:
                await self._press(person, shown.message, "Get images")

    async def _press(self, person: Person, message: Message, *labels: str) -> None:
        for label in labels:
            # In a grid of tasks, a number precedes the label.
            buttons = [each for each in message.buttons if each.endswith(label)]
            if buttons and not message.deleted:
                try:
                    await person.press(message, buttons[0])
                except (InteractionFailed, Refused):
                    self.unanswered += 1
                return

    def _somebody(self) -> Person:
        return Person(
            self.discord, self.chance.choice(self.people), self.chance.choice(self.channels)
        )


def _png(chance: random.Random) -> bytes:
    return png(32, 32, tuple(chance.randrange(256) for _ in range(3)))
