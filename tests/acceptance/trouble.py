"""Faults for the tables: what goes wrong, for whom, and how it ended as that person sees it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import Message
from sandbox.discord.world import World
from sandbox.evolink.books import Submission
from sandbox.faults import Fault, told
from sandbox.person import InteractionFailed, Person
from tests.acceptance.studio import Studio


def impatient(slower: float) -> dict[str, str]:
    """Return the settings of a bot that soon gives up, on a machine that many times slower."""
    return {
        "EVOLINK_TIMEOUT_SECONDS": f"{3 * slower}",
        "DISCORD_TIMEOUT_SECONDS": f"{3 * slower}",
        "UNKNOWN_AFTER_SECONDS": f"{1.5 * slower}",
        "MAX_RUNNING": "40",
        # A slow answer must not be announced first, which would be another call.
        "ANSWER_SECONDS": f"{6 * slower}",
        # Coverage would nearly triple the cost of hundreds of tasks.
        "COVERAGE_PROCESS_START": "",
    }


#: The path of submissions to Evolink.
GENERATIONS = r"^/v1/images/generations$"
#: The paths of an interaction's token, which is unknown before the command is typed.
_HOOKS = r"/webhooks/\d+/[^/]+"

#: One kind of failure: what to put into a ``Fault``.
How = dict[str, Any]


def evolinks(status: int, code: str, **headers: str) -> How:
    """An error in Evolink's own words."""
    return told(status, {"error": {"code": code, "message": "", "type": "x"}}, **headers)


def says(status: int, code: int) -> How:
    """A refusal in Discord's own words."""
    return told(status, {"code": code, "message": "no"})


def for_ever(how: How) -> How:
    """Let it happen at every try."""
    return {**how, "times": None}


#: Network failures, which every service can have.
DROPPED: How = {"drop": True}
LOST: How = {"drop": True, "apply_then_fail": True}
SLOW: How = {"outlasts": True, "drop": True}
GARBAGE: How = {"status": 200, "body": b"<html>hello", "apply_then_fail": True}
REDIRECT: How = {"status": 302, "body": b"", "headers": {"Location": "/elsewhere"}}
#: What a proxy or a load balancer answers: nobody knows whether the request got through.
BARE: Mapping[str, How] = {
    "500, no body": {"status": 500, "apply_then_fail": True},
    "502": {"status": 502, "apply_then_fail": True},
    "504": {"status": 504, "apply_then_fail": True},
}


@dataclass
class End:
    """How one task ended, for the person who asked for it."""

    #: Where images are, in the order: channel, card, follow-up, direct, /tasks.
    where: str
    #: What is left of 20 after asking for one image.
    left: int
    #: What the card says, below the prompt and what was asked for; "" when it is gone.
    card: str = ""
    #: How often Evolink drew for it.
    drawn: int = 1


DELIVERED = End("channel", 19)


def not_drawn(why: str, drawn: int = 0) -> End:
    """How it ends when there is nothing to show: all is given back."""
    return End("", 20, f"Couldn't draw this / {why} / Not charged", drawn)


