"""Random walks keep every promise."""

from tests.simulation.walk import Walk


async def test_a_walk_breaks_no_promise(stage, seed: int, count) -> None:
    """Whatever happens, in whatever order, to two processes or to five: the audit finds nothing."""
    several = seed % 2 == 1
    count("a walk of several processes" if several else "a walk")
    assert await Walk(stage, seed, several=several).findings() == []
