"""What the log says, for programs that read it."""

import json

import pytest_asyncio

from sandbox.faults import Fault
from tests.acceptance.studio import Studio, opened
from tests.acceptance.trouble import GENERATIONS, evolinks

#: Loggers of the parts that work on tasks; each of their lines is about one.
PARTS = (
    "bot.chat.",
    "bot.evolink.",
    "bot.services.shared.card_updates",
    "bot.services.shared.downloads",
    "bot.services.work.",
)


@pytest_asyncio.fixture(loop_scope="session")
async def studio(tmp_path):
    """A bot with a log of its own."""
    async with opened(tmp_path, EDIT_SECONDS="0.1", RETRY_SECONDS="0.2") as studio:
        yield studio


async def test_lines_about_a_task_name_it(studio: Studio):
    """Whatever goes wrong while it is submitted, drawn, shown and posted."""
    evolink, discord = studio.evolink.faults, studio.discord.faults
    evolink.add(Fault("POST", GENERATIONS, times=1, **evolinks(503, "service_unavailable")))
    evolink.add(Fault("GET", "/v1/tasks", times=4, status=502))
    odd = discord.add(Fault("PATCH", "/messages", times=2, status=200, body=b"[]"))
    discord.add(Fault("POST", "/messages", times=1, status=502))
    studio.evolink.behaviour.drawing_seconds = 2.0
    await studio.ann.slash("imagine", prompt="a fox", count=2)
    await studio.results()
    await studio.quiet()
    lines = [json.loads(line) for line in studio.log().splitlines()]
    told = [line for line in lines if line["logger"].startswith(PARTS)]
    assert odd.met
    assert len(told) > 3, studio.log()
    assert [line for line in told if "task" not in line] == []
