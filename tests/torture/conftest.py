"""Where a run has its data, and what it leaves to chance."""

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

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
