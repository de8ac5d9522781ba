"""What all tests share: none of them fails because the machine has much to do."""

import asyncio
from collections.abc import Iterator

import pytest
from aiohttp import web_app
from hypothesis import HealthCheck, settings

from tests.kit import object_store
from tests.kit.postgres import Postgres, programs, running

# An example that once took 300 ms means that the machine was busy, not that the code is slow.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def _free_servers() -> Iterator[None]:
    """Free each test's stand-ins: aiohttp (3.14) remembers the last 1,024 handlers."""
    yield
    web_app._cached_build_middleware.cache_clear()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL server; tests that need it are skipped where it isn't installed."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL isn't installed")
    with running(found) as server:
        yield server


@pytest.fixture
def postgres(postgres_server) -> Iterator[Postgres]:
    """The same server for every test; its databases are gone after it."""
    yield postgres_server
    asyncio.run(postgres_server.drop_databases())


@pytest.fixture(scope="session")
def s3() -> Iterator[object_store.Server]:
    """An object store that speaks S3."""
    with object_store.running() as server:
        yield server
