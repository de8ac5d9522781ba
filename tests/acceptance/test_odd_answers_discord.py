"""Absurd answers of Discord's: no image is lost, none is posted or charged twice."""

import asyncio
from typing import Any

from aiohttp import web

from sandbox.discord.oddities import UNUSABLE, USABLE, Odd
from tests.acceptance.trouble import DELIVERED, End, Story


async def test_odd_answers_of_discord(brisk):
    """To each kind of request once: the answer with the card, edits of it, posts, and looks."""
    stories, told = list[tuple[Story, Odd]](), set[tuple[str, str]]()
    platform = brisk.discord.platform

    def whose(request: web.Request) -> tuple[Story, Odd] | None:
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

    async def one(name: str, odd: Odd) -> tuple[str, tuple[End, int]]:
        story = Story(brisk, name)
        stories.append((story, odd))
        await story.ask()
        await brisk.until(lambda: {(name, "POST callback"), (name, "POST messages")} <= told)
        end = await story.end()
        return name, (end, len([each for each in brisk.posted(story.channel) if each.images]))

    kinds = {**UNUSABLE, **USABLE}
    platform.behaviour.twist = twist
    try:
        found = dict(await asyncio.gather(*(one(*each) for each in kinds.items())))
    finally:
        platform.behaviour.twist = None
    assert found == dict.fromkeys(kinds, (DELIVERED, 1))
    assert "Traceback" not in brisk.log()
