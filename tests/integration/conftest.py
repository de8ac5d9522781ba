"""A store, and Evolink's stand-in."""

from collections.abc import AsyncIterator

import pytest
import stamina

from bot.store.store import Store
from sandbox.clock import Clock
from sandbox.evolink.behaviour import Behaviour
from sandbox.evolink.server import Evolink as Sandbox
from tests.integration.store_kit import opened


@pytest.fixture
async def store(tmp_path) -> AsyncIterator[Store]:
    """A store of the test's own."""
    async with opened(tmp_path) as store:
        yield store


@pytest.fixture
def no_waits():
    """Retries are as many as ever, without the waits between them."""
    with stamina.set_testing(testing=True, attempts=3, cap=True):
        yield


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Run Evolink's stand-in, five hundred times faster."""
    sandbox = Sandbox(clock=Clock(speed=500), behaviour=Behaviour(cheap_pictures=True))
    await sandbox.start()
    yield sandbox
    await sandbox.close()
