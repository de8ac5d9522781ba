"""The audit is only worth what it catches: each rule of the engine is taken away once."""

import pytest

from tests.simulation.mutant import AS_EXPECTED, Mutant, Walking
from tests.simulation.mutants import MUTANTS, WALKING
from tests.simulation.play import Tree, freezes
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.walk import Walk

#: Walks that a mutant may take before it has to be found out.
WALKS = 600


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.lacks)
async def test_an_engine_without_a_rule_is_caught(stage, mutant: Mutant) -> None:
    """The runs that the true engine passes find it out, by the promise that it breaks."""
    (scenario,) = [each for each in SCENARIOS if each.name == mutant.scenario]
    runs = (
        freezes(stage, scenario, mutant.engine)
        if mutant.frozen
        else Tree(stage, scenario, mutant.engine).runs()
    )
    async for outcome in runs:
        broken = {finding.promise for finding in outcome.findings}
        if not outcome.deaths and outcome.ends != scenario.ends:
            broken.add(AS_EXPECTED)
        if mutant.promise in broken:
            return
    pytest.fail("nobody noticed")


@pytest.mark.parametrize("mutant", WALKING, ids=lambda mutant: mutant.lacks)
async def test_an_engine_without_a_rule_is_caught_on_its_way(stage, mutant: Walking) -> None:
    """So do walks, which look for nothing in particular."""
    for seed in range(WALKS):
        found = await Walk(stage, seed, mutant.engine, several=mutant.several).findings()
        if mutant.promise in {each.promise for each in found}:
            return
    pytest.fail("nobody noticed")