@dataclass
class Story:
    """Somebody new with one draft, in a channel of their own."""

    studio: Studio
    name: str
    private: bool = False
    faults: list[Fault] = field(default_factory=list[Fault])

    def __post_init__(self) -> None:
        world = self.studio.world
        user = world.add_person(self.name)
        world.join(world.studio, user)
        self.channel = world.add_channel(world.studio, "own")
        self.person: Person = self.studio.person(user, self.channel)
        self.prompt = f"a fox of {user.id}"
        self.interaction: Interaction
        self._unanswered = False

    async def ask(self, **options: object) -> None:
        """Type /imagine; an answer that fails is part of the story."""
        before = set(self.studio.discord.platform.interactions)
        try:
            self.interaction = await self.person.slash(
                "imagine", prompt=self.prompt, private=self.private, **options
            )
        except InteractionFailed:
            if not self._unanswered:
                raise
            made = self.studio.discord.platform.interactions
            (self.interaction,) = (
                one
                for number, one in made.items()
                if number not in before and one.user is self.person.user
            )

    def evolink(self, method: str, path: str, how: How, times: int | None = 1) -> Fault:
        """Make this task's requests to Evolink fail."""

        async def mine(request: web.Request) -> bool:
            if request.method == "POST":
                return self.prompt in await request.text()
            order = self.order
            name = request.path.rpartition("/")[2]
            return order is not None and (
                name == order.id or any(link.endswith(name) for link in order.links)
            )

        fault = _fault(method, path, how, times, mine)
        return self._add(self.studio.evolink.faults.add, fault)

    def discord(self, method: str, path: str, how: How, times: int | None = 1) -> Fault:
        """Make requests to Discord for this task fail; ``path`` says which."""
        about = self._mine if _HOOKS in path else None
        return self._add(self.studio.discord.faults.add, _fault(method, path, how, times, about))

    async def _mine(self, request: web.Request) -> bool:
        """Tell whether a request is about an interaction of this person."""
        token = request.path.partition("/webhooks/")[2].split("/")[1]
        made = self.studio.discord.platform.tokens.get(token)
        return made is not None and made.user is self.person.user

    def answering(self, how: How) -> Fault:
        """Let the first answer to the command fail."""

        async def mine(request: web.Request) -> bool:
            number = int(request.path.split("/")[-3])
            made = self.studio.discord.platform.interactions.get(number)
            return made is not None and made.user is self.person.user

        self._unanswered = True
        fault = _fault("POST", "/callback$", how, 1, mine)
        return self._add(self.studio.discord.faults.add, fault)

    def filling(self, how: How) -> Fault:
        """Make the edit fail once that turns "thinking" into the card."""
        return self.discord("PATCH", self.original, how)

    def anybodys(self, method: str, path: str, how: How) -> Fault:
        """Make everybody's requests to Evolink fail; ``times = 0`` ends it."""
        fault = Fault(method, path, **how)
        return self._add(self.studio.evolink.faults.add, fault)

    @property
    def messages(self) -> str:
        """Where messages of this story's channel are."""
        return rf"/channels/{self.channel.id}/messages$"

    @property
    def original(self) -> str:
        """Where the card is."""
        return rf"{_HOOKS}/messages/@original$"

    def onto_the_card(self, how: How, times: int | None = 1) -> Fault:
        """Make edits fail that put images onto the card; other edits pass."""

        async def images(request: web.Request) -> bool:
            return request.content_type == "multipart/form-data" and await self._mine(request)

        fault = _fault("PATCH", self.original, how, times, images)
        return self._add(self.studio.discord.faults.add, fault)

    @property
    def follow_ups(self) -> str:
        return rf"{_HOOKS}$"

    def opening(self, how: How, times: int | None = 1) -> Fault:
        """Let it fail that a direct message is opened."""

        async def mine(request: web.Request) -> bool:
            return str(self.person.user.id) in await request.text()

        fault = _fault("POST", "/users/@me/channels$", how, times, mine)
        return self._add(self.studio.discord.faults.add, fault)

    @property
    def direct(self) -> str:
        return rf"/channels/{self.studio.world.dm(self.person.user).id}/messages$"

    async def asked(self, **options: object) -> None:
        """Type /imagine, and wait until Evolink draws."""
        await self.ask(**options)
        await self.studio.until(lambda: self.order)

    def _add(self, add: Callable[[Fault], Fault], fault: Fault) -> Fault:
        self.faults.append(fault)
        return add(fault)

    @property
    def orders(self) -> list[Submission]:
        made = self.studio.evolink.books.submissions
        return [order for order in made if order.prompt == self.prompt]

    @property
    def order(self) -> Submission | None:
        return self.orders[0] if self.orders else None

    @property
    def card(self) -> Message | None:
        return self.interaction.message

    def states(self) -> str:
        """Everything that the card ever said."""
        return "" if self.card is None else "\n".join(body.text for body in self.card.edits)

    async def reads(self, text: str) -> None:
        """Wait until the card says something."""
        await self.studio.until(lambda: self.card is not None and text in self.card.text)

    async def end(self) -> End:
        """Wait until nothing is left to do for this task, and look."""
        await self.studio.quiet(self.person.user.id)
        assert all(fault.met for fault in self.faults), f"{self.name}: the fault met nothing"
        for fault in self.faults:
            # Later requests are none of its business.
            fault.times = 0
        # A channel that still exists, to answer in.
        asker = self.studio.person(self.person.user)
        listed = await asker.slash("tasks")
        await self.studio.until(lambda: listed.message and not listed.message.loading)
        quota = await self.studio.reads(await asker.slash("quota"), "left today")
        return End(
            where=" + ".join(self._places(listed.message)),
            left=int(quota.text.partition(" left today")[0].split()[-1]),
            card=_below(self.card, self.studio.world),
            drawn=len(self.orders),
        )

    def _places(self, listed: Message | None) -> list[str]:
        shown = {
            "channel": self.studio.posted(self.channel),
            "card": [self.card] if self.card and self.card.images else [],
            "follow-up": self.interaction.followups,
            "direct": self.person.direct_messages(),
        }
        places = [
            name
            for name, messages in shown.items()
            for message in messages
            if message.images and not message.deleted and name == _kind(message, self, name)
        ]
        kept = listed is not None and "Ready to collect" in listed.text
        return [*places, *(["/tasks"] if kept else [])]


def _fault(
    method: str,
    path: str,
    how: How,
    times: int | None,
    about: Callable[[web.Request], Awaitable[bool]] | None = None,
) -> Fault:
    options: dict[str, Any] = {"about": about, "times": times, **how}
    return Fault(method, path, **options)


def _kind(message: Message, story: Story, name: str) -> str:
    """Tell a public card that became the result from a post: both are in the channel."""
    return "card" if message is story.card else name


def _below(card: Message | None, world: World) -> str:
    if card is None or card.deleted or card.channel_id not in world.channels:
        return ""
    if card.images:
        return "the images"
    lines = card.text.splitlines()
    about = next((n for n, line in enumerate(lines) if "1 image" in line), -1)
    return " / ".join(line.strip("*# -") for line in lines[about + 1 :])


async def ends(
    studio: Studio,
    kinds: Mapping[str, How],
    live: Callable[[Story, How], Awaitable[None]],
    *,
    private: bool = False,
) -> dict[str, End]:
    """Let all of these happen at once, each to somebody else; return how each ended."""

    async def one(name: str, how: How) -> tuple[str, End]:
        story = Story(studio, name, private)
        await live(story, how)
        return name, await story.end()

    return dict(await asyncio.gather(*(one(name, how) for name, how in kinds.items())))
