"""Walks of chance keep every promise."""

from tests.simulation.walk import Walk


async def test_a_walk_breaks_no_promise(stage, seed: int, count) -> None:
    """Whatever happens, in whatever order: the audit finds nothing."""
    count("a walk")
    assert await Walk(stage, seed).findings() == []
