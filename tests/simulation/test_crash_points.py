"""Every crash point of every scenario: the engine dies there, another goes on, and all is well.

A run is an engine between stand-ins in this very process: the bot's services and store on a real
SQLite file, Discord and Evolink with books of their own, a clock that jumps to whatever is due. At
each commit and each outside call the moment is noted down: the database, the files, the books. From
each moment that differs from the one before, a new process is started and works until nothing is
left to do. Then an audit compares the books with the database: ``simulation/audit.py`` has the
promises, ``simulation/scenarios`` what happens beside the deaths.
"""

import pytest

from tests.simulation.audit import Finding
from tests.simulation.play import Tree, freezes
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios import SCENARIOS

#: Scenarios in which a process freezes; with ``--all-pairs``, in all of them.
FROZEN = (
    "private",
    "mentioned",
    "links dead for good",
    "the card out of sight",
    "the post's answer lost, history hidden",
    "stopped when submitting",
    "called back when given up, the post's answer lost, history hidden",
    "forgotten, published before",
)

each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)


@each_scenario
async def test_a_death_at_any_point(stage, scenario: Scenario, second_deaths, count) -> None:
    """At any point: one end, right charges, nothing twice, nothing lost, nothing left over."""
    broken = list[tuple[tuple[str, ...], list[Finding]]]()
    async for outcome in Tree(stage, scenario, share=second_deaths).runs():
        count(("undisturbed", "one death", "two deaths")[len(outcome.deaths)])
        if not outcome.deaths:
            assert outcome.ends == scenario.ends
        if outcome.findings:
            broken.append((outcome.deaths, outcome.findings))
    assert broken == []


@each_scenario
async def test_a_freeze_at_any_point(stage, scenario: Scenario, second_deaths, count) -> None:
    """A process that wakes up after another took over does nothing twice."""
    if scenario.name not in FROZEN and second_deaths < 1:
        pytest.skip("only with --all-pairs")
    async for outcome in freezes(stage, scenario):
        count("a freeze")
        assert outcome.findings == [], outcome.deaths
