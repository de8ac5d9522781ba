"""The audit is worth only what it catches: each of the engine's rules is removed once."""

import pytest

from tests.simulation.mutant import AS_EXPECTED, Mutant, Walking
from tests.simulation.mutants import MUTANTS, WALKING
from tests.simulation.play import Tree, freezes
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.walk import Walk

#: The most walks until a mutant must have been caught.
WALKS = 600


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.lacks)
async def test_an_engine_without_a_rule_is_caught(stage, mutant: Mutant) -> None:
    """Runs that the real engine passes catch it, by the promise that it breaks."""
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
    """Random walks catch it, too, without looking for anything in particular."""
    for seed in range(WALKS):
        found = await Walk(stage, seed, mutant.engine, several=mutant.several).findings()
        if mutant.promise in {each.promise for each in found}:
            return
    pytest.fail("nobody noticed")
