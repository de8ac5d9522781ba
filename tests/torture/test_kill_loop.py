"""``kill -9`` again and again while people type and the network fails; see ``loop``."""

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.loop import Plan, run
from tests.torture.stage import MEMORY


@pytest.fixture
def folder(tmp_path) -> Iterator[Path]:
    """A folder in memory, where there is one."""
    path = Path(tempfile.mkdtemp(prefix="torture-", dir=MEMORY if MEMORY.exists() else tmp_path))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def seed() -> int:
    """Another one each time; it is printed with the report when a test fails."""
    return random.SystemRandom().randrange(1_000_000)


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
