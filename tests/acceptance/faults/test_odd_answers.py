"""Absurd answers: no id and no image is lost, nothing is posted or charged twice or unasked."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from sandbox.discord import oddities as discord
from sandbox.evolink.books import Submission
from sandbox.evolink.oddities import READ, SUBMITTED, Body, Odd
from tests.acceptance.studio import Studio
from tests.acceptance.trouble import DELIVERED, End, Story


async def _ends(
    studio: Studio, kinds: Mapping[str, Odd], *, submitted: bool
) -> dict[str, tuple[End, int]]:
    """Twist one kind of answer for each of many tasks; return how each ended, and its images."""
    odd = dict[str, Odd]()

    def twist(task: Submission, body: Body) -> Body | bytes:
        known = odd.get(task.prompt)
        is_submission = "credits_reserved" in str(body.get("usage"))
        return body if known is None or is_submission is not submitted else known(body)

    async def one(name: str, change: Odd) -> tuple[str, tuple[End, int]]:
        story = Story(studio, name)
        odd[story.prompt] = change
        await story.ask()
        end = await story.end()
        return name, (end, sum(len(each.images) for each in studio.posted(story.channel)))

    studio.evolink.behaviour.twist = twist
    return dict(await asyncio.gather(*(one(name, change) for name, change in kinds.items())))


async def test_odd_answers_to_a_submission(brisk):
    """Whatever surrounds it, the id is found, and the images come when they are drawn."""
    ends = await _ends(brisk, SUBMITTED, submitted=True)
    assert ends == dict.fromkeys(SUBMITTED, (DELIVERED, 1))
    assert "Traceback" not in brisk.log()


async def test_odd_answers_to_a_question(brisk):
    """One image was asked for: one is posted and charged."""
    ends = await _ends(brisk, READ, submitted=False)
    assert ends == dict.fromkeys(READ, (DELIVERED, 1))
    assert "Traceback" not in brisk.log()


async def test_odd_answers_of_discord(brisk):
    """Each kind of request gets one: the answer with the card, its edits, posts and lookups."""
    stories, told = list[tuple[Story, discord.Odd]](), set[tuple[str, str]]()
    platform = brisk.discord.platform

    def whose(request: web.Request) -> tuple[Story, discord.Odd] | None:
        parts = request.path.split("/")
        made = next((platform.tokens[part] for part in parts if part in platform.tokens), None)
        for story, odd in stories:
            if str(story.channel.id) in parts or (made and made.user is story.person.user):
                return story, odd
        return None

    def twist(request: web.Request, body: Any) -> object:
        found = whose(request)
        kind = f"{request.method} {request.path.rpartition('/')[2]}"
        if found is None or (found[0].name, kind) in told:
            return body
        told.add((found[0].name, kind))
        return found[1](body)

    async def one(name: str, odd: discord.Odd) -> tuple[str, tuple[End, int]]:
        story = Story(brisk, name)
        stories.append((story, odd))
        await story.ask()
        await brisk.until(lambda: {(name, "POST callback"), (name, "POST messages")} <= told)
        end = await story.end()
        return name, (end, len([each for each in brisk.posted(story.channel) if each.images]))

    kinds = {**discord.UNUSABLE, **discord.USABLE}
    platform.behaviour.twist = twist
    try:
        found = dict(await asyncio.gather(*(one(*each) for each in kinds.items())))
    finally:
        platform.behaviour.twist = None
    assert found == dict.fromkeys(kinds, (DELIVERED, 1))
    assert "Traceback" not in brisk.log()
