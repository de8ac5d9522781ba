"""Walks of chance keep every promise."""

import pytest

from simulation.walk import Walk

WALKS = 100
#: Walks that have found something once.
FOUND = (133, 1152, 1318)


@pytest.mark.parametrize("seed", [*range(WALKS), *FOUND])
async def test_a_walk_breaks_no_promise(stage, seed: int) -> None:
    """Whatever happens, in whatever order: the audit finds nothing."""
    assert await Walk(stage, seed).findings() == []
