"""Where scenarios are played, and how many of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import bot.domain.result
import bot.images.threads
from tests.simulation.database import File
from tests.simulation.inline import Inline
from tests.simulation.log import listening
from tests.simulation.world import Stage

RUNS = "simulated runs"
#: Random walks, unless more are asked for.
WALKS = 100
#: The share of recoveries in which second deaths are played, unless all are.
SAMPLE = 0.04


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the option for the long run."""
    parser.addoption(
        "--all-pairs", action="store_true", help="play every second death, and every freeze"
    )
    parser.addoption("--walks", type=int, default=WALKS, help="how many random walks are taken")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each walk a seed of its own."""
    if "seed" in metafunc.fixturenames:
        # If this file is found only during collection, the option doesn't exist.
        walks = metafunc.config.getoption("--walks", default=None) or WALKS
        metafunc.parametrize("seed", range(walks))


@pytest.fixture
def second_deaths(request) -> float:
    """Return the share of recoveries in which second deaths are played; 1: all of them."""
    # If this file is found only during collection, the option doesn't exist.
    return 1.0 if request.config.getoption("--all-pairs", default=False) else SAMPLE


@pytest.fixture
def count(request) -> Callable[[str], None]:
    """Count a run of a kind."""
    # A plain dictionary, so that pytest-xdist can send it between processes.
    counter = dict[str, int]()
    request.node.user_properties.append((RUNS, counter))

    def one(kind: str) -> None:
        counter[kind] = counter.get(kind, 0) + 1

    return one


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many runs there were, of each kind."""
    total = Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, counter in getattr(report, "user_properties", ()):
                if name == RUNS and report.when == "call":
                    total.update(counter)
    if total:
        terminalreporter.write_line(f"simulated: {dict(total)}")


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Iterator[File]:
    """A database file that all runs of a module use, in turn."""
    file = asyncio.run(File.made(tmp_path_factory.mktemp("database")))
    yield file
    file.close()


@pytest.fixture
async def stage(file, tmp_path, monkeypatch) -> AsyncGenerator[Stage]:
    """A deterministic stage: no threads, and two files make a page."""
    threads: ThreadPoolExecutor = Inline()
    asyncio.get_running_loop().set_default_executor(threads)
    monkeypatch.setattr(bot.images.threads, "_threads", lambda: threads)
    monkeypatch.setattr(bot.domain.result, "FILES_A_PAGE", 2)
    with listening() as log:
        yield Stage(file, tmp_path / "data", log)
