"""Rules at Discord and Evolink: lookups, names, time, deadlines, leftovers."""

from dataclasses import replace
from typing import Any

from typing_extensions import override

from bot.domain.ids import MessageId
from bot.domain.result import Post
from bot.domain.task import Task
from bot.services.shared.ports import Posted
from tests.simulation.discord import EPOCH, Chat
from tests.simulation.engine import Engine
from tests.simulation.evolink import Client
from tests.simulation.mutant import Mutant, Walking


class Blind(Chat):
    """It posts again without looking."""

    @override
    async def find_post(self, task: Task, post: Post) -> Posted | None:
        return None


class NamedByRows(Chat):
    """It names a page after its row, whose number another database used before."""

    @override
    async def post(self, task: Task, post: Post, *more: Any, **when: Any) -> Posted:
        named = replace(post, nonce=f"{post.task_id}.{post.page}")
        return await super().post(task, named, *more, **when)


class ByOurClock(Chat):
    """It looks for a page around the time when its intent was written."""

    @override
    async def find_post(self, task: Task, post: Post) -> Posted | None:
        found = await super().find_post(task, post)
        for message in self._there.messages:
            if found is not None and message.id == found.message_id:
                at = (message.id >> 22) + EPOCH
                return found if abs(at - (post.intent_at or 0)) < 60_000 else None
        return None


class Trusting(Chat):
    """It takes any answer to the interaction for its own card."""

    @override
    async def find_card(self, task: Task) -> MessageId | None:
        card = self._there.cards.get(task.interaction_id)
        return None if card is None else card.id


class Unfenced(Chat):
    """It sends what it has begun, however late."""

    @override
    def _is_late(self, before: int) -> bool:
        return False


class SubmittedLate(Client):
    """It submits what it has begun, though that counts as unknown by now."""

    @override
    def _is_late(self, before: int) -> bool:
        return False


class Hoarding(Client):
    """It leaves what it uploaded where it is."""

    @override
    async def delete(self, file_id: str) -> None:
        return


MUTANTS = (
    Mutant(Engine(chat=Blind), "a look before a post is repeated", "down for long", "posted once"),
    Mutant(
        Engine(chat=NamedByRows),
        "names that no other database has",
        "text only",
        "posted once",
    ),
    Mutant(Engine(chat=ByOurClock), "Discord's own time", "down for long", "posted once"),
    Mutant(
        Engine(chat=Trusting),
        "a look at whose card it is",
        "answered elsewhere",
        "the card tells the end",
    ),
    Mutant(
        Engine(chat=Unfenced),
        "an end to what it may send",
        "text only",
        "posted once",
        frozen=True,
    ),
    Mutant(
        Engine(client=SubmittedLate),
        "an end to what it may submit",
        "text only",
        "submitted in time",
        frozen=True,
    ),
)

WALKING = (Walking(Engine(client=Hoarding), "an end to its uploads", "uploads deleted"),)
