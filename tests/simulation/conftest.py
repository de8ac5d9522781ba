"""Where scenarios are played, and how many of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from simulator.database import File
from simulator.inline import Inline
from simulator.log import listening
from simulator.world import Stage

import bot.domain.result
import bot.images.work


RUNS = "simulated runs"
#: The share of second deaths that is played unless all are.
SAMPLE = 0.01


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the long way."""
    parser.addoption(
        "--all-pairs", action="store_true", help="play every second death, and every freeze"
    )


@pytest.fixture
def second_deaths(request) -> float:
    """The share of second deaths that is played."""
    # Where this file is found only while tests are collected, the option is not known.
    return 1.0 if request.config.getoption("--all-pairs", default=False) else SAMPLE


@pytest.fixture
def count(request) -> Callable[[str], None]:
    """Count a run of a kind."""
    counter = Counter[str]()
    request.node.user_properties.append((RUNS, counter))

    def one(kind: str) -> None:
        counter[kind] += 1

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


@pytest.fixture
async def stage(tmp_path, monkeypatch) -> AsyncGenerator[Stage]:
    """A stage on which nothing is left to chance: no threads, and two files make a page."""
    file = await File.made(tmp_path)
    threads: ThreadPoolExecutor = Inline()
    asyncio.get_running_loop().set_default_executor(threads)
    monkeypatch.setattr(bot.images.work, "_threads", lambda: threads)
    monkeypatch.setattr(bot.domain.result, "FILES_A_PAGE", 2)
    with listening() as log:
        yield Stage(file, tmp_path / "data", log)
    file.close()
