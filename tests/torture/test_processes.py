"""Two gateways and three workers on PostgreSQL that fail in every way; see ``processes``."""

from tests.torture.processes import Plan, run


async def test_each_process_fails_while_people_draw(folder, seed, postgres):
    """No task is lost, charged, submitted or posted twice; no edit comes after the last word."""
    report = await run(Plan(tasks=50, kills=5, seed=seed), folder, await postgres.database())

    assert not report.findings, str(report)
    assert report.kills["killed"] == 5, str(report)
    assert len(report.kills) == 7, str(report)
    assert report.accepted >= 50, str(report)
