"""The tests' own PostgreSQL."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.imagine.process import ROOT
from tests.kit.patience import until
from tests.kit.postgres import programs

_HOLDS = """
import sys, time
from pathlib import Path
from tests.kit.postgres import running
with running(Path(sys.argv[1])) as server:
    print(server.folder, flush=True)
    time.sleep(600)
"""


def test_it_ends_with_the_run_that_started_it() -> None:
    """However that ends: nothing of it is left."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL isn't installed")
    with subprocess.Popen(  # noqa: S603 - our own arguments
        [sys.executable, "-c", _HOLDS, str(found)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as run:
        try:
            assert run.stdout is not None
            folder = Path(run.stdout.readline().strip())
            server = Path("/proc", (folder / "data" / "postmaster.pid").read_text().split()[0])
            assert server.exists()
        finally:
            run.kill()
    asyncio.run(until(lambda: not server.exists() and not folder.exists()))
