"""Absurd answers of Evolink: no id is lost, nothing is posted or charged that was not asked for."""

import asyncio
from collections.abc import Mapping

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
    """Whatever stands around it, the id is found, and the images come when they are drawn."""
    ends = await _ends(brisk, SUBMITTED, submitted=True)
    assert ends == dict.fromkeys(SUBMITTED, (DELIVERED, 1))
    assert "Traceback" not in brisk.log()


async def test_odd_answers_to_a_question(brisk):
    """One image was asked for: one is posted and charged."""
    ends = await _ends(brisk, READ, submitted=False)
    assert ends == dict.fromkeys(READ, (DELIVERED, 1))
    assert "Traceback" not in brisk.log()
