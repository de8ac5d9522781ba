"""The whole bot as a process, between the two stand-ins, on real wires.

Most tests share one bot for each process of pytest (``studio``); those that stop or kill theirs
have their own (``own``), and so have those with settings of their own (``opened``).
"""

import os
import time
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.imagine.process import ROOT
from tests.acceptance.studio import Studio, opened
from tests.acceptance.trouble import impatient
from tests.kit.patience import slowness

#: After so many seconds without a test, a new bot takes over: discord.py (2.7) reconnects after
#: 60 without an answer.
PAUSE = 30.0
#: What a bot needs to serve many tests in a row.
FOR_MANY = {"CAP_IMAGES_TOTAL": "0", "PAUSE_SECONDS": "2"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add an option that measures the bots' coverage when the tests' own isn't measured."""
    parser.addoption("--measure-bots", action="store_true", help="coverage of the bots' processes")


def pytest_configure(config: pytest.Config) -> None:
    """Have coverage start in every process that these tests start, by its own .pth file."""
    if config.getoption("--measure-bots") and config.option.dist == "no":
        os.environ["COVERAGE_PROCESS_START"] = str(ROOT / "pyproject.toml")  # noqa: TID251 - for children
        os.environ["COVERAGE_FILE"] = str(ROOT / ".coverage")  # noqa: TID251 - as above


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the bot has said, where a test fails."""
    report = yield
    fixtures = vars(item).get("funcargs", {}).values()
    studios = [one for one in fixtures if isinstance(one, Studio) and hasattr(one, "bot")]
    for studio in studios if report.failed else ():
        report.sections.append(("the bot's log", studio.log()[-6000:]))
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these tests in one event loop, so that a bot and its stand-ins outlive a test."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


class House:
    """Serves test after test with one bot, and starts another if a test leaves it in disorder.

    ``settings`` returns the bot's settings, given how much slower than usual the machine is. A bot
    is also replaced when the machine has become much slower since it started, or after a pause:
    other kinds of tests have event loops of their own, so nobody answers its heartbeats meanwhile.
    """

    def __init__(
        self, folder: Path, settings: Callable[[float], dict[str, str]] = lambda _: {}
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._bots = 0
        self._slower = 1.0
        self._left_at = 0.0
        self._studio: Studio | None = None

    async def enter(self) -> Studio:
        # The limits stay as they are set here, so one moment with a free machine proves too little.
        slower = max(slowness() for _ in range(5 if self._settings(2.0) else 1))
        paused = time.monotonic() - self._left_at > PAUSE
        if paused or (slower > 2 * self._slower and self._settings(slower)):
            await self.close()
        if self._studio is not None and self._studio.bot.running:
            await self._studio.discord.gateway.connected(timeout=30 * slower)
            self._studio.renew()
            return self._studio
        self._bots += 1
        self._slower = slower
        self._studio = Studio(self._folder / str(self._bots))
        await self._studio.open()
        await self._studio.start(**(FOR_MANY | self._settings(slower)))
        return self._studio

    async def leave(self) -> None:
        assert self._studio is not None
        self._left_at = time.monotonic()
        try:
            await self._studio.quiet()
            violations = self._studio.discord.books.violations
            assert not violations, violations
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        if self._studio is not None:
            await self._studio.close()
            self._studio = None


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory) -> AsyncIterator[House]:
    """The bot that is shared."""
    house = House(tmp_path_factory.mktemp("house"))
    yield house
    await house.close()


@pytest_asyncio.fixture(loop_scope="session")
async def studio(house) -> AsyncIterator[Studio]:
    """A running bot with its defaults, but short waits; a server with people of one's own."""
    yield await house.enter()
    await house.leave()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def brisk_house(tmp_path_factory) -> AsyncIterator[House]:
    """The bot for the tables of faults."""
    house = House(tmp_path_factory.mktemp("brisk"), impatient)
    yield house
    await house.close()


@pytest_asyncio.fixture(loop_scope="session")
async def brisk(brisk_house) -> AsyncIterator[Studio]:
    """As ``studio``, with a bot that does not wait long for answers."""
    yield await brisk_house.enter()
    await brisk_house.leave()


@pytest_asyncio.fixture(loop_scope="session")
async def own(tmp_path) -> AsyncIterator[Studio]:
    """The same, with a bot that may be killed, which would lose its coverage data."""
    async with opened(tmp_path, COVERAGE_PROCESS_START="") as running:
        yield running
        assert not running.discord.books.violations, running.discord.books.violations
