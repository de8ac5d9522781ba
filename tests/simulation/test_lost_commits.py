"""The database commits, and its answer is lost: at each write of every scenario.

It happens where PostgreSQL dies in the middle of a COMMIT and stays away for longer than it is
asked what became of it (``PostgresDatabase.write``). The write is reported as failed then.
"""

import pytest

from tests.simulation.audit import Finding
from tests.simulation.play import lost_commits
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios import SCENARIOS

#: The share of the writes whose answers are lost, unless all are, with ``--all-pairs``.
SHARE = 0.15


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
async def test_an_answer_that_is_lost(stage, scenario: Scenario, second_deaths, count) -> None:
    """Whatever is tried again finds what it has written itself: nothing twice, nothing lost."""
    broken = list[tuple[tuple[str, ...], list[Finding]]]()
    share = 1 if second_deaths == 1 else SHARE
    async for outcome in lost_commits(stage, scenario, share=share):
        count("a lost answer")
        # A task whose time is up at that very moment is given up, which is logged as an error.
        found = [each for each in outcome.findings if "given up" not in each.detail]
        if found:
            broken.append((outcome.deaths, found))
    assert broken == []
