"""The database commits, and its answer is lost: at each write of every scenario.

This happens if PostgreSQL dies in the middle of a COMMIT and stays away for longer than we keep
asking what became of it (``PostgresDatabase.write``). The write is then reported as failed.
"""

import pytest

from tests.simulation.audit import Finding
from tests.simulation.play import lost_commits
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios import SCENARIOS

#: The share of writes whose answers are lost; with ``--all-pairs``, all of them.
SHARE = 0.15


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
async def test_an_answer_that_is_lost(stage, scenario: Scenario, second_deaths, count) -> None:
    """A retry finds what was already written: nothing twice, nothing lost."""
    broken = list[tuple[tuple[str, ...], list[Finding]]]()
    share = 1 if second_deaths == 1 else SHARE
    async for outcome in lost_commits(stage, scenario, share=share):
        count("a lost answer")
        # A task whose time is up just then is given up, which is logged as an error.
        found = [each for each in outcome.findings if "given up" not in each.detail]
        if found:
            broken.append((outcome.deaths, found))
    assert broken == []
