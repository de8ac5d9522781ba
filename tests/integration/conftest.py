"""A store, files, and Evolink's stand-in."""

from collections.abc import AsyncIterator

import pytest
import stamina

from bot.files import FileStorage
from bot.store.store import Store
from sandbox.clock import Clock
from sandbox.evolink.behaviour import Behaviour
from sandbox.evolink.server import Evolink as Sandbox
from tests.integration.store_kit import opened_at, prepared


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request, tmp_path) -> str:
    """The address of a database with the current tables, once for each kind."""
    if request.param == "sqlite":
        return prepared(tmp_path)
    return await request.getfixturevalue("postgres").database()


@pytest.fixture
async def store(database) -> AsyncIterator[Store]:
    """A store of the test's own."""
    async with opened_at(database) as store:
        yield store


@pytest.fixture
async def other(database) -> AsyncIterator[Store]:
    """The store of another process on the same database."""
    async with opened_at(database) as other:
        yield other


@pytest.fixture
def storage(tmp_path) -> FileStorage:
    """Where the files are."""
    made = FileStorage(tmp_path / "files")
    made.prepare()
    return made


@pytest.fixture
def no_waits():
    """Retry as often as ever, without waiting."""
    with stamina.set_testing(testing=True, attempts=3, cap=True):
        yield


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Run Evolink's stand-in, five hundred times faster."""
    sandbox = Sandbox(clock=Clock(speed=500), behaviour=Behaviour(cheap_pictures=True))
    await sandbox.start()
    yield sandbox
    await sandbox.close()
