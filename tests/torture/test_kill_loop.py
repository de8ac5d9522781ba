"""``kill -9`` again and again while people type and the network fails; see ``loop``."""

from tests.torture.loop import Plan, run


async def test_nothing_is_lost_and_nothing_happens_twice(folder, seed):
    """300 tasks, 20 kills, every kind of fault: each task ends once, is posted and charged once."""
    report = await run(Plan(tasks=300, kills=20, seed=seed), folder)

    assert not report.findings, str(report)
    assert report.accepted >= 300, str(report)
    assert report.kills.total() >= 20, str(report)
    assert report.faults > 50, str(report)
    assert report.left_there <= 2 + report.uploads // 50, str(report)
    assert sum(n for end, n in report.ends.items() if end.startswith("delivered")) > 150, str(
        report
    )


async def test_with_trusted_keys_every_outcome_is_known(folder, seed):
    """Where Evolink honours the key, it is asked again: nothing ends unknown or is drawn twice."""
    report = await run(Plan(tasks=40, kills=5, seed=seed, trusted=True, nonces=True), folder)

    assert not report.findings, str(report)
    assert not [end for end in report.ends if end.startswith("unknown")], str(report)
